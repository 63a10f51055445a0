"""Workers in the store: who they are and when they were last heard of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NotRequired, TypedDict, Unpack

from sqlalchemy import Row, delete, func, literal_column, or_, select
from sqlalchemy.orm import Session

from backend.store.tables import Worker


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkerRecord:
    """A row of `Worker`, free of any session."""

    worker_id: str
    device: str
    version: str
    state: str
    evaluation_id: str | None
    benchmarks: tuple[str, ...]
    benchmark_digests: Mapping[str, str] | None
    started_at: datetime
    beat_at: datetime

    def has(self, benchmark: str, digest: str | None) -> bool:
        """Whether it has the files of a benchmark, and of one of one's own those of this version."""
        held = (self.benchmark_digests or {}).get(benchmark)
        return benchmark in self.benchmarks and (digest is None or held == digest)


def now(session: Session) -> datetime:
    """The time by the database's clock, which is the same for the workers of all machines."""
    if session.get_bind().dialect.name == "sqlite":
        said = session.execute(select(func.strftime("%Y-%m-%d %H:%M:%f", literal_column("'now'")))).scalar_one()
        return datetime.fromisoformat(str(said)).replace(tzinfo=UTC)
    # Of this moment: now() of Postgres is the start of the transaction.
    said_at: datetime = session.execute(select(func.clock_timestamp())).scalar_one()
    return said_at.astimezone(UTC)


class Sign(TypedDict):
    """What a worker says of itself with every sign of life."""

    device: str
    version: str
    state: str
    evaluation_id: NotRequired[str | None]
    benchmarks: NotRequired[Sequence[str]]
    benchmark_digests: NotRequired[Mapping[str, str]]


def beat(session: Session, worker_id: str, **sign: Unpack[Sign]) -> None:
    """Note that a worker is there and what it does; the first time, it is added."""
    moment = now(session)
    found = session.get(Worker, worker_id)
    if found is None:
        found = Worker(worker_id=worker_id, started_at=moment)
        session.add(found)
    found.device, found.version, found.state = sign["device"], sign["version"], sign["state"]
    found.evaluation_id, found.benchmarks = sign.get("evaluation_id"), list(sign.get("benchmarks", ()))
    found.benchmark_digests = dict(sign.get("benchmark_digests", {}))
    found.beat_at = moment
    session.flush()


def records(session: Session) -> list[WorkerRecord]:
    """Every worker that was ever heard of, by id."""
    columns = [getattr(Worker, name) for name in WorkerRecord.__dataclass_fields__]
    return [_record(row) for row in session.execute(select(*columns).order_by(Worker.worker_id))]


def online(session: Session, stale_seconds: float) -> list[WorkerRecord]:
    """The workers that were heard of within the last seconds.

    A beat of the future is of a clock that was ahead and has been set right: it says nothing for longer than any other.
    """
    # By the database's clock on both sides, because the machines' own may differ by minutes.
    moment, stale = now(session), timedelta(seconds=stale_seconds)
    return [record for record in records(session) if moment - stale <= record.beat_at <= moment + stale]


def forget(session: Session, after: timedelta) -> None:
    """Remove workers that were not heard of for so long."""
    moment = now(session)
    session.execute(delete(Worker).where(or_(Worker.beat_at < moment - after, Worker.beat_at > moment + after)))


def _record(row: Row[tuple[object, ...]]) -> WorkerRecord:
    columns = dict(zip(WorkerRecord.__dataclass_fields__, row, strict=True))
    return WorkerRecord(**{**columns, "benchmarks": tuple(row.benchmarks)})  # type: ignore[arg-type]
