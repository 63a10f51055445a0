"""What `wellbehaved cost` writes as JSON and `import --format cost` reads: a bench, and the models measured on it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from evaluation.running_cost.measured_cost import BatchCost, Bench
    from evaluation.running_cost.model_cost import ModelCost


class BatchFigures(TypedDict):
    """What batches of one size cost; a figure that is missing is None beside its reason."""

    batch_size: int
    latency_ms: float | None
    lower_quartile_ms: float | None
    upper_quartile_ms: float | None
    latency_missing: str | None
    peak_memory_mb: float | None
    memory_missing: str | None


class ModelFigures(TypedDict):
    """What a model costs, with or without its weights; one that could not be measured has a fault and no batches."""

    name: str
    source_library: str | None
    source_identifier: str | None
    input_shape: Sequence[int] | None
    versions: Mapping[str, str]
    untrained: bool
    macs_billions: float | None
    activations_millions: float | None
    counts_missing: str | None
    fault: str | None
    batches: list[BatchFigures]


class CostDocument(TypedDict):
    """Bench and models."""

    device: str
    threads: int | None
    precision: str
    versions: Mapping[str, str]
    passes: int
    warm_up: int
    memory_method: str
    measured_at: str
    models: list[ModelFigures]


def cost_document(on: "Bench", models: Sequence[ModelFigures], now: datetime) -> CostDocument:
    """The document of models that were measured on one bench.

    Args:
        on: the bench.
        models: by `figures_of_model` or `figures_of_fault`.
        now: time of the measurement, with its zone.
    """
    return {
        "device": on.name,
        "threads": on.threads,
        "precision": on.precision.value,
        "versions": dict(on.versions),
        "passes": on.passes,
        "warm_up": on.warm_up,
        "memory_method": on.memory_method,
        "measured_at": now.isoformat(timespec="seconds"),
        "models": list(models),
    }


def figures_of_model(cost: "ModelCost") -> ModelFigures:
    """A model that was measured."""
    return {
        "name": cost.name,
        "source_library": cost.source_library,
        "source_identifier": cost.source_identifier,
        "input_shape": cost.input_shape,
        "versions": dict(cost.versions),
        "untrained": cost.untrained,
        "macs_billions": None if cost.counts is None else cost.counts.macs / 1e9,
        "activations_millions": None if cost.counts is None else cost.counts.activations / 1e6,
        "counts_missing": cost.counts_missing,
        "fault": None,
        "batches": [_figures_of_batch(each) for each in cost.batches],
    }


def figures_of_fault(name: str, fault: str) -> ModelFigures:
    """A model that could not be measured, and why.

    >>> figures_of_fault("resnet5", "is not a model of timm")["batches"]
    []
    """
    return {
        "name": name,
        "source_library": None,
        "source_identifier": None,
        "input_shape": None,
        "versions": {},
        "untrained": False,
        "macs_billions": None,
        "activations_millions": None,
        "counts_missing": None,
        "fault": fault,
        "batches": [],
    }


def _figures_of_batch(cost: "BatchCost") -> BatchFigures:
    latency = cost.latency
    return {
        "batch_size": cost.batch_size,
        "latency_ms": None if latency is None else latency.median_ms,
        "lower_quartile_ms": None if latency is None else latency.lower_quartile_ms,
        "upper_quartile_ms": None if latency is None else latency.upper_quartile_ms,
        "latency_missing": cost.latency_missing,
        "peak_memory_mb": cost.memory.megabytes,
        "memory_missing": cost.memory.missing,
    }
