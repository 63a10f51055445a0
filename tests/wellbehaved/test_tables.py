"""Answers as tables: every figure, flag and reason is there, and nothing is cut off."""

import io
from copy import deepcopy
from typing import Any

import pytest
from rich.console import Console
from rich.table import Table

from wellbehaved.tables import comparison_table, imports_table, model_table, ranking_table, unranked_lines

DIMENSIONS = [
    {"key": "accuracy", "label": "Accuracy", "short_label": "Acc.", "direction": "higher is better", "decimals": 4,
     "lower_bound": 0.0, "upper_bound": 1.0, "default_weight": 1.0},
    {"key": "parameters_millions", "label": "Parameters", "short_label": "Params", "direction": "lower is better",
     "decimals": 1, "lower_bound": 0.0, "upper_bound": None, "default_weight": 1.0},
]  # fmt: skip
GOOD = {
    "rank": 1, "overall_rank": 3, "model_id": "good-one", "name": "Good [bold]One", "licence": "mit",
    "score": 1.25, "missing": [],
    "scores": {"accuracy": 0.8, "parameters_millions": 25.557}, "flagged": {"accuracy": ["outlier"]},
}  # fmt: skip
UNSCORED = {
    "rank": None, "overall_rank": None, "model_id": "bare", "name": "Bare", "licence": "unknown",
    "score": None, "flagged": {},
    "missing": [{"dimension": "accuracy", "reason": "not_measured"}],
    "scores": {"accuracy": None, "parameters_millions": 5.0},
}  # fmt: skip
RANKING: dict[str, Any] = {
    "benchmark": "imagenet-1k", "protocol": "as-published", "normalisation": "published", "total": 7,
    "data_version": "1-abc", "shares": {"accuracy": 0.75, "parameters_millions": 0.25}, "items": [GOOD, UNSCORED],
}  # fmt: skip


def printed_text(table: Table, width: int = 200) -> str:
    console = Console(file=io.StringIO(), width=width)
    console.print(table)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def row(text: str, beginning: str) -> list[str]:
    """The cells of the row that holds a word."""
    (line,) = [line for line in text.splitlines() if beginning in line and "│" in line]
    return [cell.strip() for cell in line.strip("│").split("│")]


def test_a_ranking() -> None:
    text = printed_text(ranking_table(RANKING, DIMENSIONS))
    assert row(text, "good-one") == ["1", "3", "good-one", "Good [bold]One", "mit", "1.2500", "0.8000*", "25.6"]
    assert row(text, "bare") == ["-", "-", "bare", "Bare", "unknown", "-", "not_measured", "5.0"]
    for told in (
        "2 of 7 models; data version 1-abc",
        "Acc. 75 %, Params 25 %",
        "normalisation published",
        "* flagged value",
    ):
        assert told in text


def test_a_dimension_beyond_the_default_ones_has_a_column_where_it_is_weighed_or_named() -> None:
    brier = {**DIMENSIONS[0], "key": "brier_score", "short_label": "Brier", "default_weight": 0.0}
    ranking = deepcopy(RANKING)
    for item in ranking["items"]:
        item["scores"]["brier_score"] = 0.3456
    ranking["shares"]["brier_score"] = 0.0
    text = printed_text(ranking_table(ranking, [*DIMENSIONS, brier]))
    assert "Brier" not in text
    assert "1 more without weight" in text
    assert "--columns shows them" in text
    named = printed_text(ranking_table(ranking, [*DIMENSIONS, brier], named={"brier_score"}))
    ranking["shares"]["brier_score"] = 0.5
    weighed = printed_text(ranking_table(ranking, [*DIMENSIONS, brier]))
    for text in (named, weighed):
        assert row(text, "good-one")[-1] == "0.3456"
        assert "without weight" not in text


def test_the_values_of_a_model_that_guesses_do_not_stand_out() -> None:
    ranking = deepcopy(RANKING)
    console = Console(file=io.StringIO(), width=200, force_terminal=True, color_system="standard")
    ranking["items"][0]["flagged"] = {"accuracy": ["chance-level"]}
    console.print(ranking_table(ranking, DIMENSIONS))
    assert isinstance(console.file, io.StringIO)
    assert "\x1b[2m0.8000*" in console.file.getvalue()
    assert row(printed_text(ranking_table(ranking, DIMENSIONS)), "good-one")[6] == "0.8000*"


def test_a_ranking_without_the_values() -> None:
    text = printed_text(ranking_table(RANKING, DIMENSIONS, values=False))
    assert row(text, "good-one") == ["1", "3", "good-one", "Good [bold]One", "1.2500"]
    assert "0.8000" not in text
    assert "--json, shows the values" in text


@pytest.mark.parametrize("width", [30, 40, 80])
def test_identifiers_are_folded_and_never_cut_off(width: int) -> None:
    long = deepcopy(RANKING)
    long["items"][0]["model_id"] = "a-very-long-identifier-of-a-model-that-nobody-can-guess-the-end-of"
    text = printed_text(ranking_table(long, DIMENSIONS, values=False), width)
    assert max(len(line) for line in text.splitlines()) <= width
    assert "…" not in text
    cells = "".join(line.split("│")[3].strip() for line in text.splitlines() if line.count("│") > 4)
    assert long["items"][0]["model_id"] in cells


def test_one_model() -> None:
    answer = {
        "model_id": "good-one", "name": "Good [bold]One", "benchmark": "toy-shapes", "protocol": "corrected",
        "scores": {
            "accuracy": {"value": 0.8, "missing": None, "flags": ["outlier", "duplicate"], "standard_error": 0.01},
            "parameters_millions": {"value": None, "missing": "not_measured", "flags": [], "standard_error": None},
        },
        "standings": {"accuracy": {"better_than": 3, "level_with": 1, "others": 6}, "parameters_millions": None},
        "ranks": [
            {"preset": "paper", "rank": None, "score": None},
            {"preset": "accuracy", "rank": 12, "score": -0.5},
        ],
    }  # fmt: skip
    text = printed_text(model_table(answer, DIMENSIONS))
    beaten = "better than 3 of 6 other models, level with 1"
    interval = "0.7804 to 0.8196"  # 1.96 standard errors of .01
    assert row(text, "Accuracy") == ["Accuracy", "higher is better", "0.8000", interval, beaten, "outlier, duplicate"]
    assert row(text, "Parameters") == ["Parameters", "lower is better", "not_measured", "-", "-", ""]
    assert "Good [bold]One (good-one), toy-shapes corrected" in text
    assert "paper: no rank, for a value that it weighs is missing" in text
    assert "accuracy: rank 12, score -0.5000" in text


@pytest.mark.parametrize(
    ("value", "error", "bounds", "interval"),
    [
        (0.99, 0.01, (0.0, 1.0), "0.9704 to 1.0000"),
        (0.01, 0.01, (0.0, 1.0), "0.0000 to 0.0296"),
        (1.01, 0.01, (0.0, None), "0.9904 to 1.0296"),
        (0.01, 0.01, (None, 1.0), "-0.0096 to 0.0296"),
        (0.5, 0.0, (0.0, 1.0), "-"),
        (0.5, None, (0.0, 1.0), "-"),
    ],
)
def test_an_interval_ends_where_values_do(
    value: float, error: float | None, bounds: tuple[float | None, float | None], interval: str
) -> None:
    dimension = {**DIMENSIONS[0], "lower_bound": bounds[0], "upper_bound": bounds[1]}
    answer = {
        "model_id": "one", "name": "One", "benchmark": "toy-shapes", "protocol": "corrected", "ranks": [],
        "scores": {"accuracy": {"value": value, "missing": None, "flags": [], "standard_error": error}},
        "standings": {"accuracy": None},
    }  # fmt: skip
    assert row(printed_text(model_table(answer, [dimension])), "Accuracy")[3] == interval


def test_who_has_no_rank_is_offered_the_weights_of_what_is_measured() -> None:
    assert unranked_lines(RANKING) == [
        "Bare has no rank under these weights: accuracy missing; to weigh only the 1 measured: --w.accuracy 0"
    ]
    assert unranked_lines({**RANKING, "shares": {"accuracy": 0.0, "parameters_millions": 1.0}}) == []
    alone = {**RANKING, "shares": {"accuracy": 1.0, "parameters_millions": 0.0}}
    assert unranked_lines(alone) == ["Bare has no rank under these weights: accuracy missing"]


COMPARISON: dict[str, Any] = {
    "data_version": "1-abc", "items": [GOOD, UNSCORED],
    "dimensions": [{"key": "parameters_millions", "best": ["bare"]}, {"key": "accuracy", "best": ["good-one"]}],
}  # fmt: skip


def test_a_comparison() -> None:
    text = printed_text(comparison_table(COMPARISON, DIMENSIONS))
    assert row(text, "overall rank") == ["overall rank", "3", "-"]
    assert row(text, "score") == ["score", "1.2500", "-"]
    assert row(text, "Accuracy") == ["Accuracy (higher is better)", "0.8000* best", "not_measured"]
    assert row(text, "Parameters") == ["Parameters (lower is better)", "25.6", "5.0 best"]
    assert "Good [bold]One" in text


def test_a_comparison_has_a_dimension_beyond_the_default_ones_where_somebody_has_a_value() -> None:
    brier = {**DIMENSIONS[0], "key": "brier_score", "label": "Brier score", "default_weight": 0.0}
    comparison: dict[str, Any] = deepcopy(COMPARISON)
    comparison["dimensions"].append({"key": "brier_score", "best": []})
    for item in comparison["items"]:
        item["scores"]["brier_score"] = None
        item["missing"] = [*item["missing"], {"dimension": "brier_score", "reason": "not_measured"}]
    assert "Brier" not in printed_text(comparison_table(comparison, [*DIMENSIONS, brier]))
    comparison["items"][0]["missing"].pop()
    comparison["items"][0]["scores"]["brier_score"] = 0.3456
    text = printed_text(comparison_table(comparison, [*DIMENSIONS, brier]))
    assert row(text, "Brier") == ["Brier score (higher is better)", "0.3456", "not_measured"]


def test_a_comparison_within_a_filter_has_both_ranks() -> None:
    within = {**COMPARISON, "items": [{**GOOD, "rank": 1}, {**UNSCORED, "overall_rank": 9}]}
    assert row(printed_text(comparison_table(within, DIMENSIONS)), "rank, filtered") == ["rank, filtered", "1", "-"]
    same = {**COMPARISON, "items": [{**GOOD, "rank": 3}, UNSCORED]}
    assert "rank, filtered" not in printed_text(comparison_table(same, DIMENSIONS))


def test_a_brief_comparison_saves_room() -> None:
    text = printed_text(comparison_table(COMPARISON, DIMENSIONS, brief=True))
    assert row(text, "Acc.") == ["Acc.", "0.8000* best", "not_measured"]
    assert "good-one" in text
    assert "higher is better" not in text


def test_imports_are_listed_with_what_they_still_hold() -> None:
    item = {
        "import_id": "im-0123456789ab", "imported_at": "2026-11-24T09:00:00.123Z", "filename": None, "row_count": 7,
        "model_count": 5, "benchmarks": ["imagenet-1k", "flowers"], "values_held": 40,
    }  # fmt: skip
    text = printed_text(imports_table([item, {**item, "import_id": "im-2", "filename": "[b]mine[/b].csv"}]))
    assert row(text, "im-0123456789ab") == [
        "im-0123456789ab", "2026-11-24T09:00:00", "-", "7", "5", "imagenet-1k, flowers", "40",
    ]  # fmt: skip
    assert row(text, "im-2")[2] == "[b]mine[/b].csv"


@pytest.mark.parametrize("count", [1, 3, 4, 9])
def test_three_models_without_a_rank_are_enough_to_say_how_it_goes_on(count: int) -> None:
    bare = [{**UNSCORED, "name": f"Bare {number}"} for number in range(count)]
    lines = unranked_lines({**RANKING, "items": bare})
    assert [line.partition(" has")[0] for line in lines] == [f"Bare {number}" for number in range(min(count, 3))]


def test_who_lacks_several_values_is_offered_to_leave_out_all_of_them() -> None:
    missing = [
        {"dimension": key, "reason": "not_measured"} for key in ("accuracy", "parameters_millions", "shape_bias")
    ]
    shares = {"accuracy": 0.5, "parameters_millions": 0.25, "shape_bias": 0.0, "object_focus": 0.25}
    assert unranked_lines({**RANKING, "shares": shares, "items": [{**UNSCORED, "missing": missing}]}) == [
        "Bare has no rank under these weights: accuracy, parameters_millions missing; to weigh only the 1 measured: "
        "--w.accuracy 0 --w.parameters_millions 0"
    ]


def test_a_ranking_that_is_too_wide_leaves_the_values_out_and_says_where_they_are() -> None:
    text = printed_text(ranking_table(RANKING, DIMENSIONS, values=False))
    assert row(text, "good-one") == ["1", "3", "good-one", "Good [bold]One", "1.2500"]
    assert "A wider terminal, or --json, shows the values." in text
    assert "flagged value" not in text
    assert "without weight" not in text


def test_a_benchmark_with_fewer_dimensions_says_how_many() -> None:
    fewer = {**RANKING, "shares": {"accuracy": 1.0}, "coverage": "1 of 9 dimensions"}
    text = " ".join(printed_text(ranking_table(fewer, DIMENSIONS)).split())
    assert "QUBA, normalisation published, imagenet-1k as-published, 1 of 9 dimensions" in text
    assert "Params" not in text
    # All of the default ones are there: nothing is to be said.
    assert "dimensions" not in printed_text(ranking_table({**RANKING, "coverage": "2 of 9"}, DIMENSIONS))


def test_a_weight_of_nothing_keeps_the_column_of_a_default_dimension() -> None:
    unweighed = {**RANKING, "shares": {"accuracy": 1.0, "parameters_millions": 0.0}}
    text = printed_text(ranking_table(unweighed, DIMENSIONS))
    assert row(text, "good-one")[-1] == "25.6"
    assert "Acc. 100 %, Params 0 %" in text


def model_answer(**changed: object) -> dict[str, Any]:
    return {
        "model_id": "one", "name": "One", "benchmark": "toy-shapes", "protocol": "corrected",
        "scores": {"accuracy": {"value": 0.8, "missing": None, "flags": [], "standard_error": None}},
        "standings": {"accuracy": {"better_than": 0, "level_with": 0, "others": 0}},
        "ranks": [{"preset": "paper", "rank": 1, "score": 0.0}], **changed,
    }  # fmt: skip


def test_the_only_model_of_a_pool_has_no_rank_below_its_values() -> None:
    text = printed_text(model_table(model_answer(), DIMENSIONS))
    assert row(text, "Accuracy") == ["Accuracy", "higher is better", "0.8000", "-", "-", ""]
    assert "rank" not in text
    one_other = {"accuracy": {"better_than": 1, "level_with": 0, "others": 1}}
    text = printed_text(model_table(model_answer(standings=one_other), DIMENSIONS))
    assert "paper: rank 1, score 0.0000" in text
    assert row(text, "Accuracy")[4] == "better than 1 of 1 other model"


def test_dimensions_are_in_the_order_of_the_catalogue_and_without_those_of_another_benchmark() -> None:
    scores: dict[str, Any] = {
        "parameters_millions": {"value": 5.0, "missing": None, "flags": [], "standard_error": None},
        "accuracy": {"value": 0.8, "missing": None, "flags": [], "standard_error": None},
    }
    whole = model_answer(scores=scores, standings=dict.fromkeys(scores))
    text = printed_text(model_table(whole, DIMENSIONS))
    assert text.index("Accuracy") < text.index("Parameters")
    assert "Parameters" not in printed_text(model_table(model_answer(), DIMENSIONS))


def test_best_is_marked_for_each_that_shares_it_and_a_name_is_no_markup() -> None:
    tied = deepcopy(COMPARISON)
    tied["dimensions"][0]["best"] = ["good-one", "bare"]
    text = printed_text(comparison_table(tied, DIMENSIONS))
    assert row(text, "Parameters") == ["Parameters (lower is better)", "25.6 best", "5.0 best"]
    assert "data version 1-abc" in text
    # A dimension that the answer does not speak of has no row.
    tied["dimensions"] = tied["dimensions"][:1]
    assert "Accuracy" not in printed_text(comparison_table(tied, DIMENSIONS))


def test_the_columns_of_each_table_say_what_stands_in_them() -> None:
    def heads(table: Table) -> list[str]:
        return [str(column.header) for column in table.columns]

    assert heads(imports_table([])) == ["import_id", "imported", "file", "rows", "models", "benchmarks", "values held"]
    assert heads(ranking_table(RANKING, DIMENSIONS)) == [
        "rank", "overall", "model_id", "name", "licence", "score", "Acc.", "Params",
    ]  # fmt: skip
    assert heads(model_table(model_answer(), DIMENSIONS)) == [
        "dimension", "direction", "value", "95 % interval", "compared", "flags",
    ]  # fmt: skip
    assert heads(comparison_table(COMPARISON, DIMENSIONS)) == ["", r"Good \[bold]One", "Bare"]
