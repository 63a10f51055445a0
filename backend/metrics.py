"""What this process counts and times of itself, for Prometheus. Labels are words of this program, never a caller's."""

import re
import time
from functools import lru_cache
from threading import Lock
from typing import Final

from prometheus_client import Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.database_errors import export_database_errors

export_database_errors()

# A ranking takes a millisecond, where the usual buckets begin with five.
BUCKETS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
OTHER: Final = "other"
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_MOST_CODES: Final = 300
_CODE: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")

_REQUESTS = Counter("wellbehaved_requests", "Requests answered by this process.", ("method", "route", "status"))
_SECONDS = Histogram(
    "wellbehaved_request_seconds", "Time of this process to answer a request.", ("route",), buckets=BUCKETS
)
_REFUSALS = Counter("wellbehaved_refusals", "Problems that this process answered with.", ("code",))
HEAVY_SECONDS = Histogram(
    "wellbehaved_heavy_question_seconds",
    "Time of this process to compute an answer of those computed one at a time.",
    buckets=BUCKETS,
)
HEAVY_WAIT_SECONDS = Histogram(
    "wellbehaved_heavy_question_wait_seconds",
    "Time that a question of those waited for its turn in this process.",
    buckets=BUCKETS,
)


class _Codes:
    """The codes that were seen, so many at most: whatever comes beyond shares one series."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._seen: set[str] = set()
        self._lock = Lock()

    def label(self, code: str) -> str:
        with self._lock:
            if code not in self._seen:
                # Some are named by the process that reads strangers' files.
                if len(self._seen) >= self._most or not _CODE.fullmatch(code):
                    return OTHER
                self._seen.add(code)
            return code


_CODES: Final = _Codes(_MOST_CODES)


def count_refusal(code: str) -> None:
    """Count a problem that is answered.

    Args:
        code: of the problem; one that is no slug, or comes after 300 others, counts as `other`.
    """
    _REFUSALS.labels(_CODES.label(code)).inc()


@lru_cache(maxsize=1000)
def _series(method: str, route: str, status: str) -> tuple[Counter, Histogram]:
    return _REQUESTS.labels(method, route, status), _SECONDS.labels(route)


class RequestMetrics:
    """Counts and times requests. Plain ASGI: Starlette's function middleware would cost more than a ranking.

    Args:
        app: the service.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # What it is if no answer was begun.
        start, status = time.perf_counter(), "500"

        async def send_and_note(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = str(message["status"])
            await send(message)

        try:
            await self._app(scope, receive, send_and_note)
        finally:
            # The route's template, not the path: addresses hold names of models, which would be a series each.
            route = getattr(scope.get("route"), "path", "none")
            # Likewise for methods, of which a client may invent any number.
            method = scope["method"] if scope["method"] in _METHODS else OTHER
            requests, seconds = _series(method, route, status)
            requests.inc()
            seconds.observe(time.perf_counter() - start)
