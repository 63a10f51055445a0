from typing import Any

import pytest
from rich.console import Console

from wellbehaved.evaluation_text import evaluation_lines, evaluations_table


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
