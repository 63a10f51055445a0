from dataclasses import replace
from datetime import UTC, datetime

from backend.imports.readers.cost import read
from evaluation.engine.stages import Precision
from evaluation.running_cost.cost_document import cost_document, figures_of_fault, figures_of_model
from evaluation.running_cost.counts import Counts
from evaluation.running_cost.latency import Latency
from evaluation.running_cost.measured_cost import BatchCost, Bench
from evaluation.running_cost.model_cost import ModelCost
from evaluation.running_cost.peak_memory import PeakMemory

NOW = datetime(2026, 11, 27, 3, tzinfo=UTC)
ON = Bench(
    device="cpu", name="AMD EPYC", threads=2, precision=Precision.FP32, batch_sizes=(1, 64), passes=50, warm_up=5,
    versions={"torch": "2.15.0"},
)  # fmt: skip
COST = ModelCost(
    name="mine",
    source_library="checkpoint",
    source_identifier="sha256:ab",
    input_shape=(3, 8, 8),
    versions={"onnxruntime": "1.23"},
    notes=(),
    on=ON,
    batches=(
        BatchCost(
            batch_size=1, latency=Latency(median_ms=2.0, lower_quartile_ms=1.5, upper_quartile_ms=3.0),
            latency_missing=None, memory=PeakMemory(megabytes=None, missing="nobody knows"),
        ),
        BatchCost(batch_size=64, latency=None, latency_missing="out of memory", memory=PeakMemory(megabytes=9.5)),
    ),
)  # fmt: skip


def test_a_model_has_its_source_and_every_figure_or_why_there_is_none() -> None:
    found = figures_of_model(COST)
    assert (found["name"], found["source_library"], found["source_identifier"], found["fault"]) == (
        "mine", "checkpoint", "sha256:ab", None,
    )  # fmt: skip
    assert (found["input_shape"], found["versions"]) == ((3, 8, 8), {"onnxruntime": "1.23"})
    assert found["batches"] == [
        {
            "batch_size": 1, "latency_ms": 2.0, "lower_quartile_ms": 1.5, "upper_quartile_ms": 3.0,
            "latency_missing": None, "peak_memory_mb": None, "memory_missing": "nobody knows",
        },
        {
            "batch_size": 64, "latency_ms": None, "lower_quartile_ms": None, "upper_quartile_ms": None,
            "latency_missing": "out of memory", "peak_memory_mb": 9.5, "memory_missing": None,
        },
    ]  # fmt: skip


def test_what_was_counted_stands_in_billions_and_millions_or_why_there_is_nothing() -> None:
    found = figures_of_model(replace(COST, counts=Counts(macs=4_089_184_256, activations=11_114_984)))
    told = (found["macs_billions"], found["activations_millions"], found["counts_missing"])
    assert told == (4.089184256, 11.114984, None)
    found = figures_of_model(replace(COST, counts_missing="it hides them"))
    told = (found["macs_billions"], found["activations_millions"], found["counts_missing"])
    assert told == (None, None, "it hides them")


def test_a_document_says_on_what_and_how_it_was_measured() -> None:
    found = cost_document(ON, [figures_of_fault("gone", "is not there")], NOW)
    assert (found["device"], found["threads"], found["precision"]) == ("AMD EPYC", 2, "fp32")
    assert (found["passes"], found["warm_up"], found["versions"]) == (50, 5, {"torch": "2.15.0"})
    assert found["memory_method"] == ON.memory_method
    assert found["measured_at"] == "2026-11-27T03:00:00+00:00"
    [model] = found["models"]
    assert (model["name"], model["fault"], model["batches"]) == ("gone", "is not there", [])


def test_what_is_written_is_what_the_import_reads() -> None:
    import orjson

    from tests.backend.imports.foreign_files import table_file

    counts = Counts(macs=4_000_000_000, activations=11_000_000)
    other = replace(COST, name="other", source_identifier="sha256:cd", counts=counts)
    document = cost_document(
        ON, [figures_of_model(COST), figures_of_fault("gone", "is not there"), figures_of_model(other)], NOW
    )
    found = read(table_file(orjson.dumps(document), "cost.json"))
    assert [row.model for row in found.rows] == ["mine", "other"]
    assert sorted(each.value for each in found.rows[0].values.values()) == [2.0, 9.5]
    assert (found.device, found.measured_at) == ("AMD EPYC", NOW)
    assert [row.facts for row in found.rows] == [
        {},
        {"macs_billions": 4.0, "activations_millions": 11.0, "input_size": 8, "cost_source": "torch 2.15.0"},
    ]
