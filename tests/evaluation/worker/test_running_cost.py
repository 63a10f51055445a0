"""What is made of the cost of an evaluated model; `evaluation.running_cost` has the tests of the figures themselves."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from pydantic import JsonValue
from sqlalchemy import Engine

from backend.imports.foreign_import import import_table
from backend.imports.foreign_table import TableFile
from backend.store import own_dimensions
from backend.store.dimension_definition import definition_of
from backend.store.engine import reading, writing
from backend.store.measurements import measurements_of
from backend.store.models import change_facts, model_record
from backend.store.snapshot import load_snapshot
from evaluation.benchmark import BENCHMARKS
from evaluation.engine.stages import Protocol, Request
from evaluation.errors import EvaluationStopped
from evaluation.models.loaded_model import LoadedModel
from evaluation.running_cost import measured_cost
from evaluation.running_cost.cost_document import CostDocument
from evaluation.running_cost.device_name import DeviceRefused
from evaluation.running_cost.measured_cost import CostProgress
from evaluation.running_cost.peak_memory import PeakMemory
from evaluation.worker import running_cost
from evaluation.worker.running_cost import ELSEWHERE, NO_DIMENSIONS, MeasuredCost, cost_of, record_cost_in, report_of
from quba.vocabulary import COST_FIELDS
from tests.backend.imports.foreign_files import batch, costs
from tests.backend.own_dimension import defined, described
from tests.evaluation.conftest import loaded
from tests.evaluation.running_cost.nets import Pooled

__all__ = ["loaded"]

TOY = Request(benchmark=BENCHMARKS["toy-shapes"], dimensions=("accuracy",), protocol=Protocol.CORRECTED)
STUDY = replace(TOY, benchmark=BENCHMARKS["imagenet-1k"], protocol=Protocol.AS_PUBLISHED)
ALEXNET = {"source_library": "torchvision", "source_identifier": "alexnet/AlexNet_Weights.IMAGENET1K_V1"}
BENCH = "fp32_pt2150_2t_amd_epyc_7763_64_core"


def document(**changes: Any) -> CostDocument:  # noqa: ANN401 - keys of the document's batch
    found: CostDocument = orjson.loads(costs({"batches": [batch(**changes)]}))
    return found


def recorded(engine: Engine, cost: MeasuredCost, request: Request = STUDY, evaluation: str | None = "ev-1") -> Any:  # noqa: ANN401 - JSON
    with writing(engine) as session:
        return record_cost_in(session, "alexnet", cost, request=request, evaluation_id=evaluation)


def kept(engine: Engine, key: str) -> Any:  # noqa: ANN401 - a row
    with reading(engine) as session:
        return measurements_of(session, "alexnet", "imagenet-1k", "as-published").get(key)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measured_cost, "peak_on_cpu", lambda *_, **__: PeakMemory(megabytes=7.5))
    monkeypatch.setattr(measured_cost, "device_name", lambda *_: "Bench 1")


@pytest.mark.usefixtures("quick")
def test_a_model_is_measured_at_one_and_at_64_images(loaded: Callable[..., LoadedModel]) -> None:
    passes: list[CostProgress] = []
    found = cost_of(loaded(Pooled()), "cpu", before=passes.append)
    assert found.fault is None
    assert found.document is not None
    [model] = found.document["models"]
    assert [each["batch_size"] for each in model["batches"]] == [1, 64]
    assert {each["peak_memory_mb"] for each in model["batches"]} == {7.5}
    # Before each size, and before each of its 5 and 50 passes.
    assert len(passes) == 2 * (1 + 5 + 50)


@pytest.mark.usefixtures("quick")
def test_who_stops_the_evaluation_stops_it_here(loaded: Callable[..., LoadedModel]) -> None:
    asked: list[CostProgress] = []

    def stop_before_the_last_pass(progress: CostProgress) -> None:
        asked.append(progress)
        if len(asked) == 2 * (1 + 5 + 50):
            raise EvaluationStopped("enough")

    with pytest.raises(EvaluationStopped):
        cost_of(loaded(Pooled()), "cpu", before=stop_before_the_last_pass)


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (DeviceRefused("unnamed_device", "It has no name.", "Name it."), "It has no name. Name it."),
        (RuntimeError("device-side assert"), "RuntimeError: device-side assert"),
    ],
)
def test_whatever_fails_is_the_reason(
    loaded: Callable[..., LoadedModel], monkeypatch: pytest.MonkeyPatch, error: Exception, fault: str
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(running_cost, "bench", fail)
    assert cost_of(loaded(Pooled()), "cpu", before=lambda _: None) == MeasuredCost(fault=fault)


def test_figures_become_dimensions_of_the_device(study_engine: Engine) -> None:
    report = recorded(study_engine, MeasuredCost(document=document()))
    keys = [f"latency_ms_b1_{BENCH}", f"peak_memory_mb_b1_{BENCH}"]
    assert (report["dimensions"], report["fault"], report["threads"]) == (keys, None, 2)
    assert [each["latency_ms"] for each in report["batches"]] == [40.5]
    row = kept(study_engine, keys[0])
    assert (row.value, row.source, row.evaluation_id, row.device) == (
        40.5, "evaluation", "ev-1", "AMD EPYC 7763 64-Core Processor",
    )  # fmt: skip
    assert row.note.startswith("median of 50 passes after 5, images of 3 x 224 x 224; batch 1: quartiles")
    with reading(study_engine) as session:
        snapshot = load_snapshot(session, "imagenet-1k", "as-published")
    assert snapshot.columns[keys[1]][snapshot.positions["alexnet"]] == 28.75
    assert snapshot.catalogue.own[0].default_weight == 0
    assert snapshot.catalogue.own[0].source.startswith("Measured with wellbehaved cost; added by evaluation ev-1.")


def test_the_newest_figure_of_a_device_counts_whoever_measured_it(study_engine: Engine) -> None:
    key = f"latency_ms_b1_{BENCH}"

    def imported(value: float) -> None:
        model: dict[str, JsonValue] = {**ALEXNET, "batches": [batch(latency_ms=value)]}
        table = TableFile(data=costs(model), name="cost.json", dimension=None, day=datetime(2026, 11, 27, tzinfo=UTC))
        import_table(study_engine, table, "cost")

    imported(10.0)
    assert (kept(study_engine, key).value, kept(study_engine, key).source) == (10.0, "import")
    for value in (20.0, 30.0):
        recorded(study_engine, MeasuredCost(document=document(latency_ms=value)), evaluation=None)
        assert (kept(study_engine, key).value, kept(study_engine, key).source) == (value, "evaluation")
    imported(40.0)
    assert (kept(study_engine, key).value, kept(study_engine, key).source) == (40.0, "import")


def test_what_one_image_takes_is_a_fact_of_the_model_on_every_benchmark(study_engine: Engine) -> None:
    counted: dict[str, JsonValue] = {"macs_billions": 1.25, "activations_millions": 2.5, "batches": [batch()]}
    cost = MeasuredCost(document=orjson.loads(costs(counted)))
    with writing(study_engine) as session:
        change_facts(session, "alexnet", dict.fromkeys(COST_FIELDS))
    report = recorded(study_engine, cost, replace(STUDY, benchmark=replace(STUDY.benchmark, digest="sha256:1")))
    # No image of a benchmark of one's own is needed for it; a time stands in the evaluation alone.
    assert (report["fault"], report["dimensions"]) == (ELSEWHERE, [])
    with reading(study_engine) as session:
        snapshot = load_snapshot(session, "imagenet-1k", "as-published")
        known = model_record(session, "alexnet")
    place = snapshot.positions["alexnet"]
    assert [snapshot.columns[key][place] for key in ("macs_billions", "activations_millions")] == [1.25, 2.5]
    assert known is not None
    assert (known.input_size, known.cost_source) == (224, "torch 2.15.0")
    assert snapshot.catalogue.own == ()


def test_what_is_known_already_stays(study_engine: Engine) -> None:
    with reading(study_engine) as session:
        before = model_record(session, "alexnet")
    recorded(
        study_engine, MeasuredCost(document=orjson.loads(costs({"macs_billions": 1.0, "activations_millions": 2.0})))
    )
    with reading(study_engine) as session:
        assert model_record(session, "alexnet") == before


def test_of_dimensions_one_of_which_is_refused_none_is_left(study_engine: Engine) -> None:
    with writing(study_engine) as session:
        own_dimensions.register(session, defined(key=f"peak_memory_mb_b1_{BENCH}"))
    report = recorded(study_engine, MeasuredCost(document=document()))
    assert report["dimensions"] == []
    assert report["fault"].startswith(f"There is a dimension 'peak_memory_mb_b1_{BENCH}' already")
    with reading(study_engine) as session:
        assert [each.key for each in own_dimensions.dimension_set(session).own] == [f"peak_memory_mb_b1_{BENCH}"]


def test_where_there_is_no_figure_there_is_no_dimension(study_engine: Engine) -> None:
    nothing = document(latency_ms=None, lower_quartile_ms=None, upper_quartile_ms=None, peak_memory_mb=None)
    for cost in (MeasuredCost(fault="It has no name."), MeasuredCost(document=nothing)):
        report = recorded(study_engine, cost)
        assert report == report_of(cost)
        assert (report["dimensions"], report["fault"]) == ([], cost.fault)
    with reading(study_engine) as session:
        assert own_dimensions.dimension_set(session).own == ()


def test_on_ones_own_classes_figures_stand_in_the_evaluation_alone(study_engine: Engine) -> None:
    own = replace(STUDY, benchmark=replace(STUDY.benchmark, digest="d" * 64))
    report = recorded(study_engine, MeasuredCost(document=document()), own)
    assert (report["dimensions"], report["fault"]) == ([], ELSEWHERE)
    assert report["batches"][0]["latency_ms"] == 40.5


def test_a_key_of_somebody_else_costs_the_dimensions_alone(study_engine: Engine) -> None:
    with writing(study_engine) as session:
        own_dimensions.register(session, definition_of(described(key=f"latency_ms_b1_{BENCH}")))
    report = recorded(study_engine, MeasuredCost(document=document()))
    assert report["dimensions"] == []
    assert "There is a dimension" in report["fault"]
    assert report["batches"][0]["latency_ms"] == 40.5


@pytest.mark.parametrize(
    ("of_document", "of_model", "words"),
    [
        ({"device": "Some\u200bCPU 1"}, {}, "invisible characters"),
        ({}, {"name": "a" * 201}, "200 characters"),
        ({}, {"source_identifier": ""}, "1 character"),
    ],
)
def test_what_the_store_refuses_costs_the_dimensions_alone(
    study_engine: Engine, of_document: dict[str, Any], of_model: dict[str, Any], words: str
) -> None:
    found: Any = document()
    found.update(of_document)
    found["models"][0].update(of_model)
    report = recorded(study_engine, MeasuredCost(document=found))
    assert report["dimensions"] == []
    assert report["fault"].startswith(NO_DIMENSIONS)
    assert words in report["fault"]
    assert report["batches"][0]["latency_ms"] == 40.5
