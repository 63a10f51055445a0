"""Checkpoints in the store; their files lie beside it, under the same sha256."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import exists, or_, select, update
from sqlalchemy.orm import Session

from backend.store.tables import Checkpoint, Evaluation
from quba.vocabulary import FINAL_STATES


def original_name(checkpoint_id: str) -> str:
    """What the file of a checkpoint is called as it was uploaded, until a check has rewritten it."""
    return f"{checkpoint_id}.original"


def rewritten_name(checkpoint_id: str, weights_key: str | None) -> str:
    """What the checked file of a checkpoint is called; each set of weights that was chosen has its own."""
    if weights_key is None:
        return f"{checkpoint_id}.safetensors"
    # A digest, because the key is a stranger's text.
    return f"{checkpoint_id}.{hashlib.sha256(weights_key.encode()).hexdigest()[:16]}.safetensors"


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckpointRecord:
    """A row of `Checkpoint`, free of any session."""

    checkpoint_id: str
    filename: str
    size_bytes: int
    format: str
    stored: str
    uploaded_at: datetime
    confinement: str | None


def checkpoint(session: Session, checkpoint_id: str) -> CheckpointRecord | None:
    """One checkpoint; None when the store has none of this id."""
    found = session.get(Checkpoint, checkpoint_id, populate_existing=True)
    return None if found is None else _record(found)


def add(session: Session, *, checkpoint_id: str, filename: str, size_bytes: int, format: str) -> CheckpointRecord:
    """Add an uploaded checkpoint; one that is there stays as it is."""
    found = session.get(Checkpoint, checkpoint_id)
    # The same bytes again are the same checkpoint; its first name and time stay, which evaluations may have shown.
    if found is None:
        columns = {"filename": filename, "size_bytes": size_bytes, "format": format}
        found = Checkpoint(checkpoint_id=checkpoint_id, stored="original", uploaded_at=datetime.now(UTC), **columns)
        session.add(found)
        session.flush()
    return _record(found)


def mark_rewritten(session: Session, checkpoint_id: str, confinement: str) -> None:
    """Note that the file was checked and is kept as safetensors alone.

    Args:
        session: from `writing`.
        checkpoint_id: which.
        confinement: what the latest check was confined by.
    """
    changed = {"stored": "rewritten", "confinement": confinement}
    session.execute(update(Checkpoint).where(Checkpoint.checkpoint_id == checkpoint_id).values(changed))


def unneeded_since(session: Session, limit: datetime) -> list[str]:
    """Identifiers of the checkpoints uploaded before a time, all of whose evaluations were over by then, in order."""
    needed = exists().where(
        Evaluation.checkpoint_id == Checkpoint.checkpoint_id,
        # Recently over counts as needed, because a retry reads the file once more.
        or_(Evaluation.state.not_in(FINAL_STATES), Evaluation.updated_at >= limit),
    )
    before = select(Checkpoint.checkpoint_id).where(Checkpoint.uploaded_at < limit, ~needed)
    return list(session.scalars(before.order_by(Checkpoint.checkpoint_id)))


def identifiers(session: Session) -> set[str]:
    """Of all checkpoints."""
    return set(session.scalars(select(Checkpoint.checkpoint_id)))


def _record(row: Checkpoint) -> CheckpointRecord:
    return CheckpointRecord(**{name: getattr(row, name) for name in CheckpointRecord.__dataclass_fields__})
