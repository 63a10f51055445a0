from typing import Any

import pytest

from wellbehaved.cost_words import cost_lines, latency_words, memory_words

BATCH: dict[str, Any] = {
    "batch_size": 1, "latency_ms": 40.5, "lower_quartile_ms": 39.25, "upper_quartile_ms": 44.0,
    "latency_missing": None, "peak_memory_mb": 28.75, "memory_missing": None,
}  # fmt: skip
REPORT: dict[str, Any] = {
    "device": "AMD EPYC 7763", "threads": 2, "precision": "fp32", "batches": [BATCH], "dimensions": ["latency_ms_b1"],
    "fault": None,
}  # fmt: skip


@pytest.mark.parametrize(
    ("report", "lines"),
    [
        (None, []),
        (
            REPORT,
            [
                "cost on AMD EPYC 7763, 2 threads, fp32:",
                "  batch 1: 40.5 ms (quartiles 39.25 to 44); 28.75 MB beside the weights",
                "`wellbehaved rank --w.latency_ms_b1 1` weighs latency_ms_b1",
            ],
        ),
        (
            {"device": None, "batches": [], "dimensions": [], "fault": "The processor has no name."},
            ["cost: The processor has no name."],
        ),
    ],
)
def test_an_evaluation_says_what_its_model_costs(report: dict[str, Any] | None, lines: list[str]) -> None:
    assert list(cost_lines(report)) == lines


def test_what_is_missing_says_why() -> None:
    nothing = {"latency_ms": None, "latency_missing": "out of memory", "peak_memory_mb": None, "memory_missing": "none"}
    assert latency_words(nothing) == "no latency (out of memory)"
    assert memory_words(nothing) == "no peak memory (none)"
