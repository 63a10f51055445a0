"""An evaluation as answers show it: state, progress, results so far, and the rank as far as it is known."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field
from starlette.datastructures import State

from backend.evaluations.provisional_rank import CONFIDENCE, Estimate, standing
from backend.imports.flags import FLAGS
from backend.problems import ProblemError
from backend.ranking.query import Pool, default_normalisation
from backend.ranking.ranked import Rankings
from backend.store import benchmarks, checkpoints, evaluations, workers
from backend.store.engine import reading
from backend.store.evaluations import EvaluationRecord, ResultRecord
from backend.store.snapshot import guesses
from backend.store.workers import WorkerRecord
from quba.dimensions import DIMENSIONS
from quba.ranking.presets import PRESETS
from quba.vocabulary import ALL_VALUES, CANCELLED, CHANCE_LEVEL, FAILED, FINAL_STATES, FULL, QUICK, SUCCEEDED

NO_WORKER = "No worker is online: start one with `wellbehaved worker` on a machine that has the benchmark's data."
NOT_THIS_BENCHMARK = (
    "No worker that is online has the data of {benchmark}, so that this waits until one has: `wellbehaved datasets "
    "status` shows what is missing there. A worker that has them is started with `wellbehaved worker`."
)
_LABELS = {
    QUICK: "interim, quick subset",
    FULL: "interim, some dimensions not measured yet",
    "mixed": "interim, partly on the quick subset",
}


class EvaluationFault(BaseModel):
    """The reason why an evaluation failed."""

    code: str = Field(examples=["weights_unavailable"])
    message: str
    hint: str = Field(description="The next step that solves the problem.")


class EvaluationProgress(BaseModel):
    """The progress of a running evaluation."""

    phase: str | None = Field(
        None, description="The phase, which is first the `quick` subset and then the `full` data."
    )
    stage: str | None = Field(None, description="The stage that is being measured.")
    steps_done: int | None = None
    steps_total: int | None = None
    images_done: int | None = None
    images_total: int | None = None


class EvaluationResult(BaseModel):
    """One dimension as it was measured."""

    dimension: str
    phase: str
    value: float | None
    missing_reason: str | None
    standard_error: float | None
    sample_count: int | None
    flags: list[str] = Field(
        description="The quality flags that follow from the results so far: `chance-level` where the accuracy cannot "
        "be told from guessing, so that the value says nothing about the model."
    )
    detail: str


class EvaluationStanding(BaseModel):
    """The rank of the model among the ranked ones under the default weights, provisional until all is measured."""

    label: str = Field(description="The label that says how far to trust the rank.", examples=["interim, quick subset"])
    rank: int
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


class Submission(BaseModel):
    """An evaluation: what was asked for and how far it is."""

    evaluation_id: str = Field(examples=["ev-0123456789ab"])
    name: str
    state: str = Field(description="The state of the evaluation: queued, running, succeeded, failed or cancelled.")
    checkpoint_id: str | None
    model: str | None = Field(description="The name of the timm model, where no checkpoint was submitted.")
    architecture: str
    weights_key: str | None = Field(
        description="The set of weights that is measured, where a checkpoint holds several."
    )
    benchmark: str
    protocol: str
    dimensions: list[str]
    samples_per_class: int | None
    seed: int
    priority: int
    attempt: int = Field(description="The number of the attempt, which starts at 1 and grows with every retry.")
    cancel_requested: bool
    worker_id: str | None
    model_id: str | None = Field(description="The identifier of the ranked model, once the evaluation has succeeded.")
    error: EvaluationFault | None
    progress: EvaluationProgress | None
    eta_seconds: float | None = Field(
        description="The estimated time until the evaluation is done; null where it cannot be estimated."
    )
    submitted_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    updated_at: datetime


class EvaluationAnswer(Submission):
    """An evaluation with what is known so far."""

    place_in_queue: int | None = Field(
        description="The position in the queue, where 1 is next; null unless the evaluation is queued."
    )
    workers_online: int
    confinement: str | None = Field(
        description="The confinement of the process that checked the checkpoint, or `none`; null where there is no "
        "checkpoint."
    )
    notice: str | None = Field(
        description="The reason why the evaluation cannot continue now; null where there is none."
    )
    results: list[EvaluationResult] = Field(
        description="The results so far; those of the quick subset are kept beside the full ones."
    )
    standing: EvaluationStanding | None


def submission(record: EvaluationRecord) -> dict[str, Any]:
    """The record's part of an answer."""
    progress = dict(record.progress or {})
    eta = progress.pop("eta_seconds", None)
    over = record.state in FINAL_STATES
    own = {name: getattr(record, name) for name in Submission.model_fields if hasattr(record, name)}
    return {**own, "progress": None if over else progress or None, "eta_seconds": None if over else eta}


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
        class_count = benchmarks.benchmark(session, record.benchmark).class_count
    return EvaluationAnswer.model_validate(
        {
            **submission(record),
            "place_in_queue": place,
            "workers_online": len(online),
            "confinement": None if checked is None else checked.confinement,
            "notice": _notice(record, online),
            "results": _results(results, class_count),
            "standing": _standing(record, results, state.private_rankings),
        }
    )


def _results(results: Sequence[ResultRecord], class_count: int) -> list[dict[str, Any]]:
    """The results with the flag that their own phase's accuracy puts on them, and what it means."""
    guessing = {
        each.phase for each in results
        if each.dimension == "accuracy" and guesses(each.value, each.sample_count, class_count)
    }  # fmt: skip
    told = []
    for each in results:
        empty = each.phase in guessing and each.value is not None and DIMENSIONS[each.dimension].empty_at_chance
        own = {name: getattr(each, name) for name in EvaluationResult.model_fields if name != "flags"}
        meaning = FLAGS[CHANCE_LEVEL].meaning if empty else ""
        told.append(
            {**own, "flags": [CHANCE_LEVEL] if empty else [], "detail": " ".join(filter(None, (each.detail, meaning)))}
        )
    return told


def _notice(record: EvaluationRecord, online: Sequence[WorkerRecord]) -> str | None:
    if record.state in FINAL_STATES:
        return None
    if any(record.benchmark in each.benchmarks or each.evaluation_id == record.evaluation_id for each in online):
        return None
    return NOT_THIS_BENCHMARK.format(benchmark=record.benchmark) if online else NO_WORKER


def _standing(record: EvaluationRecord, results: Sequence[ResultRecord], rankings: Rankings) -> dict[str, Any] | None:
    if record.state in (FAILED, CANCELLED):
        return None
    # The full value where there is one: results are ordered so that it comes later.
    best = {each.dimension: each for each in sorted(results, key=lambda each: each.phase == FULL)}
    estimates = {
        key: Estimate(value=each.value, standard_error=0.0 if DIMENSIONS[key].counted else each.standard_error)
        for key, each in best.items()
        if each.value is not None
    }
    normalisation = default_normalisation(record.benchmark)
    pool = Pool(benchmark=record.benchmark, protocol=record.protocol, quality=ALL_VALUES)
    try:
        prepared = rankings.prepared(pool, normalisation)
    except ProblemError:
        return None  # a benchmark that the store learns of with its first result
    found = standing(prepared, estimates, apart_from=record.model_id)
    if found is None:
        return None
    missing = [key for key, weight in PRESETS["paper"].weights.items() if weight and key not in found.dimensions]
    return {
        "label": _label(record, best, len(found.dimensions), len(missing)),
        "rank": found.rank,
        "rank_low": found.rank_low,
        "rank_high": found.rank_high,
        "of": found.of,
        "confidence": CONFIDENCE,
        "dimensions": list(found.dimensions),
        "missing": missing,
    }


def _label(record: EvaluationRecord, best: dict[str, ResultRecord], measured: int, missing: int) -> str:
    if record.state == SUCCEEDED:
        if missing:
            return (
                f"on the {measured} dimensions measured; no rank under the default weights, for {missing} are missing"
            )
        return "final"
    phases = {each.phase for each in best.values()}
    return _LABELS[phases.pop() if len(phases) == 1 else "mixed"]
