"""Keys under which a caller sends a request that must happen once, with the answer that it had."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, cast

from sqlalchemy import JSON, ColumnElement, CursorResult, Index, String, Text, delete, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from backend.store import workers
from backend.store.tables import Base

KEPT: Final = timedelta(hours=24)
"""How long an answer is kept, and with it its key."""
LEASE: Final = timedelta(minutes=5)
"""How long a request may go without a sign of life until its key is free again: its process was killed."""
MOST_KEYS: Final = 10_000


class IdempotencyKey(Base):
    """A key that a caller sent with a request, and the answer that it had; without one, it is being answered."""

    __tablename__ = "idempotency_key"
    __table_args__ = (Index(None, "claimed_at"),)

    # Of the key and the token: neither stands here.
    key_digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    holder: Mapped[str] = mapped_column(String(100))
    request_digest: Mapped[str | None] = mapped_column(String(64))
    status: Mapped[int | None]
    headers: Mapped[dict[str, str] | None] = mapped_column(JSON(none_as_null=True))
    body: Mapped[str | None] = mapped_column(Text)
    claimed_at: Mapped[datetime]
    renewed_at: Mapped[datetime]


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptAnswer:
    """What a request under a key was answered with.

    Attributes:
        request_digest: of the request; another one under the same key is refused.
        status: HTTP status.
        headers: those that are repeated.
        body: of the answer, which is JSON.
    """

    request_digest: str
    status: int
    headers: Mapping[str, str]
    body: str


@dataclass(frozen=True, slots=True)
class UnderWay:
    """A request under the key is being answered."""


def claim(session: Session, key_digest: str, holder: str) -> KeptAnswer | UnderWay | None:
    """Take a key for a request, in a session from `writing`.

    Args:
        session: one writer at a time, so that of several requests at once one gets the key.
        key_digest: of the key and the token that it came with.
        holder: of this request alone.

    Returns:
        None where the key is this request's now; else what came of the one that has it.
    """
    now = workers.now(session)
    gone = IdempotencyKey.status.is_not(None) & (IdempotencyKey.claimed_at < now - KEPT)
    dead = IdempotencyKey.status.is_(None) & (IdempotencyKey.renewed_at < now - LEASE)
    session.execute(delete(IdempotencyKey).where(gone | dead).execution_options(synchronize_session=False))
    found = session.get(IdempotencyKey, key_digest, populate_existing=True)
    if found is None:
        _make_room(session)
        session.add(IdempotencyKey(key_digest=key_digest, holder=holder, claimed_at=now, renewed_at=now))
        session.flush()
        return None
    if found.status is None or found.request_digest is None or found.body is None:
        return UnderWay()
    return KeptAnswer(
        request_digest=found.request_digest, status=found.status, headers=found.headers or {}, body=found.body
    )


def renew(session: Session, key_digest: str, holder: str) -> bool:
    """Say that the request goes on; False where the key is another's by now."""
    change = update(IdempotencyKey).where(_of_holder(key_digest, holder)).values(renewed_at=workers.now(session))
    return cast("CursorResult[Any]", session.execute(change)).rowcount == 1


def keep(session: Session, key_digest: str, holder: str, answer: KeptAnswer) -> bool:
    """Keep the answer of the request; False where the key is another's by now."""
    change = update(IdempotencyKey).where(_of_holder(key_digest, holder))
    kept = change.values(
        request_digest=answer.request_digest, status=answer.status, headers=dict(answer.headers), body=answer.body
    )
    return cast("CursorResult[Any]", session.execute(kept)).rowcount == 1


def release(session: Session, key_digest: str, holder: str) -> None:
    """Let go of a key whose request created nothing: it may be sent again, corrected."""
    session.execute(delete(IdempotencyKey).where(_of_holder(key_digest, holder)))


def _of_holder(key_digest: str, holder: str) -> ColumnElement[bool]:
    return (IdempotencyKey.key_digest == key_digest) & (IdempotencyKey.holder == holder)


def _make_room(session: Session) -> None:
    """Forget the oldest answers, so that keys never fill the store."""
    excess = (session.scalar(select(func.count()).select_from(IdempotencyKey)) or 0) - MOST_KEYS + 1
    if excess <= 0:
        return
    oldest = (
        select(IdempotencyKey.key_digest)
        .where(IdempotencyKey.status.is_not(None))
        .order_by(IdempotencyKey.claimed_at)
        .limit(excess)
    )
    chosen = list(session.scalars(oldest))
    session.execute(delete(IdempotencyKey).where(IdempotencyKey.key_digest.in_(chosen)))
