"""The tables of `wellbehaved evaluate`: beside each other where there is room, else below."""

import io
from typing import Any

import pytest
from rich.console import Console

from evaluation.benchmark import BENCHMARKS
from evaluation.engine.stages import Precision, Protocol, Request
from quba.benchmarks import STUDY_BENCHMARK
from wellbehaved import terminal
from wellbehaved.evaluated_table import cell, models_below_each_other, models_beside_each_other

REQUEST = Request(
    benchmark=BENCHMARKS[STUDY_BENCHMARK],
    dimensions=("accuracy", "shape_bias"),
    protocol=Protocol.CORRECTED,
    samples_per_class=None,
    seed=0,
    precision=Precision.FP32,
)


def report(name: str) -> dict[str, Any]:
    value = {"value": 0.76134, "standard_error": 0.0019, "flags": [], "missing": None}
    absent: dict[str, Any] = {"value": None, "standard_error": None, "flags": [], "missing": "data_set_missing"}
    return {"name": name, "results": {"accuracy": value, "shape_bias": absent}}


def test_a_value_has_its_error_and_flags_or_the_reason_why_there_is_none() -> None:
    results = report("net")["results"]
    assert cell("shape_bias", results["shape_bias"]) == "data_set_missing"
    assert cell("accuracy", {**results["accuracy"], "flags": ["at_chance"]}) == "[dim]0.7613 ± 0.0019, at_chance[/dim]"
    assert cell("accuracy", {**results["accuracy"], "standard_error": None}) == "0.7613"


@pytest.mark.parametrize("count", [2, 300])
def test_as_many_models_as_the_study_has_are_whole_on_a_narrow_terminal(
    monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    reports = [report(f"study:net[{number}]") for number in range(count)]
    shown = io.StringIO()
    monkeypatch.setattr("rich.console.Console", lambda **_: Console(file=shown, width=100))
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    terminal.print_table(models_beside_each_other(reports, REQUEST), models_below_each_other(reports, REQUEST))
    told = shown.getvalue()
    assert all(f"study:net[{number}]" in told for number in range(count))
    assert told.count("0.7613 ± 0.0019") == told.count("data_set_missing") == count
    beside = "study:net[0]" in told.splitlines()[2] and "study:net[1]" in told.splitlines()[2]
    assert beside == (count == 2)
