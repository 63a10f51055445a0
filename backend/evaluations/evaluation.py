"""An evaluation as answers show it: state, progress, results so far, and the rank as far as it is known."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import BaseModel, Field
from starlette.datastructures import State

from backend.evaluations.provisional_rank import CONFIDENCE, Estimate, standing
from backend.imports.flags import FLAGS
from backend.problems import ProblemError
from backend.ranking.quantities import (
    Benchmark,
    DimensionName,
    MaybeValue,
    ModelName,
    Protocol,
    SampleCount,
    StandardError,
)
from backend.ranking.query import Pool, default_normalisation
from backend.ranking.ranked import Rankings
from backend.store import benchmarks, checkpoints, evaluations, workers
from backend.store.engine import reading
from backend.store.evaluations import EvaluationRecord, ResultRecord
from backend.store.snapshot import guesses
from backend.store.waits import waits_for
from backend.store.workers import WorkerRecord
from quba.dimensions import DIMENSIONS
from quba.ranking.presets import PRESETS
from quba.ranking.score import checked_weights
from quba.vocabulary import ALL_VALUES, CANCELLED, CHANCE_LEVEL, FAILED, FINAL_STATES, FULL, QUEUED, QUICK, SUCCEEDED

NO_WORKER = "No worker is online: start one with `wellbehaved worker` on a machine that has the benchmark's data."
NOT_THIS_BENCHMARK = (
    "No worker that is online has the data of {benchmark}, so that this waits until one has: `wellbehaved datasets "
    "status` shows what is missing there. A worker that has them is started with `wellbehaved worker`."
)
NOT_THESE_FILES = (
    "No worker that is online has the files of {benchmark} with the digest {digest}, so that this waits until one has. "
    "A worker finds them in the registered folder, or in the folder {benchmark} below one that WELLBEHAVED_DATA_ROOTS "
    "names there; `wellbehaved benchmark check {benchmark}` says whether a folder was edited."
)
REGISTERED_SINCE = (
    "{benchmark} has been registered anew since this was submitted: it is measured on the earlier files alone, which "
    "no worker that is online has. Cancel it, and submit it again for the current ones."
)
# "sha256:" and twelve digits, as everywhere.
_SHOWN_DIGEST = 19
_LABELS = {
    QUICK: "interim, quick subset",
    FULL: "interim, some dimensions not measured yet",
    "mixed": "interim, partly on the quick subset",
}


class EvaluationFault(BaseModel):
    """The reason why an evaluation failed."""

    code: str = Field(examples=["weights_unavailable"], description="The stable name of the reason for programs.")
    message: str = Field(description="The reason in a sentence.")
    hint: str = Field(description="The next step that solves the problem.")


class EvaluationProgress(BaseModel):
    """The progress of a running evaluation."""

    phase: str | None = Field(
        None, description="The phase, which is first the `quick` subset and then the `full` data."
    )
    stage: str | None = Field(None, description="The stage that is being measured.")
    steps_done: int | None = Field(None, description="The number of steps that are finished and kept.")
    steps_total: int | None = Field(None, description="The number of all steps; null where the worker does not say.")
    images_done: int | None = Field(None, description="The number of images that have been run in this phase.")
    images_total: int | None = Field(None, description="The number of images to run in this phase.")


class EvaluationResult(BaseModel):
    """One dimension as it was measured."""

    dimension: DimensionName
    phase: str = Field(description="The phase in which the value was measured, `quick` or `full`.")
    value: MaybeValue
    missing_reason: str | None = Field(description="The reason why there is no value; null where there is one.")
    standard_error: StandardError
    sample_count: SampleCount
    flags: list[str] = Field(
        description="The quality flags that follow from the results so far: `chance-level` where the accuracy does "
        "not differ significantly from guessing, so that the value says nothing about the model."
    )
    detail: str = Field(description="The circumstances to keep in mind about the value, in words; it may be empty.")


class EvaluationStanding(BaseModel):
    """The rank of the model among the ranked ones under the default weights, provisional until all is measured."""

    label: str = Field(description="The label that says how far to trust the rank.", examples=["interim, quick subset"])
    rank: int = Field(description="The rank of the model on the compared dimensions, where 1 is best.")
    rank_low: int | None = Field(
        description="The lower end of the rank interval; null where the standard error of a weighted value is not "
        "known."
    )
    rank_high: int | None = Field(description="The upper end of the rank interval; null where `rank_low` is.")
    of: int = Field(description="The number of models, with this one.")
    confidence: float = Field(
        description="The confidence level of the rank interval, as far as measurement error goes."
    )
    dimensions: list[str] = Field(description="The dimensions that were compared.")
    missing: list[str] = Field(
        description="The dimensions without a value that the default weights need; with any of them there is no rank "
        "under those weights."
    )


class BatchCost(BaseModel):
    """The cost of running batches of one size."""

    batch_size: int = Field(description="The number of images in a batch.")
    latency_ms: float | None = Field(
        description="The median time of a forward pass in milliseconds; null where it is missing."
    )
    lower_quartile_ms: float | None = Field(description="The lower quartile of the times; null with `latency_ms`.")
    upper_quartile_ms: float | None = Field(description="The upper quartile of the times; null with `latency_ms`.")
    latency_missing: str | None = Field(description="The reason why there is no latency; null where there is one.")
    peak_memory_mb: float | None = Field(
        description="The memory in millions of bytes that a batch needs beside the weights; null where it is not known."
    )
    memory_missing: str | None = Field(description="The reason why there is no memory; null where there is one.")


class CostReport(BaseModel):
    """The cost of running the model on the device of its worker."""

    device: str | None = Field(description="The name of the device; null where nothing was measured.")
    threads: int | None = Field(description="The number of threads that compute on a processor; null on a GPU.")
    precision: str | None = Field(description="The precision of the arithmetic; null where nothing was measured.")
    batches: list[BatchCost] = Field(description="The figures by batch size; empty where nothing was measured.")
    dimensions: list[str] = Field(
        description="The keys of the dimensions, of weight 0, that hold the figures in rankings."
    )
    fault: str | None = Field(
        description="The reason why there are no figures, or why rankings do not have them; null where all is well."
    )


class Submission(BaseModel):
    """An evaluation: what was asked for and how far it is."""

    evaluation_id: str = Field(examples=["ev-0123456789ab"], description="The identifier of the evaluation.")
    name: ModelName
    state: str = Field(description="The state of the evaluation: queued, running, succeeded, failed or cancelled.")
    checkpoint_id: str | None = Field(
        description="The identifier of the checkpoint that is measured; null where a model of a library is."
    )
    model: str | None = Field(
        description="The name of the model of timm, torchvision or the study, where no checkpoint was submitted."
    )
    architecture: str = Field(
        description="The name of the architecture in the timm library, or of a model of torchvision or the study with "
        "its prefix."
    )
    weights_key: str | None = Field(
        description="The set of weights that is measured, where a checkpoint holds several."
    )
    benchmark: Benchmark
    benchmark_digest: str | None = Field(
        description="The digest of the benchmark's version that is measured on; null for a built-in benchmark."
    )
    protocol: Protocol
    dimensions: list[str] = Field(description="The keys of the dimensions that are measured.")
    class_order_checked: bool = Field(
        description="Whether whoever submitted it vouches that the model's outputs are in the order of the classes."
    )
    samples_per_class: int | None = Field(
        description="The number of clean images of each class that are measured; null for all."
    )
    seed: int = Field(description="The random seed of subsets, attacks and corruptions.")
    cost: bool = Field(description="Whether latency and peak memory are measured, too.")
    cost_report: CostReport | None = Field(
        description="The measured cost; null unless it was asked for and the evaluation has succeeded."
    )
    priority: int = Field(description="The place among queued evaluations, from 1, the most urgent, to 100.")
    attempt: int = Field(
        description="The number of the attempt, which starts at 1 and grows with every time that the evaluation is put "
        "into the queue again."
    )
    cancel_requested: bool = Field(description="Whether the end of the evaluation was asked for.")
    worker_id: str | None = Field(
        description="The identifier of the worker that has the evaluation; null where none has it."
    )
    model_id: str | None = Field(description="The identifier of the ranked model, once the evaluation has succeeded.")
    error: EvaluationFault | None = Field(description="The reason why the evaluation failed; null unless it did.")
    progress: EvaluationProgress | None = Field(
        description="The progress of the evaluation while it runs; null before and after."
    )
    eta_seconds: float | None = Field(
        description="The estimated time until the evaluation is done; null where it cannot be estimated."
    )
    submitted_at: datetime = Field(description="The time at which the evaluation was requested, in UTC.")
    started_at: datetime | None = Field(
        description="The time at which a worker started the latest attempt, in UTC; null before."
    )
    finished_at: datetime | None = Field(description="The time at which the evaluation ended, in UTC; null before.")
    updated_at: datetime = Field(description="The time of the latest change, in UTC.")


class EvaluationAnswer(Submission):
    """An evaluation with what is known so far."""

    place_in_queue: int | None = Field(
        description="The position in the queue, where 1 is next; null unless the evaluation is queued."
    )
    workers_online: int = Field(description="The number of workers that have sent a sign of life recently.")
    confinement: str | None = Field(
        description="The confinement of the process that checked the checkpoint, or `none`; null where there is no "
        "checkpoint. The process runs as the service's own user; without `file rules` among these words it may "
        "read what the service may."
    )
    notice: str | None = Field(
        description="The reason why the evaluation cannot continue now; null where there is none."
    )
    results: list[EvaluationResult] = Field(
        description="The results so far; those of the quick subset are kept beside the full ones."
    )
    standing: EvaluationStanding | None = Field(
        description="The rank of the model as far as it is known; null where nothing can be compared yet or the "
        "evaluation failed."
    )


def submission(record: EvaluationRecord) -> Submission:
    """The record's part of an answer."""
    # What was noted last of an evaluation that is over says nothing of how it ended.
    progress = (record.progress if record.state not in FINAL_STATES else None) or {}
    own = {name: getattr(record, name) for name in Submission.model_fields if hasattr(record, name)}
    return Submission.model_validate({**own, "progress": progress or None, "eta_seconds": progress.get("eta_seconds")})


def answer_of(state: State, evaluation_id: str) -> EvaluationAnswer:
    """All that is known of an evaluation.

    Args:
        state: of the application.
        evaluation_id: which.

    Raises:
        ProblemError: 404 `unknown_evaluation`.
    """
    with reading(state.engine) as session:
        record = evaluations.record(session, evaluation_id)
        if record is None:
            raise ProblemError(
                404,
                "unknown_evaluation",
                f"There is no evaluation {evaluation_id[:100]!r}.",
                "GET /v1/evaluations lists them.",
            )
        results = evaluations.results(session, evaluation_id)
        place = evaluations.place_in_queue(session, evaluation_id)
        checked = None if record.checkpoint_id is None else checkpoints.checkpoint(session, record.checkpoint_id)
        online = workers.online(session, state.settings.worker_stale_seconds)
        suite = benchmarks.benchmark(session, record.benchmark)
    return EvaluationAnswer(
        **dict(submission(record)),
        place_in_queue=place,
        workers_online=len(online),
        confinement=None if checked is None else checked.confinement,
        notice=_notice(record, online, suite.digest),
        results=_results(results, suite.class_count),
        standing=_standing(record, results, state.private_rankings),
    )


def _results(results: Sequence[ResultRecord], class_count: int) -> list[EvaluationResult]:
    """The results with the flag that their own phase's accuracy puts on them, and what it means."""
    guessing = {
        each.phase
        for each in results
        if each.dimension == "accuracy" and guesses(each.value, each.sample_count, class_count)
    }
    told = []
    for each in results:
        # A dimension of one's own may be gone since.
        known = DIMENSIONS.get(each.dimension)
        empty = known is not None and known.empty_at_chance and each.phase in guessing and each.value is not None
        own = {name: getattr(each, name) for name in EvaluationResult.model_fields if name not in ("flags", "detail")}
        meaning = FLAGS[CHANCE_LEVEL].meaning if empty else ""
        detail = " ".join(filter(None, (each.detail, meaning)))
        told.append(EvaluationResult(**own, flags=[CHANCE_LEVEL] if empty else [], detail=detail))
    return told


def _notice(record: EvaluationRecord, online: Sequence[WorkerRecord], current: str | None) -> str | None:
    if record.state in FINAL_STATES:
        return None
    if record.state == QUEUED and (waits := waits_for(record.progress)):
        return waits
    # A worker that has it already needs nothing more to be said of its data.
    digest = record.benchmark_digest
    if any(each.has(record.benchmark, digest) or each.evaluation_id == record.evaluation_id for each in online):
        return None
    if not online:
        return NO_WORKER
    if digest is None:
        return NOT_THIS_BENCHMARK.format(benchmark=record.benchmark)
    text = NOT_THESE_FILES if digest == current else REGISTERED_SINCE
    return text.format(benchmark=record.benchmark, digest=digest[:_SHOWN_DIGEST])


def _standing(
    record: EvaluationRecord, results: Sequence[ResultRecord], rankings: Rankings
) -> EvaluationStanding | None:
    if record.state in (FAILED, CANCELLED):
        return None
    # The full value where there is one: results are ordered so that it comes later.
    best = {each.dimension: each for each in sorted(results, key=lambda each: each.phase == FULL)}
    # What is counted, as parameters are, is known exactly; of the rest no error means that it is not known.
    estimates = {
        key: Estimate(value=each.value, standard_error=0.0 if DIMENSIONS[key].counted else each.standard_error)
        for key, each in best.items()
        if each.value is not None and key in DIMENSIONS
    }
    normalisation = default_normalisation(record.benchmark)
    pool = Pool(benchmark=record.benchmark, protocol=record.protocol, quality=ALL_VALUES)
    try:
        prepared = rankings.prepared_pool(pool, normalisation)
    except ProblemError:
        return None  # a benchmark that the store learns of with its first result
    found = standing(prepared, estimates, apart_from=record.model_id)
    if found is None:
        return None
    weights, declared = checked_weights(PRESETS["paper"].weights), prepared.snapshot.columns
    missing = [key for key in declared if weights[key] and key not in found.dimensions]
    return EvaluationStanding(
        label=_label(record, best, len(found.dimensions), len(missing)),
        rank=found.rank,
        rank_low=found.rank_low,
        rank_high=found.rank_high,
        of=found.of,
        confidence=CONFIDENCE,
        dimensions=list(found.dimensions),
        missing=missing,
    )


def _label(record: EvaluationRecord, best: dict[str, ResultRecord], measured: int, missing: int) -> str:
    if record.state == SUCCEEDED:
        if missing:
            return (
                f"on the {measured} dimensions measured; no rank under the default weights, for {missing} are missing"
            )
        return "final"
    phases = {each.phase for each in best.values()}
    return _LABELS[phases.pop() if len(phases) == 1 else "mixed"]
