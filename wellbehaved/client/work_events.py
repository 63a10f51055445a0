"""The events of something that takes the service minutes, without a network: how far it is, and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import orjson

from wellbehaved.api_errors import problem

EVENT_STREAM = "text/event-stream"
_BROKEN_OFF = "The connection broke off before the service said what came of it; ask what is there."
RowProgress = Callable[[str, int, "int | None"], None]
"""Called with the phase, the rows that it is done with, and those there are, None while they are counted."""


class WorkEnded(ConnectionError):
    """A stream of events broke off before it said what came of the work."""


@contextmanager
def raise_for_break() -> Iterator[None]:
    """Say of a connection that breaks amid a good answer that nobody knows what came of the work.

    The service was there and took the work up, so that it is not out of reach, as one would be told otherwise.

    Raises:
        WorkEnded: the connection broke.
    """
    try:
        yield
    except httpx.TransportError as error:
        raise WorkEnded(_BROKEN_OFF) from error


class WorkEvents:
    """Reads the lines of server-sent events.

    Args:
        progress: told how far the work is.
    """

    def __init__(self, progress: RowProgress) -> None:
        self._progress = progress
        self._kind = ""
        self._end: tuple[str, bytes] | None = None

    def read(self, line: str) -> None:
        """Take one line in."""
        name, _, value = line.partition(": ")
        if name == "event":
            self._kind = value
        elif name == "data" and self._kind == "progress":
            document = orjson.loads(value)
            self._progress(document["phase"], document["rows_done"], document["rows_total"])
        elif name == "data":
            self._end = (self._kind, value.encode())

    @property
    def ended(self) -> bool:
        """Whether it was said what came of the work."""
        return self._end is not None

    def result(self) -> Any:  # noqa: ANN401 - any JSON value
        """What came of the work.

        Raises:
            ApiError: the service refused it.
            WorkEnded: the stream broke off before; nobody knows whether the work was done.
        """
        if self._end is None:
            raise WorkEnded(_BROKEN_OFF)
        kind, data = self._end
        document = orjson.loads(data)
        if kind == "problem":
            raise problem(httpx.Response(document["status"], content=data))
        return document
