from typing import Any

import pytest
from rich.console import Console

from wellbehaved.evaluation_text import coverage_text, details, evaluation_lines, evaluations_table


def answer(**fields: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    return {
        "evaluation_id": "ev-1", "state": "queued", "name": "[b]mine[/b]", "benchmark": "toy-shapes", "model_id": None,
        "submitted_at": "2026-11-24T09:00:00Z", "place_in_queue": None, "progress": None, "eta_seconds": None,
        "results": [], "standing": None, "notice": None, "error": None, **fields,
    }  # fmt: skip


RESULT = {"dimension": "accuracy", "phase": "quick", "value": 0.78, "missing_reason": None, "standard_error": 0.011}
STANDING = {"rank": 120, "rank_low": 101, "rank_high": 139, "of": 327, "label": "interim, quick subset",
            "dimensions": ["accuracy"], "missing": []}  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "lines"),
    [
        ({"place_in_queue": 2}, ["queued, position 2 in the queue"]),
        (
            {"notice": "No worker is online: start one.", "place_in_queue": 1},
            ["queued, position 1 in the queue", "No worker is online: start one."],
        ),
        (
            {
                "state": "running",
                "progress": {
                    "phase": "full",
                    "stage": "fog/3",
                    "steps_done": 2,
                    "steps_total": 9,
                    "images_total": None,
                },
                "eta_seconds": 41.6,
                "results": [RESULT, {**RESULT, "dimension": "shape_bias", "flags": ["chance-level"]}],
                "standing": {**STANDING, "missing": ["class_balance", "shape_bias"]},
            },
            [
                "running, full, fog/3, step 2 of 9, about 42 s left",
                "  accuracy, quick: 0.7800 ± 0.0110 (standard error)",
                "  shape_bias, quick: 0.7800 ± 0.0110 (standard error) [chance-level]",
                "rank 120 (between 101 and 139) of 327 on 1 of 3 dimensions so far: interim, quick subset",
            ],
        ),
        (
            {
                "state": "succeeded",
                "model_id": "mine",
                "results": [{**RESULT, "value": None, "missing_reason": "not_applicable", "standard_error": None}],
                "standing": {**STANDING, "rank_low": 120, "rank_high": 120, "label": "final"},
            },
            [
                "succeeded",
                "  accuracy, quick: none (not_applicable)",
                "rank 120 of 327: final",
                "ranked as mine; `wellbehaved publish mine` makes it visible to everyone",
            ],
        ),
        (
            {"state": "running", "results": [], "standing": {**STANDING, "rank_low": None, "rank_high": None}},
            [
                "running",
                "rank 120 (no interval, because the standard error of a value is not known) of 327: interim, "
                "quick subset",
            ],
        ),
        (
            {
                "weights_key": "state_dict_ema",
                "confinement": "network namespace, memory limit",
                "results": [
                    {**RESULT, "detail": "Images of Toy: 2 of more than 8 bits (scaled to 8)."},
                    {
                        **RESULT,
                        "dimension": "class_balance",
                        "detail": "Images of Toy: 2 of more than 8 bits (scaled to 8).",
                    },
                ],
            },
            [
                "queued",
                "'state_dict_ema' of several sets of weights in the file is measured",
                "the check of the file was confined by: network namespace, memory limit; "
                "it ran as the service's own user",
                "  accuracy, quick: 0.7800 ± 0.0110 (standard error)",
                "  class_balance, quick: 0.7800 ± 0.0110 (standard error)",
                "accuracy, class_balance: Images of Toy: 2 of more than 8 bits (scaled to 8).",
            ],
        ),
        (
            {
                "results": [
                    {**RESULT, "phase": "full", "detail": None},
                    {
                        **RESULT,
                        "value": None,
                        "standard_error": None,
                        "missing_reason": "too_few_images",
                        "detail": "5 images of a class are too few.",
                    },
                    {**RESULT, "dimension": "class_balance", "detail": "Few images."},
                ],
            },
            [
                "queued",
                "  accuracy, full: 0.7800 ± 0.0110 (standard error)",
                "  accuracy, quick: none (too_few_images)",
                "  class_balance, quick: 0.7800 ± 0.0110 (standard error)",
                "class_balance: Few images.",
            ],
        ),
        (
            {"confinement": "none"},
            [
                "queued",
                "the check of the file was not confined, as WELLBEHAVED_UNCONFINED_CHECKS allows; "
                "it ran as the service's own user",
            ],
        ),
        (
            {"state": "failed", "error": {"code": "crashed", "message": "It crashed.", "hint": "Try again."}},
            ["failed", "crashed: It crashed. Try again."],
        ),
    ],
)
def test_lines_say_what_is_known(fields: dict[str, Any], lines: list[str]) -> None:
    assert evaluation_lines(answer(**fields)) == lines


def test_names_in_the_table_are_no_markup() -> None:
    console = Console(width=120)
    with console.capture() as captured:
        console.print(evaluations_table([answer()]))
    assert "[b]mine[/b]" in captured.get()
    assert "2026-11-24T09:00:00" in captured.get()


def test_images_of_a_stage_are_counted_beside_the_steps() -> None:
    progress = {
        "phase": "quick", "stage": "Toy val", "steps_done": 0, "steps_total": 4, "images_done": 0, "images_total": 320,
    }  # fmt: skip
    running = answer(state="running", progress=progress)
    assert evaluation_lines(running) == ["running, quick, Toy val, step 0 of 4, image 0 of 320"]
    # What is not known of the work is left out, and of one that does not run nothing is said.
    assert evaluation_lines(answer(state="running", progress={"stage": "fog"})) == ["running, fog"]
    assert evaluation_lines(answer(state="running")) == ["running"]
    assert evaluation_lines(answer(state="queued", progress=progress)) == ["queued"]


@pytest.mark.parametrize(("seconds", "words"), [(0, "about 0 s left"), (59.6, "about 1 min left"), (7_200, "2 h left")])
def test_an_estimate_is_said_in_the_units_that_a_reader_plans_by(seconds: float, words: str) -> None:
    [line] = evaluation_lines(answer(state="running", eta_seconds=seconds))
    assert line.startswith("running, about ")
    assert line.endswith(words)


def test_a_value_has_four_decimals_and_its_error_only_where_it_has_one() -> None:
    counted = {**RESULT, "dimension": "parameters_millions", "value": 25.557, "standard_error": None}
    sure = {**RESULT, "standard_error": 0.0}
    assert evaluation_lines(answer(results=[counted, sure]))[1:] == [
        "  parameters_millions, quick: 25.5570",
        "  accuracy, quick: 0.7800 ± 0.0000 (standard error)",
    ]
    flagged = {**RESULT, "flags": ["few-images", "chance-level"]}
    assert evaluation_lines(answer(results=[flagged]))[1].endswith(" [few-images, chance-level]")
    assert "[" not in evaluation_lines(answer(results=[{**RESULT, "flags": []}]))[1]


def test_the_first_model_of_a_benchmark_has_no_rank_yet() -> None:
    alone = answer(state="succeeded", standing={**STANDING, "rank": 1, "of": 1})
    assert evaluation_lines(alone) == ["succeeded", "the first model on this benchmark: a rank needs others"]


@pytest.mark.parametrize(
    ("state", "part"),
    [
        ("queued", " on 1 of 3 dimensions so far"), ("running", " on 1 of 3 dimensions so far"),
        ("succeeded", ""), ("failed", ""), ("cancelled", ""),
    ],
)  # fmt: skip
def test_a_rank_that_rests_on_a_part_says_so_until_it_is_over(state: str, part: str) -> None:
    standing = {**STANDING, "missing": ["shape_bias", "class_balance"]}
    [_, line] = evaluation_lines(answer(state=state, standing=standing))
    assert line == f"rank 120 (between 101 and 139) of 327{part}: interim, quick subset"


def test_the_part_that_a_rank_rests_on_counts_what_is_missing() -> None:
    assert coverage_text({"dimensions": ["a", "b"], "missing": []}) == ""
    assert coverage_text({"dimensions": [], "missing": ["a", "b"]}) == " on 0 of 2 dimensions so far"


def test_what_is_wrong_comes_last_and_the_notice_before_the_error() -> None:
    error = {"code": "crashed", "message": "It crashed.", "hint": "Retry."}
    told = answer(state="failed", notice="A notice.", error=error, model_id="mine", results=[RESULT], standing=STANDING)
    assert evaluation_lines(told)[-3:] == [
        "ranked as mine; `wellbehaved publish mine` makes it visible to everyone",
        "A notice.",
        "crashed: It crashed. Retry.",
    ]


def test_details_are_said_once_with_all_that_share_them_in_the_order_of_their_coming() -> None:
    found = [("b", "One."), ("a", "Two."), ("c", None), ("d", ""), ("e", "One."), ("b", "One.")]
    assert details(found) == ["b, e: One.", "a: Two."]
    assert details([]) == []


def test_the_full_phase_outweighs_the_quick_one_in_whichever_order_they_came() -> None:
    full = {**RESULT, "phase": "full", "detail": "Of all images."}
    quick = {**RESULT, "detail": "Of few images."}
    for results in ([full, quick], [quick, full]):
        assert evaluation_lines(answer(results=results))[-1] == "accuracy: Of all images."


def test_evaluations_are_listed_one_a_row() -> None:
    console = Console(width=160)
    with console.capture() as captured:
        console.print(evaluations_table([answer(), answer(evaluation_id="ev-2", state="failed", name="other")]))
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in captured.get().splitlines() if "│" in line]
    assert rows == [
        ["ev-1", "queued", "[b]mine[/b]", "toy-shapes", "2026-11-24T09:00:00"],
        ["ev-2", "failed", "other", "toy-shapes", "2026-11-24T09:00:00"],
    ]


def test_the_columns_of_the_table_say_what_stands_in_them() -> None:
    columns = [column.header for column in evaluations_table([]).columns]
    assert columns == ["evaluation_id", "state", "name", "benchmark", "submitted"]


def test_the_cost_stands_below_the_results() -> None:
    report = {"batches": [], "dimensions": [], "fault": "The processor has no name."}
    lines = evaluation_lines(answer(state="succeeded", results=[RESULT], cost_report=report, standing=STANDING))
    assert [line.partition(" ")[0] for line in lines if line.startswith(("cost", "rank"))] == ["cost:", "rank"]
