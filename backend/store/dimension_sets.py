"""Which dimensions are in force now: read again only when the data version has changed, by whichever process."""

import threading

from sqlalchemy import Engine

from backend.store import data_versions
from backend.store.engine import reading
from backend.store.own_dimensions import dimension_set
from backend.store.snapshot import SnapshotCache
from quba.dimensions import DimensionSet


class DimensionSets:
    """The dimensions of the newest data version. Safe to share between threads.

    Args:
        engine: from `create_store_engine`.
        snapshots: who knows the newest data version.
    """

    def __init__(self, engine: Engine, snapshots: SnapshotCache) -> None:
        self._engine = engine
        self._snapshots = snapshots
        self._lock = threading.Lock()
        self._kept: tuple[str | None, DimensionSet] = (None, DimensionSet())

    @property
    def last_known(self) -> DimensionSet:
        """What was in force when the store was last asked: the built-in dimensions alone before that."""
        return self._kept[1]

    def at_hand(self) -> tuple[str, DimensionSet] | None:
        """The newest data version and what is in force, if it is still the one that was last read; None if it is not.

        Raises:
            StoreUnavailable: the database does not answer or was never migrated.
        """
        version, dimensions = self._kept
        newest = self._snapshots.current_version()
        return (newest, dimensions) if version == newest else None

    def current(self) -> DimensionSet:
        """What is in force now, read from the database where that is needed.

        Raises:
            StoreUnavailable: the database does not answer or was never migrated.
        """
        with self._lock:
            if self.at_hand() is None:
                with reading(self._engine) as session:
                    found = dimension_set(session)
                    # The version of this very reading: a newer one shows at the next question.
                    self._kept = (data_versions.current_name(session), found)
            return self._kept[1]
