"""What there is to do and who does it, in figures: a few sums over the store for whoever watches it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from backend.store import workers
from backend.store.data_versions import current
from backend.store.tables import OWN, Benchmark, Checkpoint, Evaluation, KeptEvidence
from backend.store.waits import KINDS
from quba.vocabulary import EVALUATION_STATES, FAILED, QUEUED, RUNNING

WORKER_STATES = ("idle", "busy", "stopping", "gone")


@dataclass(frozen=True, kw_only=True, slots=True)
class Workload:
    """The state of the whole instance.

    Benchmarks of one's own are counted together, as `own`: there may be any number of them, under any names.

    Attributes:
        evaluations: how many there are, by state and benchmark.
        failures: evaluations that failed, by the code of their error.
        waits: queued evaluations that wait for more than their turn, by what their worker lacked.
        oldest_wait_seconds: how long the first of the queue has waited, by benchmark; nothing where none waits.
        progress_age_seconds: since any of the running ones got further; None where none runs.
        workers: how many there are by state; `gone` is one that was not heard of for long.
        beat_age_seconds: since any worker was heard of; None where none ever was.
        file_bytes: checkpoints and evidence, in bytes as they were stored.
        data_version: number of the current one; None while nothing was ever stored.
        data_changed_at: when it was made.
    """

    evaluations: Mapping[tuple[str, str], int]
    failures: Mapping[str, int]
    waits: Mapping[str, int]
    oldest_wait_seconds: Mapping[str, float]
    progress_age_seconds: float | None
    workers: Mapping[str, int]
    beat_age_seconds: float | None
    file_bytes: Mapping[str, int]
    data_version: int | None
    data_changed_at: datetime | None


def workload(session: Session, stale_seconds: float) -> Workload:
    """Count, in a session from `reading`.

    Args:
        session: of the store.
        stale_seconds: a worker that was not heard of for so long counts as gone.
    """
    now = workers.now(session)
    version = current(session)
    progress = session.scalar(select(func.max(Evaluation.updated_at)).where(Evaluation.state == RUNNING))
    known = workers.records(session)
    online = {each.worker_id for each in workers.online(session, stale_seconds)}
    states = [each.state if each.worker_id in online else "gone" for each in known]
    return Workload(
        evaluations=_evaluations(session),
        failures=_failures(session),
        waits=_waits(session),
        oldest_wait_seconds={name: _age(now, since) for name, since in _oldest(session).items()},
        progress_age_seconds=None if progress is None else _age(now, progress),
        workers={state: states.count(state) for state in WORKER_STATES},
        beat_age_seconds=min((_age(now, each.beat_at) for each in known), default=None),
        file_bytes={
            "checkpoints": session.scalar(select(func.sum(Checkpoint.size_bytes))) or 0,
            "evidence": session.scalar(select(func.sum(KeptEvidence.size_bytes))) or 0,
        },
        data_version=None if version is None else version.id,
        data_changed_at=None if version is None else version.created_at,
    )


def _age(now: datetime, moment: datetime) -> float:
    # The clock of another machine may be ahead of the database's.
    return max(0.0, (now - moment).total_seconds())


def _benchmark() -> ColumnElement[str]:
    return case((Benchmark.origin == OWN, OWN), else_=Benchmark.key)


def _evaluations(session: Session) -> dict[tuple[str, str], int]:
    name = _benchmark().label("name")
    built_in = session.scalars(select(Benchmark.key).where(Benchmark.origin != OWN).order_by(Benchmark.key))
    # A queue that is empty is 0, which a chart shows; a series that is not there is a gap.
    counts = {(state, key): 0 for key in (*built_in, OWN) for state in EVALUATION_STATES}
    question = select(Evaluation.state, name, func.count()).join(Benchmark, Benchmark.key == Evaluation.benchmark)
    for state, key, count in session.execute(question.group_by(Evaluation.state, name)):
        counts[state, key] = count
    return counts


def _oldest(session: Session) -> dict[str, datetime]:
    name = _benchmark().label("name")
    # The last change of one that waits is when it was queued, first or again.
    question = select(name, func.min(Evaluation.updated_at)).join(Benchmark, Benchmark.key == Evaluation.benchmark)
    rows = session.execute(question.where(Evaluation.state == QUEUED).group_by(name))
    return {key: since for key, since in rows if since is not None}


def _failures(session: Session) -> dict[str, int]:
    code = Evaluation.error["code"].as_string().label("code")
    rows = session.execute(select(code, func.count()).where(Evaluation.state == FAILED).group_by(code))
    return {key or "": count for key, count in rows}


def _waits(session: Session) -> dict[str, int]:
    stage = Evaluation.progress["stage"].as_string().label("stage")
    rows = session.execute(select(stage, func.count()).where(Evaluation.state == QUEUED).group_by(stage))
    counts = {each: count for each, count in rows if each is not None}
    return {kind: counts.get(known, 0) for known, kind in KINDS.items()}
