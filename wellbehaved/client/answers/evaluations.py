"""Answers about evaluations; written by `make answers`."""

from __future__ import annotations

from typing import NotRequired, TypedDict


class ArchitectureGuess(TypedDict):
    """An architecture, and how well the names and shapes of the checkpoint's tensors fit it."""

    architecture: str
    exact: bool
    fitting: int
    tensors: int
    same_tensors: list[str]


class BatchCost(TypedDict):
    """The cost of running batches of one size."""

    batch_size: int
    latency_ms: float | None
    lower_quartile_ms: float | None
    upper_quartile_ms: float | None
    latency_missing: str | None
    peak_memory_mb: float | None
    memory_missing: str | None


class CheckpointAnswer(TypedDict):
    """A checkpoint that was accepted."""

    checkpoint_id: str
    filename: str
    size_bytes: int
    format: str
    confinement: str | None
    already_there: bool


class CostReport(TypedDict):
    """The cost of running the model on the device of its worker."""

    device: str | None
    threads: int | None
    precision: str | None
    batches: list[BatchCost]
    dimensions: list[str]
    fault: str | None


class EvaluationAnswer(TypedDict):
    """An evaluation with what is known so far."""

    evaluation_id: str
    name: str
    state: str
    checkpoint_id: str | None
    model: str | None
    architecture: str
    weights_key: str | None
    benchmark: str
    benchmark_digest: str | None
    protocol: str
    dimensions: list[str]
    class_order_checked: bool
    samples_per_class: int | None
    seed: int
    cost: bool
    cost_report: CostReport | None
    priority: int
    attempt: int
    cancel_requested: bool
    worker_id: str | None
    model_id: str | None
    error: EvaluationFault | None
    progress: EvaluationProgress | None
    eta_seconds: float | None
    submitted_at: str
    started_at: str | None
    finished_at: str | None
    updated_at: str
    place_in_queue: int | None
    workers_online: int
    confinement: str | None
    notice: str | None
    results: list[EvaluationResult]
    standing: EvaluationStanding | None


class EvaluationFault(TypedDict):
    """The reason why an evaluation failed."""

    code: str
    message: str
    hint: str


class EvaluationProgress(TypedDict):
    """The progress of a running evaluation."""

    phase: NotRequired[str | None]
    stage: NotRequired[str | None]
    steps_done: NotRequired[int | None]
    steps_total: NotRequired[int | None]
    images_done: NotRequired[int | None]
    images_total: NotRequired[int | None]


class EvaluationResult(TypedDict):
    """One dimension as it was measured."""

    dimension: str
    phase: str
    value: float | None
    missing_reason: str | None
    standard_error: float | None
    sample_count: int | None
    flags: list[str]
    detail: str


class EvaluationStanding(TypedDict):
    """The rank of the model among the ranked ones under the default weights, provisional until all is measured."""

    label: str
    rank: int
    rank_low: int | None
    rank_high: int | None
    of: int
    confidence: float
    dimensions: list[str]
    missing: list[str]


class HeldValue(TypedDict):
    """A dimension that need not be measured again."""

    protocol: str
    dimension: str
    missing_reason: str | None
    all_images: bool | None


class ModelEvaluation(TypedDict):
    """The evaluation of a model that says how far it is."""

    evaluation_id: str
    state: str
    reason: str | None


class StudyModel(TypedDict):
    """One published model."""

    model_id: str
    model: str | None
    reason: str | None
    macs_billions: float | None
    values: list[HeldValue]
    evaluation: ModelEvaluation | None


class StudyModels(TypedDict):
    """All published models."""

    data_version: str
    protocol: str
    dimensions: list[str]
    items: list[StudyModel]


class Submission(TypedDict):
    """An evaluation: what was asked for and how far it is."""

    evaluation_id: str
    name: str
    state: str
    checkpoint_id: str | None
    model: str | None
    architecture: str
    weights_key: str | None
    benchmark: str
    benchmark_digest: str | None
    protocol: str
    dimensions: list[str]
    class_order_checked: bool
    samples_per_class: int | None
    seed: int
    cost: bool
    cost_report: CostReport | None
    priority: int
    attempt: int
    cancel_requested: bool
    worker_id: str | None
    model_id: str | None
    error: EvaluationFault | None
    progress: EvaluationProgress | None
    eta_seconds: float | None
    submitted_at: str
    started_at: str | None
    finished_at: str | None
    updated_at: str


class Submitted(TypedDict):
    """An evaluation that was requested."""

    evaluation_id: str
    name: str
    state: str
    checkpoint_id: str | None
    model: str | None
    architecture: str
    weights_key: str | None
    benchmark: str
    benchmark_digest: str | None
    protocol: str
    dimensions: list[str]
    class_order_checked: bool
    samples_per_class: int | None
    seed: int
    cost: bool
    cost_report: CostReport | None
    priority: int
    attempt: int
    cancel_requested: bool
    worker_id: str | None
    model_id: str | None
    error: EvaluationFault | None
    progress: EvaluationProgress | None
    eta_seconds: float | None
    submitted_at: str
    started_at: str | None
    finished_at: str | None
    updated_at: str
    place_in_queue: int | None
    workers_online: int
    confinement: str | None
    notice: str | None
    results: list[EvaluationResult]
    standing: EvaluationStanding | None
    created: bool


class WorkerItem(TypedDict):
    """One worker and its state."""

    worker_id: str
    device: str
    version: str
    state: str
    online: bool
    evaluation_id: str | None
    benchmarks: list[str]
    benchmark_digests: dict[str, str]
    started_at: str
    beat_at: str


class WorkerList(TypedDict):
    """All workers that have registered in the database."""

    online: int
    items: list[WorkerItem]
