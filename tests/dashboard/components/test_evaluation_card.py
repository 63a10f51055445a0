import pandas as pd
import pytest

from dashboard.catalogue import Catalogue
from dashboard.components.doubt import GREY
from dashboard.components.evaluation_card import (
    cost_table,
    curl,
    headline,
    progress_text,
    python,
    rank_interval,
    results_table,
)

STANDING = {
    "rank": 120, "rank_low": 101, "rank_high": 139, "of": 327, "confidence": 0.9, "label": "interim, quick subset",
    "dimensions": ["accuracy"], "missing": [],
}  # fmt: skip
ANSWER = {"name": "Mine", "state": "running", "place_in_queue": None, "standing": STANDING}


@pytest.mark.parametrize(
    ("known", "first_line", "fact"),
    [
        (
            {},
            "Mine: provisional rank 101 to 139 of 327.",
            "rank 101 to 139 (90 % interval from measurement error)",
        ),
        (
            {"rank_low": 120, "rank_high": 120},
            "Mine: provisional rank 120 of 327.",
            "rank 120 (90 % interval from measurement error)",
        ),
        (
            {"missing": ["object_focus", "shape_bias"]},
            "Mine: provisional rank 101 to 139 of 327 on 1 of 3 dimensions so far.",
            "rank 101 to 139 (90 % interval from measurement error)",
        ),
        (
            {"rank_low": None, "rank_high": None},
            "Mine: provisional rank 120 of 327.",
            "no rank interval, because the standard error of a value is not known",
        ),
    ],
)
def test_an_interim_rank_is_an_interval_unless_an_error_is_not_known(
    known: dict[str, object], first_line: str, fact: str
) -> None:
    standing = {**STANDING, **known}
    assert headline({**ANSWER, "standing": standing}) == first_line
    assert rank_interval(standing) == fact


@pytest.mark.parametrize(
    ("answer", "first_line"),
    [
        ({"state": "succeeded"}, "Mine ranks 120 of 327."),
        (
            {"state": "succeeded", "standing": {**STANDING, "missing": ["shape_bias"]}},
            "Mine ranks 120 of 327 on the one dimension measured.",
        ),
        ({"state": "queued", "standing": None, "place_in_queue": 3}, "Mine is queued, position 3."),
        ({"state": "failed", "standing": None}, "Mine could not be measured."),
    ],
)
def test_the_first_line_says_where_the_model_stands(answer: dict[str, object], first_line: str) -> None:
    assert headline({**ANSWER, **answer}) == first_line


def test_what_says_nothing_is_grey_in_its_own_phase(catalogue: Catalogue) -> None:
    value = {"value": 0.82, "standard_error": None, "missing_reason": None}
    results = [
        {**value, "phase": "quick", "dimension": "shape_bias", "flags": ["chance-level"]},
        {**value, "phase": "full", "dimension": "shape_bias", "flags": []},
    ]
    styler = results_table({"dimensions": ["accuracy", "shape_bias"], "results": results}, catalogue)
    html = styler.to_html()
    assert GREY.partition(";")[0] in html
    marked = html.partition("{")[0]
    assert "row1_col1" in marked
    assert "col2" not in marked
    table = pd.DataFrame(vars(styler)["data"])
    assert table["Quick subset"].tolist() == ["…", "0.8200"]


@pytest.mark.parametrize(
    ("phase", "left", "text"),
    [
        ("quick", None, "Quick subset: fog, image 1,200 of 50,000"),
        ("quick", 42.0, "Quick subset: fog, image 1,200 of 50,000, about 42 s left in this phase"),
        # A day's work is said in hours.
        ("full", 44_000.0, "All images: fog, image 1,200 of 50,000, about 12 h 13 min left in this phase"),
    ],
)
def test_progress_in_words(phase: str, left: float | None, text: str) -> None:
    progress = {"phase": phase, "stage": "fog", "images_done": 1_200, "images_total": 50_000}
    assert progress_text({"progress": progress, "eta_seconds": left}) == text


def test_the_calls_for_a_terminal_and_for_python_ask_for_the_same_again() -> None:
    asked = {
        "evaluation_id": "ev-1", "checkpoint_id": "c" * 64, "model": None, "architecture": "resnet18",
        "weights_key": "ema", "name": "It's mine", "benchmark": "toy-shapes", "protocol": "corrected",
        "dimensions": ["accuracy"], "samples_per_class": 5, "seed": 3, "class_order_checked": False, "priority": 60,
        "cost": False,
    }  # fmt: skip
    shown = curl(asked, "http://127.0.0.1:8000")
    assert "'http://127.0.0.1:8000/v1/evaluations/ev-1'" in shown
    assert "wellbehaved status ev-1 --follow --api http://127.0.0.1:8000" in shown
    sent: dict[str, object] = {}

    class Recorder:
        @property
        def evaluations(self) -> "Recorder":
            return self

        def submit(self, **request: object) -> dict[str, str]:
            sent.update(request)
            return {"evaluation_id": "ev-1"}

        def follow(self, evaluation_id: str) -> list[dict[str, str]]:
            assert evaluation_id == "ev-1"
            return []

        def __enter__(self) -> "Recorder":
            return self

        def __exit__(self, *_: object) -> None:
            return None

    program = python(asked, "http://127.0.0.1:8000").replace("from wellbehaved import Client\n", "")
    exec(compile(program, "shown", "exec"), {"Client": lambda *_, **__: Recorder()})
    assert sent == {key: value for key, value in asked.items() if key != "evaluation_id" and value is not None}


def test_the_cost_is_one_row_for_each_batch_size() -> None:
    reason = "the model failed: index [*a*] of $x$"
    batches = [
        {"batch_size": 1, "latency_ms": 2.5, "lower_quartile_ms": 2.0, "upper_quartile_ms": 3.0, "peak_memory_mb": 7.5},
        {"batch_size": 64, "latency_ms": None, "latency_missing": reason, "peak_memory_mb": None,
         "memory_missing": "out of memory"},
    ]  # fmt: skip
    assert cost_table({"batches": batches}).to_numpy().tolist() == [
        [1, "2.5 ms (quartiles 2 to 3)", "7.5 MB beside the weights"],
        [64, r"no latency (the model failed\: index \[\*a\*\] of \$x\$)", "no peak memory (out of memory)"],
    ]
