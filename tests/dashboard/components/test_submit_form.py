from dataclasses import replace
from typing import Any

import pytest

from dashboard.catalogue import Catalogue
from dashboard.components.submit_form import _measurable, expected_time, likely_benchmark

WORKER = {
    "worker_id": "host-0", "evaluations": 3, "lowest_seconds": 480.0, "median_seconds": 700.0, "highest_seconds": 900.0,
}  # fmt: skip


def told(*durations: dict[str, Any], some: bool = False) -> str:
    return expected_time({"durations": list(durations)}, some)


def test_before_any_evaluation_nobody_knows() -> None:
    assert told().startswith("Time: no estimate yet, because no online worker has finished a whole evaluation")


def test_the_time_is_that_of_earlier_ones_and_says_so() -> None:
    text = told(WORKER)
    assert text.startswith("Time: about 12 min on host-0 (3 whole evaluations there took 8 min to 15 min).")
    assert "Fewer dimensions" not in text
    assert "It costs this time of one worker" in text
    assert "Fewer dimensions take less." in told(WORKER, some=True)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            {"evaluations": 1, "lowest_seconds": 700.0, "highest_seconds": 700.0},
            "the one whole evaluation there took 12",
        ),
        ({"lowest_seconds": 700.0, "highest_seconds": 701.0}, "3 whole evaluations there took 12 min each"),
    ],
)
def test_one_or_equal_ones(change: dict[str, Any], words: str) -> None:
    assert words in told({**WORKER, **change})


@pytest.mark.parametrize(
    ("page", "measurable", "wanted"),
    [
        ("toy-shapes", [], "toy-shapes"),  # the page is about it, and a worker may come
        ("toy-shapes", ["flowers"], "toy-shapes"),
        ("flowers", ["toy-shapes"], "flowers"),
        ("imagenet-1k", ["imagenet-1k", "toy-shapes"], "imagenet-1k"),
        ("imagenet-1k", ["toy-shapes"], "toy-shapes"),  # nobody chose the study's, and nobody here can measure on it
        ("imagenet-1k", [], "imagenet-1k"),
        ("gone", ["toy-shapes"], "toy-shapes"),
        ("gone", [], "flowers"),
    ],
)
def test_the_form_begins_with_the_benchmark_of_the_page(page: str, measurable: list[str], wanted: str) -> None:
    benchmarks = {key: {"measurable": key in measurable} for key in ("flowers", "imagenet-1k", "toy-shapes")}
    assert likely_benchmark(benchmarks, page) == wanted


def test_only_what_a_worker_measures_is_offered(catalogue: Catalogue) -> None:
    own = replace(catalogue.dimensions["accuracy"], key="throughput", origin="own")
    packaged = replace(own, key="doubt", package="doubt 1.0")
    known = replace(catalogue, dimensions={**catalogue.dimensions, "throughput": own, "doubt": packaged})
    assert _measurable({"dimensions": ["accuracy", "throughput", "doubt"]}, known) == ["accuracy", "doubt"]
