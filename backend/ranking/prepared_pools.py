"""Pools prepared for ranking, kept while their data stay the same and renewed beside the old ones when they change."""

import threading
from collections.abc import Collection
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from functools import partial
from time import monotonic
from typing import Final, TypeAlias
from weakref import WeakValueDictionary

from backend.ranking.pool import Prepared
from backend.ranking.query import Pool
from backend.store.snapshot import Snapshot, SnapshotCache
from quba.dimensions import dimensions_in_force
from quba.ranking.normalisation import Normalisation

SMALL_MODELS: Final = 5_000
"""A pool of so many models at most is read so quickly that every question waits for the newest data."""
PATIENCE_SECONDS: Final = 0.25
"""How long a question waits for the newest data of a larger pool before it is answered from those of before."""
LONGEST_STALE_SECONDS: Final = 60.0
"""How long the data of before may still answer after a change was noticed; then a question waits for the newest."""

_Place: TypeAlias = tuple[str, str]
_Form: TypeAlias = tuple[str, Normalisation]


@dataclass(eq=False)
class _Kept:
    """One snapshot with what was prepared of it, by quality and normalisation."""

    snapshot: Snapshot
    prepared: dict[_Form, Prepared] = field(default_factory=dict)
    outdated_since: float | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def under(self, form: _Form) -> Prepared:
        """What is prepared under a form, made where nobody has asked for it yet."""
        found = self.prepared.get(form)
        if found is None:
            # One thread prepares while others wait: preparing twice would cost more than waiting.
            with self._lock:
                if form not in self.prepared:
                    self.prepared[form] = self._prepare(form)
                found = self.prepared[form]
        return found

    def _prepare(self, form: _Form) -> Prepared:
        # By the dimensions of the data, in the thread that reads pools as in one that answers.
        with dimensions_in_force(self.snapshot.catalogue):
            return Prepared(self.snapshot, *form)

    def waits_seconds(self) -> float | None:
        """How long a question may wait for newer data; None for as long as it takes."""
        now = monotonic()
        if self.outdated_since is None:
            self.outdated_since = now
        long_stale = now - self.outdated_since > LONGEST_STALE_SECONDS
        return None if long_stale or len(self.snapshot.models) <= SMALL_MODELS else PATIENCE_SECONDS


# Readers with and without the token mostly see the same snapshot, and what is made of it is larger than itself.
_kept_of: Final[WeakValueDictionary[int, _Kept]] = WeakValueDictionary()
_sharing: Final = threading.Lock()


def _place_for(snapshot: Snapshot) -> _Kept:
    """What anybody has prepared of a snapshot, or a place for it."""
    with _sharing:
        # By identity, which no other snapshot can take over while this one is kept.
        found = _kept_of.get(id(snapshot))
        if found is None:
            found = _kept_of[id(snapshot)] = _Kept(snapshot)
        return found


class PreparedPools:
    """Every pool that was asked for, prepared from the newest data.

    A pool of many models takes seconds to read. Meanwhile its old data go on answering, for a bounded time and under
    their own version. A small one is waited for, so that whoever has just changed the data sees the change. Safe to
    share between threads.

    Args:
        snapshots: where the data come from.
        private: whether models are in the pools that are not published.
    """

    def __init__(self, snapshots: SnapshotCache, *, private: bool = False) -> None:
        self._snapshots = snapshots
        self._private = private
        self._kept: dict[_Place, _Kept] = {}
        self._renewals: dict[_Place, Future[_Kept]] = {}
        self._lock = threading.Lock()
        # One: two that read at once would take as long as one after the other, and hold up the answers twice as much.
        self._readers = ThreadPoolExecutor(1, thread_name_prefix="pool-reader")

    def version(self) -> str:
        """The newest data version, read from the database.

        Raises:
            StoreUnavailable: the database does not answer or was never migrated.
        """
        return self._snapshots.current_version()

    def at_hand(self, pool: Pool, normalisation: Normalisation, version: str | None = None) -> Prepared | None:
        """The pool under the newest data, if it need not be read or prepared first.

        Args:
            pool: which measurements.
            normalisation: how they are put on one scale.
            version: the newest, where it was read just before; read where absent.

        Raises:
            StoreUnavailable: as `version`.
        """
        kept = self._kept.get((pool.benchmark, pool.protocol))
        if kept is None or kept.snapshot.data_version != (version or self.version()):
            return None
        return kept.prepared.get((pool.quality, normalisation))

    def get(self, pool: Pool, normalisation: Normalisation) -> Prepared:
        """The pool under the newest data, or for a while under those of before, where the newest are being read.

        Raises:
            UnknownBenchmark: the store has no benchmark of this key.
            UnknownProtocol: there is no protocol of this name.
            StoreUnavailable: as `version`.
        """
        place, form = (pool.benchmark, pool.protocol), (pool.quality, normalisation)
        version = self.version()
        kept = self._kept.get(place)
        if kept is None or kept.snapshot.data_version != version:
            kept = self._newer(place, form, version, kept)
        return kept.under(form)

    def of_same_data(self, prepared: Prepared, quality: str, normalisation: Normalisation) -> Prepared:
        """Other values of the data that something was prepared from, whatever came after them."""
        origin = prepared.origin
        kept = self._kept.get((origin.benchmark, origin.protocol))
        if kept is None or kept.snapshot is not origin:
            return Prepared(origin, quality, normalisation)
        return kept.under((quality, normalisation))

    def close(self) -> None:
        """Start no more reading."""
        self._readers.shutdown(wait=False, cancel_futures=True)

    def _newer(self, place: _Place, form: _Form, version: str, old: _Kept | None) -> _Kept:
        wait = None if old is None else old.waits_seconds()
        deadline = None if wait is None else monotonic() + wait
        # Twice at most: what was being read already may be from before the change, what is begun now is not.
        for _ in range(2):
            renewal = self._renewal(place, form, version)
            try:
                new = renewal.result(None if deadline is None else max(0.0, deadline - monotonic()))
            except TimeoutError:
                if old is None:
                    raise
                return old
            except Exception:
                self._forget(place, renewal)
                raise
            if new.snapshot.data_version == version:
                break
        return new

    def _renewal(self, place: _Place, form: _Form, version: str) -> Future[_Kept]:
        with self._lock:
            renewal = self._renewals.get(place)
            if renewal is not None and not renewal.done():
                return renewal
            known = self._kept.get(place)
            # Whoever comes late finds what another thread's renewal has just brought.
            if renewal is None or known is None or known.snapshot.data_version != version:
                # All forms that were asked for, so that the first question about each need not wait for it.
                forms = {form, *(known.prepared if known else ())}
                # In the context of whoever asked first, so that the reading is part of its trace.
                reading = partial(copy_context().run, self._read, place, forms)
                renewal = self._renewals[place] = self._readers.submit(reading)
            return renewal

    def _forget(self, place: _Place, renewal: Future[_Kept]) -> None:
        # A stranger can ask for any number of benchmarks that are not there: nothing of them may stay.
        with self._lock:
            if self._renewals.get(place) is renewal:
                del self._renewals[place]

    def _read(self, place: _Place, forms: Collection[_Form]) -> _Kept:
        benchmark, protocol = place
        snapshot = self._snapshots.get(benchmark, protocol, private=self._private)
        kept = self._kept.get(place)
        if kept is None or kept.snapshot is not snapshot:
            kept = _place_for(snapshot)
            for form in forms:
                kept.under(form)
            self._kept[place] = kept
        return kept
