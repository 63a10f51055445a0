"""What a worker counts of itself, for Prometheus; what the whole instance has to do, the service's /metrics says."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from prometheus_client import Counter, Gauge, Histogram, start_http_server

from backend.database_errors import export_database_errors

HEARD: Final = "heard"
UNHEARD: Final = "unheard"
_BUCKETS: Final = (1.0, 10.0, 60.0, 300.0, 900.0, 3600.0, 4 * 3600.0, 24 * 3600.0)

BEATS: Final = Counter(
    "wellbehaved_worker_beats", "Signs of life of this worker, by whether the store took them.", ("result",)
)
LOSSES: Final = Counter(
    "wellbehaved_worker_measuring_losses", "Measuring processes of this worker that died over an evaluation."
)
_BUSY: Final = Gauge("wellbehaved_worker_busy", "1 while this worker is at an evaluation, else 0.")
_SECONDS: Final = Histogram(
    "wellbehaved_worker_evaluation_seconds",
    "Time that this worker was at an evaluation, until it was over or let go of.",
    buckets=_BUCKETS,
)

for _result in (HEARD, UNHEARD):
    # A counter that begins at 0 shows its first increase.
    BEATS.labels(_result)


@contextmanager
def evaluation_time() -> Iterator[None]:
    """Time an evaluation at this worker, however it ends."""
    start = time.monotonic()
    _BUSY.set(1)
    try:
        yield
    finally:
        _BUSY.set(0)
        _SECONDS.observe(time.monotonic() - start)


def export(host: str, port: int) -> int:
    """Answer Prometheus at any path of an address, in a thread, for as long as the process lives.

    Args:
        host: address to listen on.
        port: to listen on; 0 takes a free one.

    Returns:
        The port.

    Raises:
        OSError: nothing can listen there.
    """
    export_database_errors()
    server, _ = start_http_server(port, addr=host)
    return server.server_port
