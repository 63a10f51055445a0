from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np
import orjson
import pytest
from jaxtyping import Int

from backend.problems import ProblemError
from backend.ranking.item_json import ItemText
from backend.ranking.pool import Prepared, nullable, nullable_list
from backend.ranking.query import Filters
from backend.store.snapshot import Snapshot
from quba.dimension import Missing
from quba.dimensions import DIMENSIONS
from quba.ranking.normalisation import Normalisation


@pytest.fixture
def pool(small_pool: Snapshot) -> Prepared:
    return Prepared(small_pool, "all", Normalisation.PUBLISHED)


def kept_names(pool: Prepared, scores: Any = None, **given: Any) -> list[str]:  # noqa: ANN401 - arrays and filter parts
    filters = Filters(**{"choices": {}, "ranges": {}, "words": ()} | given)
    return [pool.models[row].id for row in pool.rows(pool.mask(filters, scores))]


def test_rows_are_in_the_order_of_names_whatever_their_case(pool: Prepared) -> None:
    assert kept_names(pool) == ["ash", "birch", "cedar", "dogwood", "elm"]


def test_a_missing_value_passes_no_bound(pool: Prepared) -> None:
    assert kept_names(pool, ranges={"accuracy": (-9.0, None)}) == ["birch", "cedar", "dogwood", "elm"]
    assert kept_names(pool, ranges={"accuracy": (None, 9.0)}) == ["birch", "cedar", "dogwood", "elm"]
    assert kept_names(pool, ranges={"accuracy": (0.8, 0.8)}) == ["cedar", "dogwood"]
    assert kept_names(pool, ranges={"accuracy": (0.9, 0.7)}) == []


def test_scores_are_bounded_where_there_are_scores(pool: Prepared) -> None:
    scores = np.array([np.nan, 2.0, 1.0, 0.0, -1.0])
    assert kept_names(pool, scores, ranges={"score": (0.0, 1.5)}) == ["cedar", "dogwood"]
    with pytest.raises(ValueError, match="no scores were given"):
        kept_names(pool, ranges={"score": (0.0, None)})


@pytest.mark.parametrize(
    ("choices", "found"),
    [
        ({"recipe": ("a1",)}, ["ash"]),
        ({"recipe": ("none",)}, ["birch", "cedar", "dogwood", "elm"]),
        ({"recipe": ("a1", "none")}, ["ash", "birch", "cedar", "dogwood", "elm"]),
        ({"recipe": ("none",), "architecture": ("cnn",)}, ["cedar", "dogwood", "elm"]),
        ({"flag": ("outlier",)}, ["birch"]),
        ({"flag": ("label-corrected",)}, ["dogwood"]),
        ({"flag": ("none",)}, ["ash", "cedar", "elm"]),
        ({"lineage": ("clip (a", "b)")}, ["birch"]),
        ({"lineage": ("clip (a", "b)", "none")}, ["ash", "birch", "cedar", "dogwood", "elm"]),
        ({"source_library": ("own", "robustbench(imagenet", "Linf)")}, ["cedar", "elm"]),
        ({"backbone": ("resnet18", "none")}, ["ash"]),
    ],
)
def test_choices(pool: Prepared, choices: dict[str, tuple[str, ...]], found: list[str]) -> None:
    assert kept_names(pool, choices=choices) == found


@pytest.mark.parametrize(
    ("value", "next_step"),
    [(("resnet-18",), "Did you mean 'resnet18'?"), (("resnet18", "zzz"), "GET /v1/models lists what there is.")],
)
def test_a_value_that_no_model_has_is_refused(pool: Prepared, value: tuple[str, ...], next_step: str) -> None:
    with pytest.raises(ProblemError, match="no model has it") as refused:
        kept_names(pool, choices={"backbone": value})
    assert (refused.value.status, refused.value.code) == (422, "invalid_parameter")
    assert refused.value.next_step == next_step


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (("birch",), ["birch"]),
        (("on", "trees"), ["cedar"]),
        (("linf",), ["cedar"]),
        (("resnet50",), ["birch", "cedar", "dogwood", "elm"]),
        (("birch", "cedar"), []),
    ],
)
def test_words_are_looked_for_in_names_identifiers_and_papers(
    pool: Prepared, words: tuple[str, ...], found: list[str]
) -> None:
    assert kept_names(pool, words=words) == found


def test_facets_count_within_the_mask_and_name_all_values_of_the_pool(pool: Prepared) -> None:
    mask = np.array([True, True, False, False, False])
    assert pool.facet("architecture", mask) == {"cnn": 1, "transformer": 1}
    assert pool.facet("recipe", mask) == {"a1": 1, "none": 1}
    assert pool.facet("flag", mask) == {"label-corrected": 0, "none": 1, "outlier": 1}
    assert list(pool.facet("source_library", mask)) == ["own", "robustbench(imagenet,Linf)", "timm"]


def test_screening_takes_flagged_values_for_missing_and_leaves_the_origin(small_pool: Snapshot) -> None:
    screened = Prepared(small_pool, "screened", Normalisation.PUBLISHED)
    assert screened.origin is small_pool
    assert np.isnan(screened.snapshot.columns["accuracy"]).tolist() == [True, True, False, False, False]
    assert screened.missing_of(1) == [{"dimension": "accuracy", "reason": "screened"}]
    assert screened.missing_of(0) == [{"dimension": "accuracy", "reason": "not_measured"}]
    assert screened.missing_of(3) == []
    assert screened.scores_of(1)["accuracy"] is None
    assert screened.flags[3] == ("label-corrected",)
    assert not np.isnan(small_pool.columns["accuracy"][1])


def test_default_ranks_are_shared_by_equals_and_0_without_a_score(pool: Prepared) -> None:
    # Elm is smaller by .6 spreads than the two, and less accurate by almost 3.
    assert pool.default_rank.tolist() == [0, 1, 2, 2, 4]


def test_percentiles_are_in_the_good_direction(pool: Prepared) -> None:
    best = int(np.nanargmax(pool.percentiles["parameters_millions"]))
    assert pool.models[best].id == "elm"
    assert np.isnan(pool.percentiles["accuracy"][0])


def shown_items(text: ItemText, rows: Int[np.ndarray, " page"]) -> list[dict[str, Any]]:
    """The items of some models where nothing is weighed."""
    none = np.zeros_like(rows)
    pieces = text.pieces(rows, (none, none), (), np.full((1, rows.size), np.nan))
    items: list[dict[str, Any]] = orjson.loads(b"".join(pieces))
    return items


def test_items_are_json_that_knows_no_nan(pool: Prepared) -> None:
    rows = np.arange(len(pool.models))
    items = shown_items(pool.item_text(), rows)
    for model, item in zip(pool.models, items, strict=True):
        assert item["model_id"] == model.id
        assert list(item["scores"]) == list(item["percentiles"]) == list(DIMENSIONS)
        assert (item["rank"], item["overall_rank"], item["score"], item["contributions"]) == (None, None, None, {})
    first = items[0]
    assert (first["scores"]["accuracy"], first["percentiles"]["accuracy"], first["default_rank"]) == (None, None, None)


def test_what_nobody_measured_beyond_the_study_is_said_where_it_is_weighed(small_pool: Snapshot) -> None:
    tried = tuple(
        MappingProxyType({**lacking, "brier_score": Missing.FAILED} if model.id == "elm" else lacking)
        for model, lacking in zip(small_pool.models, small_pool.missing, strict=True)
    )
    columns = {**small_pool.columns, "brier_score": np.full(5, np.nan), "top5_accuracy": np.full(5, np.nan)}
    pool = Prepared(replace(small_pool, columns=columns, missing=tried), "all", Normalisation.PUBLISHED)
    assert pool.missing_of(2) == []
    assert pool.missing_of(4) == [{"dimension": "brier_score", "reason": "failed"}]
    weighed = ("accuracy", "brier_score")
    assert pool.missing_of(2, weighed) == [{"dimension": "brier_score", "reason": "not_measured"}]
    assert pool.missing_of(4, weighed) == [{"dimension": "brier_score", "reason": "failed"}]
    for asked, count in (((), 0), (weighed, 1), (("top5_accuracy", "brier_score"), 2), ((), 0)):
        (item,) = shown_items(pool.item_text(asked), np.array([2]))
        assert len(item["missing"]) == count


@pytest.mark.parametrize("normalisation", Normalisation)
def test_an_empty_pool_can_be_prepared(small_pool: Snapshot, normalisation: Normalisation) -> None:
    none = {key: np.array([]) for key in DIMENSIONS}
    pool = Prepared(
        replace(small_pool, models=(), columns=none, standard_errors=none, flags=(), missing=()), "all", normalisation
    )
    assert kept_names(pool) == []
    # Nothing can be said about which values there are, so none is refused.
    assert kept_names(pool, choices={"backbone": ("whatever",), "recipe": ("a1",)}, words=("a",)) == []


def test_nan_becomes_null() -> None:
    assert nullable(np.float64("nan")) is None
    assert type(nullable(np.float64(0.5))) is float


def test_many_numbers_are_the_same_one_after_the_other() -> None:
    values = np.array([0.5, np.nan, -np.inf, 0.0])
    assert nullable_list(values) == [nullable(value) for value in values]
    assert {type(value) for value in nullable_list(values)} == {float, type(None)}
    assert nullable_list(np.empty(0)) == []


def test_a_missing_value_has_no_standing_and_the_others_are_counted_without_it(pool: Prepared) -> None:
    assert pool.standings_of(0)["accuracy"] is None
    assert pool.standings_of(1)["accuracy"] == {"better_than": 3, "level_with": 0, "others": 3}
    assert pool.standings_of(2)["accuracy"] == {"better_than": 1, "level_with": 1, "others": 3}
    assert pool.standings_of(4)["accuracy"] == {"better_than": 0, "level_with": 0, "others": 3}
    # Fewer parameters are better.
    assert pool.standings_of(4)["parameters_millions"] == {"better_than": 4, "level_with": 0, "others": 4}


def test_an_identity_is_what_is_known_beside_the_values(pool: Prepared) -> None:
    identity = pool.identity(1)
    assert list(identity)[:3] == ["model_id", "name", "architecture"]
    assert (identity["model_id"], identity["name"], identity["lineage"]) == ("birch", "Birch", "clip (a, b)")
    assert {"macs_billions", "activations_millions", "input_size"} <= set(identity)
    assert not {"accuracy", "note", "source_library"} & set(identity)


def test_a_spread_is_that_of_the_pool_and_never_nought(pool: Prepared) -> None:
    values = np.array([10.0, 20.0, 30.0, 30.0, 5.0])
    assert pool.standard_deviations["parameters_millions"] == pytest.approx(values.std(ddof=1), rel=0.2)
    # All alike: distances are divided by it.
    assert pool.standard_deviations["shape_bias"] == 1.0
    assert set(pool.standard_deviations) == set(DIMENSIONS)


def test_costs_that_nobody_counted_pass_no_bound(small_pool: Snapshot) -> None:
    counted = tuple(
        replace(model, macs_billions=4.0 if model.id == "elm" else None, input_size=224) for model in small_pool.models
    )
    columns = {**small_pool.columns, "macs_billions": np.array([model.macs_billions for model in counted], float)}
    pool = Prepared(replace(small_pool, models=counted, columns=columns), "all", Normalisation.PUBLISHED)
    assert np.isnan(pool.costs["macs_billions"]).tolist() == [True, True, True, True, False]
    assert kept_names(pool, ranges={"macs_billions": (None, 100.0)}) == ["elm"]
    assert kept_names(pool, ranges={"macs_billions": (4.0, 4.0)}) == ["elm"]
    assert kept_names(pool, ranges={"macs_billions": (4.1, None)}) == []
    assert len(kept_names(pool, ranges={"input_size": (224.0, 224.0)})) == 5


def test_filters_of_several_kinds_act_together(pool: Prepared) -> None:
    both = {"choices": {"architecture": ("cnn",)}, "ranges": {"accuracy": (0.75, None)}}
    assert kept_names(pool, **both) == ["cedar", "dogwood"]
    assert kept_names(pool, **both, words=("trees",)) == ["cedar"]
    assert kept_names(pool, choices={"architecture": ("transformer",), "recipe": ("a1",)}) == []


def test_a_dimension_that_a_benchmark_lacks_cannot_be_limited(small_pool: Snapshot) -> None:
    fewer = {key: column for key, column in small_pool.columns.items() if key != "shape_bias"}
    pool = Prepared(replace(small_pool, columns=fewer), "all", Normalisation.PUBLISHED)
    with pytest.raises(ProblemError, match="has no shape_bias"):
        kept_names(pool, ranges={"shape_bias": (0.0, None)})
    assert pool.coverage == "8 of 9 dimensions"


@pytest.mark.parametrize("preset", ["paper", "accuracy", "equal", "robust"])
def test_a_preset_scores_those_that_have_all_that_it_weighs(pool: Prepared, preset: str) -> None:
    scores = pool.preset_score(preset)
    # Ash has no accuracy, which every one of these weighs.
    assert np.isnan(scores).tolist() == [True, False, False, False, False]
    assert scores[2] == scores[3]


def test_a_preset_that_weighs_nothing_here_scores_nobody(small_pool: Snapshot) -> None:
    alone = {"shape_bias": small_pool.columns["shape_bias"]}
    pool = Prepared(replace(small_pool, columns=alone), "all", Normalisation.PUBLISHED)
    assert np.isnan(pool.preset_score("accuracy")).all()
    assert pool.default_rank.tolist() == [1, 1, 1, 1, 1]


def test_one_model_alone_on_a_benchmark_of_one_s_own_has_no_score_and_says_why(small_pool: Snapshot) -> None:
    def alone(normalisation: Normalisation, count: int = 1) -> Prepared:
        few: dict[str, Any] = {
            "models": small_pool.models[1 : 1 + count],
            "columns": {key: column[1 : 1 + count] for key, column in small_pool.columns.items()},
            "standard_errors": {key: column[1 : 1 + count] for key, column in small_pool.standard_errors.items()},
            "flags": small_pool.flags[1 : 1 + count],
            "missing": small_pool.missing[1 : 1 + count],
        }
        own = replace(small_pool, **few, own=True, benchmark="flowers", label="Flowers")
        return Prepared(own, "all", normalisation)

    lonely = alone(Normalisation.POOL)
    assert lonely.scoreless == (
        "Birch is the only model that has been measured on Flowers under the protocol as-published: its values stand "
        "for themselves, and a score would compare it with others."
    )
    assert np.isnan(lonely.preset_score("paper")).all()
    # The study's norms come from elsewhere, and a second model is somebody to compare with.
    assert alone(Normalisation.PUBLISHED).scoreless == ""
    assert alone(Normalisation.POOL, count=2).scoreless == ""


def test_facets_of_nobody_are_noughts(pool: Prepared) -> None:
    nobody = np.zeros(5, dtype=bool)
    assert pool.facet("architecture", nobody) == {"cnn": 0, "transformer": 0}
    assert pool.rows(nobody).tolist() == []


def test_items_of_equal_questions_are_written_once(pool: Prepared) -> None:
    assert pool.item_text(()) is pool.item_text(("accuracy",))
    beyond = pool.item_text(("brier_score",))
    assert beyond is pool.item_text(("brier_score", "accuracy"))
    assert beyond is not pool.item_text(())


def test_values_without_a_digest_are_counted_as_such(small_pool: Snapshot) -> None:
    made = tuple({"accuracy": "d1"} if model.id in ("cedar", "elm") else {} for model in small_pool.models)
    pool = Prepared(replace(small_pool, ingredients=made), "all", Normalisation.PUBLISHED)
    # Ash has no value, so that it is made of nothing.
    assert pool.ingredient_counts["accuracy"] == {"d1": 2, None: 2}
    assert "shape_bias" not in pool.ingredient_counts
