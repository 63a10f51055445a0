"""What kept a process from the database, for Prometheus; services and workers export it alike."""

from collections.abc import Iterable
from functools import cache

from prometheus_client import REGISTRY
from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

from backend.store.errors import database_error_counts


class DatabaseErrors(Collector):
    """Counts what kept this process from the database; the store itself loads no Prometheus."""

    def collect(self) -> Iterable[CounterMetricFamily]:
        """The errors so far, by kind."""
        family = CounterMetricFamily(
            "wellbehaved_database_errors",
            "Failures of this process to reach or use the database.",
            labels=("kind",),
        )
        for kind, count in database_error_counts().items():
            family.add_metric((kind,), count)
        yield family


@cache
def export_database_errors() -> None:
    """Have this process's /metrics name them; again changes nothing."""
    REGISTRY.register(DatabaseErrors())
