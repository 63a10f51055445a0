"""The versions of the data: which one is current, and how a change makes the next."""

import hashlib
import json
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.store.tables import DataVersion

EMPTY = "0-00000000"

# Kept as text because a reader asks it before every answer, and parsing costs more than running it.
CURRENT_SQL = "SELECT id, digest FROM data_version ORDER BY id DESC LIMIT 1"


def current(session: Session) -> DataVersion | None:
    """The newest version; None while nothing was ever stored."""
    return session.scalar(select(DataVersion).order_by(DataVersion.id.desc()).limit(1))


def current_name(session: Session) -> str:
    """The public name of the newest version."""
    newest = current(session)
    return EMPTY if newest is None else newest.public_name


def record(session: Session, *, reason: str, changes: Iterable[object], created_at: datetime) -> DataVersion:
    """Add the version that a change leads to; call it in the `writing` session that makes the change.

    The digest chains the previous digest with the change, so equal histories give equal versions on every machine
    and a change costs what it holds, not what the whole store holds.

    Args:
        session: from `writing`, because versions must be made one after the other.
        reason: what happened, for an operator.
        changes: what was added or changed, each something that JSON can hold.
        created_at: time of the change, with its zone.
    """
    previous = current(session)
    chain = hashlib.sha256((previous.digest if previous else "").encode())
    for change in changes:
        chain.update(json.dumps(change, sort_keys=True, allow_nan=False).encode())
        chain.update(b"\n")
    version = DataVersion(digest=chain.hexdigest(), reason=reason, created_at=created_at)
    session.add(version)
    session.flush()
    return version
