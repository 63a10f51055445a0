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

    Args:
        session: from `writing`, because versions must be made one after the other.
        reason: what happened, for an operator.
        changes: what was added or changed, each something that JSON can hold.
        created_at: time of the change, with its zone.
    """
    following = NextVersion(session)
    for change in changes:
        following.add(change)
    return following.record(reason=reason, created_at=created_at)


class NextVersion:
    """The version that a change leads to, for changes too large to be held at once.

    The digest chains the previous digest with the change, so equal histories give equal versions on every machine
    and a change costs what it holds, not what the whole store holds.

    Args:
        session: from `writing`, because versions must be made one after the other.
    """

    def __init__(self, session: Session) -> None:
        previous = current(session)
        self._session = session
        self._previous = previous.id if previous else 0
        self._chain = hashlib.sha256((previous.digest if previous else "").encode())

    def add(self, change: object) -> None:
        """Count a part of the change: something that JSON can hold."""
        # Keys sorted, so that the digest does not depend on the order in which a dictionary was filled.
        self._chain.update(json.dumps(change, sort_keys=True, allow_nan=False).encode())
        # A separator that JSON never holds: "1" and "2" must not read as "12".
        self._chain.update(b"\n")

    def follows(self, session: Session) -> bool:
        """Whether the data that it was begun with are still the newest.

        Args:
            session: from `writing`.
        """
        newest = current(session)
        return self._previous == (newest.id if newest else 0)

    def record(self, *, reason: str, created_at: datetime, session: Session | None = None) -> DataVersion:
        """Add the version.

        Args:
            reason: what happened, for an operator.
            created_at: time of it.
            session: from `writing`, where that is another than the one that it was begun in; it `follows` there.
        """
        version = DataVersion(digest=self._chain.hexdigest(), reason=reason, created_at=created_at)
        within = session or self._session
        within.add(version)
        within.flush()
        return version
