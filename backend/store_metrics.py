"""The state of the instance for Prometheus: the same in every process of it, read from the store now and then."""

import logging
import re
import time
from collections.abc import Callable, Iterator, Mapping
from threading import Lock
from typing import Final

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import Engine

from backend.metrics import OTHER
from backend.settings import Settings
from backend.store.engine import reading
from backend.store.errors import StoreUnavailable
from backend.store.workload import Workload, workload

logger = logging.getLogger(__name__)

KEPT_SECONDS: Final = 5.0
"""How long figures are kept: whoever asks more often reads the same ones, and the store is not asked."""
# Each is a time series of its own, which whoever collects them has to keep.
_MOST_CODES: Final = 50
_CODE: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")


class StoreMetrics(Collector):
    """Reads the store for Prometheus, every five seconds at most, whoever asks; safe to share between threads.

    Args:
        engine: of the store.
        settings: of the instance.
        clock: seconds that never go back.
    """

    def __init__(self, engine: Engine, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        self._engine = engine
        self._settings = settings
        self._clock = clock
        self._one_reads = Lock()
        self._known: Workload | None = None
        self._read_at: float | None = None
        self.registry = CollectorRegistry(auto_describe=False)
        self.registry.register(self)

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Nothing: to register this must not ask the store."""
        return iter(())

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The figures; without the store only that it is away, for what is not known is not 0."""
        self._read_when_due()
        known = self._known
        up = GaugeMetricFamily("wellbehaved_database_up", "1 where the store answered this process last, else 0.")
        up.add_metric((), 0 if known is None else 1)
        yield up
        yield _gauge(
            "wellbehaved_queue_limit",
            "How many evaluations may wait (WELLBEHAVED_MAX_QUEUED_EVALUATIONS).",
            self._settings.max_queued_evaluations,
        )
        if known is not None:
            yield from _evaluations(known)
            yield from _workers(known)
            yield from _data(known)

    def _read_when_due(self) -> None:
        # Who comes while one reads gets what was known before: a store that is slow must hold one thread, not all.
        if not self._one_reads.acquire(blocking=False):
            return
        try:
            if self._read_at is not None and self._clock() - self._read_at < KEPT_SECONDS:
                return
            try:
                with reading(self._engine) as session:
                    self._known = workload(session, self._settings.worker_stale_seconds)
            except StoreUnavailable as error:
                logger.warning("no figures of the store: %s", error)
                self._known = None
            self._read_at = self._clock()
        finally:
            self._one_reads.release()


def _evaluations(known: Workload) -> Iterator[GaugeMetricFamily]:
    family = GaugeMetricFamily(
        "wellbehaved_evaluations",
        "Evaluations of the instance; benchmarks of one's own together.",
        labels=("state", "benchmark"),
    )
    for (state, benchmark), count in known.evaluations.items():
        family.add_metric((state, benchmark), count)
    yield family
    yield _by(
        "wellbehaved_failed_evaluations",
        "Evaluations of the instance that failed, by the code of their error.",
        "code",
        _most_frequent(known.failures),
    )
    yield _by(
        "wellbehaved_waiting_evaluations",
        "Queued evaluations that wait for more than their turn, by what their worker lacked.",
        "reason",
        known.waits,
    )
    yield _by(
        "wellbehaved_oldest_wait_seconds",
        "How long the evaluation that came first has waited in the queue; absent where none waits.",
        "benchmark",
        known.oldest_wait_seconds,
    )
    if known.progress_age_seconds is not None:
        yield _gauge(
            "wellbehaved_progress_age_seconds",
            "Time since any evaluation that runs got further; absent where none runs.",
            known.progress_age_seconds,
        )


def _workers(known: Workload) -> Iterator[GaugeMetricFamily]:
    text = "Workers of the instance; those without a recent heartbeat are gone."
    yield _by("wellbehaved_workers", text, "state", known.workers)
    if known.beat_age_seconds is not None:
        yield _gauge(
            "wellbehaved_beat_age_seconds",
            "Time since the last heartbeat of any worker; absent where none had one within a day.",
            known.beat_age_seconds,
        )


def _data(known: Workload) -> Iterator[GaugeMetricFamily]:
    yield _by("wellbehaved_file_bytes", "Size of the files that the store names.", "kind", known.file_bytes)
    if known.data_version is not None and known.data_changed_at is not None:
        yield _gauge("wellbehaved_data_version", "Number of the current data version.", known.data_version)
        yield _gauge(
            "wellbehaved_data_changed_timestamp_seconds",
            "When the current data version was made.",
            known.data_changed_at.timestamp(),
        )


def _most_frequent(counts: Mapping[str, int]) -> dict[str, int]:
    """The most frequent codes; others, and what is no code, are one: they come from workers of any version."""
    ordered = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    shown = [each for each in ordered if _CODE.fullmatch(each[0])][:_MOST_CODES]
    rest = sum(counts.values()) - sum(count for _, count in shown)
    return dict(shown) | ({OTHER: rest} if rest else {})


def _by(name: str, text: str, label: str, values: Mapping[str, float]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, text, labels=(label,))
    for key, value in values.items():
        family.add_metric((key,), value)
    return family


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, value=value)
