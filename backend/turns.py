"""Turns for questions that take long: one is computed at a time, some wait, more are asked to come back.

Two at once would take no less time on the interpreter's one lock, and all others would wait for it between them.
"""

import ctypes
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from time import perf_counter
from typing import Final

from backend.metrics import HEAVY_SECONDS, HEAVY_WAIT_SECONDS
from backend.problems import RETRY_AFTER_SECONDS, ProblemError

MOST_WAITING: Final = 6
WAIT_SECONDS: Final = 5.0
_LOOK_SECONDS: Final = 0.1


class Turns:
    """Who may compute a long answer now; shared by threads.

    Args:
        waiting: how many may wait for a turn.
        seconds: how long each of them may.
    """

    def __init__(self, *, waiting: int = MOST_WAITING, seconds: float = WAIT_SECONDS) -> None:
        self._most_waiting = waiting
        self._seconds = seconds
        self._waiting = 0
        self._count = Lock()
        self._free = Lock()

    @contextmanager
    def one(self, require_caller: Callable[[], None] | None = None) -> Iterator[None]:
        """Hold a turn.

        Args:
            require_caller: raises where nobody waits for the answer any more, whose place is then another's; asked
                every tenth of a second while this one waits. Without it, all wait to their end.

        Raises:
            ProblemError: 429 `busy`, where too many wait already or none came in time.
        """
        asked = perf_counter()
        if not self._free.acquire(blocking=False):
            self._wait(require_caller)
        begun = perf_counter()
        HEAVY_WAIT_SECONDS.observe(begun - asked)
        try:
            yield
        finally:
            self._free.release()
            HEAVY_SECONDS.observe(perf_counter() - begun)
            _give_memory_back()

    def _wait(self, require_caller: Callable[[], None] | None) -> None:
        with self._count:
            if self._waiting >= self._most_waiting:
                raise _busy(f"{self._waiting} questions that take long are waiting, the most that may.")
            self._waiting += 1
        try:
            deadline = perf_counter() + self._seconds
            look = self._seconds if require_caller is None else _LOOK_SECONDS
            while not self._free.acquire(timeout=max(0.0, min(look, deadline - perf_counter()))):
                if perf_counter() >= deadline:
                    raise _busy(f"No turn came within {self._seconds:g} seconds.")
                if require_caller is not None:
                    require_caller()
        finally:
            with self._count:
                self._waiting -= 1


def _give_memory_back() -> None:
    """Return to the system what a long answer needed; the C library would keep it, in each thread's pool."""
    # Only glibc has this; others return memory by themselves.
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


def _busy(detail: str) -> ProblemError:
    return ProblemError(
        429,
        "busy",
        detail,
        f"Ask again in {RETRY_AFTER_SECONDS} seconds; an answer that was computed once is kept for a while.",
        headers={"Retry-After": str(RETRY_AFTER_SECONDS)},
    )
