"""Evaluations in the store. Every change of state passes through `_change`, which compares before it sets."""

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import CursorResult, Update, case, delete, func, select, update
from sqlalchemy.orm import Session

from backend.store.tables import Evaluation, EvaluationResult, JsonObject, NotedProgress
from quba.vocabulary import CANCELLED, FAILED, FINAL_STATES, QUEUED, RUNNING, SUCCEEDED

# From which states each one can be reached; nothing leaves `succeeded`.
REACHED_FROM: Mapping[str, tuple[str, ...]] = {
    RUNNING: (QUEUED,),
    SUCCEEDED: (RUNNING,),
    FAILED: (QUEUED, RUNNING),
    CANCELLED: (QUEUED, RUNNING),
    QUEUED: (FAILED, CANCELLED),
}
_PUT_BACK = {"worker_id": None, "started_at": None, "crashes": 0}
_NOT_ASKED_FOR = ("name", "priority")
_LATER = frozenset(("weights_key", "benchmark_digest", "class_order_checked", "package_versions", "cost"))


@dataclass(frozen=True, kw_only=True, slots=True)
class NewEvaluation:
    """What is asked for; `name` and `priority` do not make it another request.

    `package_versions` does: by dimension that a package measures, its version as the service knows it. A new version
    measures anew.
    """

    name: str
    checkpoint_id: str | None
    model: str | None
    architecture: str
    benchmark: str
    protocol: str
    dimensions: tuple[str, ...]
    samples_per_class: int | None
    seed: int
    priority: int
    weights_key: str | None = None
    benchmark_digest: str | None = None
    class_order_checked: bool = False
    package_versions: Mapping[str, str] = field(default_factory=dict)
    cost: bool = False

    @property
    def digest(self) -> str:
        """The same for the same request."""
        said = {key: value for key, value in asdict(self).items() if key not in _NOT_ASKED_FOR}
        # Requests that were made before there was a choice have the digest that they had.
        asked = {key: value for key, value in said.items() if value or key not in _LATER}
        asked["dimensions"] = sorted(self.dimensions)
        return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, kw_only=True, slots=True)
class EvaluationRecord:
    """A row of `Evaluation`, free of any session."""

    evaluation_id: str
    request_digest: str
    name: str
    checkpoint_id: str | None
    model: str | None
    architecture: str
    weights_key: str | None
    benchmark: str
    benchmark_digest: str | None
    protocol: str
    dimensions: tuple[str, ...]
    class_order_checked: bool
    samples_per_class: int | None
    seed: int
    cost: bool
    cost_report: JsonObject | None
    priority: int
    state: str
    attempt: int
    cancel_requested: bool
    worker_id: str | None
    crashes: int
    model_id: str | None
    error: Mapping[str, str] | None
    progress: NotedProgress | None
    submitted_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    updated_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class ResultRecord:
    """A row of `EvaluationResult`, free of any session."""

    evaluation_id: str
    phase: str
    dimension: str
    value: float | None
    missing_reason: str | None
    standard_error: float | None
    sample_count: int | None
    parts: JsonObject
    detail: str
    worker_id: str
    measured_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Holder:
    """Whose an evaluation is: whatever a worker writes is written only while this still holds.

    Attributes:
        worker_id: the worker.
        attempt: of the evaluation.
    """

    worker_id: str
    attempt: int


def submit(session: Session, request: NewEvaluation) -> tuple[EvaluationRecord, bool]:
    """Queue an evaluation, in a session from `writing`; gives the one that is there when the same was asked for.

    One that waits becomes as urgent as the most urgent request for it.
    """
    # In one transaction with the insert, and writers come one by one: two equal requests at once make one evaluation.
    found = session.scalar(select(Evaluation).where(Evaluation.request_digest == request.digest))
    if found is not None:
        if found.state == QUEUED:
            # Why it waited before: what it lacked is there, or it would not be submitted.
            found.progress = None
            if request.priority < found.priority:
                # Another attempt, because the queue keeps the place of the one that it has.
                found.priority, found.attempt = request.priority, found.attempt + 1
                found.updated_at = datetime.now(UTC)
            session.flush()
        return _record(found), False
    moment = datetime.now(UTC)
    columns = {**asdict(request), "dimensions": list(request.dimensions)}
    # Known by the digest; what was measured names the version that measured it.
    del columns["package_versions"]
    added = Evaluation(
        evaluation_id=f"ev-{secrets.token_hex(6)}", request_digest=request.digest, state=QUEUED, attempt=1, crashes=0,
        cancel_requested=False, submitted_at=moment, updated_at=moment, **columns,
    )  # fmt: skip
    session.add(added)
    session.flush()
    return _record(added), True


def record(session: Session, evaluation_id: str) -> EvaluationRecord | None:
    """One evaluation; None when the store has none of this id."""
    found = session.get(Evaluation, evaluation_id, populate_existing=True)
    return None if found is None else _record(found)


def records(
    session: Session, *, states: Sequence[str] = (), limit: int, before: str | None = None
) -> list[EvaluationRecord]:
    """The newest first; with `before`, those that follow this evaluation. After an unknown one, nothing follows."""
    question = select(Evaluation).order_by(Evaluation.submitted_at.desc(), Evaluation.evaluation_id.desc())
    if states:
        question = question.where(Evaluation.state.in_(states))
    if before is not None:
        last = session.get(Evaluation, before)
        if last is None:
            return []
        same = (Evaluation.submitted_at == last.submitted_at) & (Evaluation.evaluation_id < before)
        question = question.where((Evaluation.submitted_at < last.submitted_at) | same)
    return [_record(row) for row in session.scalars(question.limit(limit))]


def count(session: Session, state: str) -> int:
    """How many evaluations are in a state."""
    return session.scalar(select(func.count()).where(Evaluation.state == state)) or 0


def place_in_queue(session: Session, evaluation_id: str) -> int | None:
    """1 for the next; None unless it is queued. A smaller priority comes first, then who came first into the queue."""
    # What waits changes only by being queued anew, as where it is retried, and then waits behind all of its priority.
    order = (Evaluation.priority, Evaluation.updated_at, Evaluation.submitted_at, Evaluation.evaluation_id)
    waiting = list(session.scalars(select(Evaluation.evaluation_id).where(Evaluation.state == QUEUED).order_by(*order)))
    return waiting.index(evaluation_id) + 1 if evaluation_id in waiting else None


def claim_start(session: Session, evaluation_id: str, holder: Holder) -> bool:
    """Start one that is queued, or take over the same attempt from a worker that is gone.

    A worker that let go of it in order did not crash over it; one that was simply there last did.
    """
    now = datetime.now(UTC)
    own = {"worker_id": holder.worker_id, "started_at": now, "crashes": 0}
    if _change(session, evaluation_id, RUNNING, own, only_attempt=holder.attempt):
        return True
    chosen = update(Evaluation).where(
        Evaluation.evaluation_id == evaluation_id,
        Evaluation.attempt == holder.attempt,
        Evaluation.state == RUNNING,
    )
    # Counted by the database: read and written here, two take-overs could count as one.
    crashes = Evaluation.crashes + case((Evaluation.worker_id.is_(None), 0), else_=1)
    return _hit(session, chosen.values(worker_id=holder.worker_id, crashes=crashes, updated_at=now))


def is_wanted(session: Session, evaluation_id: str, holder: Holder) -> bool:
    """Whether it is still this worker's, and nobody asked for its end."""
    found = session.get(Evaluation, evaluation_id, populate_existing=True)
    return found is not None and _holds(found, holder) and not found.cancel_requested


def release(session: Session, evaluation_id: str, holder: Holder) -> bool:
    """Let go of it in order, so that another worker, or this one later, goes on with it."""
    return _hit(session, _update_held_by(evaluation_id, holder).values(worker_id=None, updated_at=datetime.now(UTC)))


def requeue(session: Session, evaluation_id: str, holder: Holder, waits: NotedProgress) -> bool:
    """Put one back into the queue that its worker lacks something for, with what was measured so far.

    Args:
        session: from `writing`.
        evaluation_id: which.
        holder: the worker that has it.
        waits: what it waits for, as `waits_for` understands it.

    Returns:
        False when it is no longer this worker's, or was asked to be cancelled.
    """
    # Another attempt, because the queue takes each one once.
    columns = {**_PUT_BACK, "state": QUEUED, "progress": dict(waits), "attempt": Evaluation.attempt + 1}
    chosen = _update_held_by(evaluation_id, holder).where(Evaluation.cancel_requested.is_(False))
    return _hit(session, chosen.values({**columns, "updated_at": datetime.now(UTC)}))


def note_progress(session: Session, evaluation_id: str, holder: Holder, progress: NotedProgress) -> bool:
    """Tell how far it is, in a `writing` session; False when it is no longer this worker's.

    Steps that are finished since the last time forgive earlier crashes: whoever gets further does not crash in a
    circle.
    """
    found = session.get(Evaluation, evaluation_id, populate_existing=True)
    if found is None or not _holds(found, holder):
        return False
    before = (found.progress or {}).get("steps_done", 0)
    # Reset on progress only: a worker that dies at the same step each time must come to an end.
    if progress["steps_done"] > before:
        found.crashes = 0
    # A worker that took over counts from what it finds, which may be less for a moment.
    found.progress = {**progress, "steps_done": max(before, progress["steps_done"])}
    found.updated_at = datetime.now(UTC)
    session.flush()
    return True


def record_result(session: Session, evaluation_id: str, holder: Holder, result: ResultRecord) -> bool:
    """Keep what was measured, in a `writing` session; False when the evaluation is no longer this worker's.

    A value that is there stays, because measuring again gives the same; a reason for having none gives way.
    """
    found = session.get(Evaluation, evaluation_id, populate_existing=True)
    if found is None or not _holds(found, holder):
        return False
    kept = session.get(EvaluationResult, (evaluation_id, result.phase, result.dimension))
    # A value that was shown stays; only a reason for having none may turn into one.
    if kept is None or kept.value is None:
        session.merge(EvaluationResult(**{name: getattr(result, name) for name in ResultRecord.__dataclass_fields__}))
        found.updated_at = result.measured_at
        session.flush()
    return True


def discard_results(session: Session, evaluation_id: str, holder: Holder) -> bool:
    """Delete what was measured so far, in a `writing` session; False when the evaluation is no longer this worker's."""
    found = session.get(Evaluation, evaluation_id, populate_existing=True)
    if found is None or not _holds(found, holder):
        return False
    session.execute(delete(EvaluationResult).where(EvaluationResult.evaluation_id == evaluation_id))
    return True


def keep_cost(session: Session, evaluation_id: str, holder: Holder, report: JsonObject) -> bool:
    """Keep what came of measuring the cost, in a `writing` session; False when it is no longer this worker's."""
    return _hit(session, _update_held_by(evaluation_id, holder).values(cost_report=report))


def finish(
    session: Session,
    evaluation_id: str,
    state: str,
    *,
    error: Mapping[str, str] | None = None,
    model_id: str | None = None,
    holder: Holder | None = None,
) -> bool:
    """Bring it to an end; False when it has one, or is no longer this worker's.

    One that was asked to be cancelled cannot succeed.
    """
    if state not in FINAL_STATES:
        raise ValueError(f"{state!r} is no end of an evaluation; use one of: {', '.join(FINAL_STATES)}.")
    failure = None if error is None else dict(error)
    ending = {"finished_at": datetime.now(UTC), "error": failure, "model_id": model_id}
    return _change(session, evaluation_id, state, ending, holder=holder)


def request_cancel(session: Session, evaluation_id: str) -> bool:
    """Ask for its end: a queued one is cancelled at once. False when it is over."""
    found = session.get(Evaluation, evaluation_id, populate_existing=True)
    if found is None or found.state in FINAL_STATES:
        return False
    found.cancel_requested, found.updated_at = True, datetime.now(UTC)
    session.flush()
    # One that runs is ended by its worker, which looks for the wish between steps.
    return finish(session, evaluation_id, CANCELLED) if found.state == QUEUED else True


def retry(session: Session, evaluation_id: str) -> EvaluationRecord | None:
    """Queue one again that failed or was cancelled, with its results; None when it is in another state."""
    cleared = dict.fromkeys(("worker_id", "error", "progress", "started_at", "finished_at"))
    anew = {**cleared, "crashes": 0, "cancel_requested": False, "attempt": Evaluation.attempt + 1}
    return record(session, evaluation_id) if _change(session, evaluation_id, QUEUED, anew) else None


def results(session: Session, evaluation_id: str) -> list[ResultRecord]:
    """What was measured so far, in the order of measuring."""
    question = select(EvaluationResult).where(EvaluationResult.evaluation_id == evaluation_id)
    rows = session.scalars(question.order_by(EvaluationResult.measured_at, EvaluationResult.dimension))
    fields = ResultRecord.__dataclass_fields__
    return [ResultRecord(**{name: getattr(row, name) for name in fields}) for row in rows]


def _change(
    session: Session,
    evaluation_id: str,
    state: str,
    columns: Mapping[str, object],
    *,
    only_attempt: int | None = None,
    holder: Holder | None = None,
) -> bool:
    chosen = update(Evaluation) if holder is None else _update_held_by(evaluation_id, holder)
    chosen = chosen.where(Evaluation.evaluation_id == evaluation_id, Evaluation.state.in_(REACHED_FROM[state]))
    if only_attempt is not None:
        chosen = chosen.where(Evaluation.attempt == only_attempt)
    # In the statement itself: asked before it, the wish to cancel could arrive in between.
    if state in (RUNNING, SUCCEEDED):
        chosen = chosen.where(Evaluation.cancel_requested.is_(False))
    return _hit(session, chosen.values({**columns, "state": state, "updated_at": datetime.now(UTC)}))


def _update_held_by(evaluation_id: str, holder: Holder) -> Update:
    return update(Evaluation).where(
        Evaluation.evaluation_id == evaluation_id,
        Evaluation.worker_id == holder.worker_id,
        Evaluation.attempt == holder.attempt,
        Evaluation.state == RUNNING,
    )


def _holds(found: Evaluation, holder: Holder) -> bool:
    return (found.state, found.worker_id, found.attempt) == (RUNNING, holder.worker_id, holder.attempt)


def _hit(session: Session, change: Update) -> bool:
    done = cast("CursorResult[Any]", session.execute(change.execution_options(synchronize_session=False)))
    # The statement went past the session, whose objects are out of date now.
    session.expire_all()
    return done.rowcount == 1


def _record(row: Evaluation) -> EvaluationRecord:
    columns = {name: getattr(row, name) for name in EvaluationRecord.__dataclass_fields__}
    return EvaluationRecord(**{**columns, "dimensions": tuple(row.dimensions)})
