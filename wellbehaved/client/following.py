"""Where a stream of an evaluation's events stands, without a network: what was seen last, and whether it is over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from urllib.parse import quote

import orjson

from quba.vocabulary import FINAL_STATES
from wellbehaved.client.answers.evaluations import EvaluationAnswer

RECONNECT_SECONDS = 1.0
# About half a minute: long enough for a service that is started anew.
_MOST_FAILURES = 30


class ConnectionEnded(ConnectionError):
    """A stream of events broke off before the evaluation was over."""


class Following:
    """Reads the lines of server-sent events, through connections that break.

    Args:
        evaluation_id: what is followed.
    """

    def __init__(self, evaluation_id: str) -> None:
        self.path = f"/v1/evaluations/{quote(evaluation_id, safe='')}/events"
        self.over = False
        self._evaluation_id = evaluation_id
        self._last = ""
        self._failures = 0

    @property
    def headers(self) -> dict[str, str]:
        """Of the next connection, which goes on after the last event that was seen."""
        return {"Accept": "text/event-stream"} | ({"Last-Event-ID": self._last} if self._last else {})

    def read(self, line: str) -> EvaluationAnswer | None:
        """The evaluation, where this line says how it is now."""
        if line.startswith("id: "):
            self._last = line.removeprefix("id: ")
        if not line.startswith("data: "):
            return None
        # Only what was received counts, so that a server that ends every stream at once is given up.
        self._failures = 0
        document: EvaluationAnswer = orjson.loads(line.removeprefix("data: "))
        self.over = document["state"] in FINAL_STATES
        return document

    def documents(self, lines: Iterable[str]) -> Iterator[EvaluationAnswer]:
        """The evaluation at every change that these lines tell; what follows its end is not read."""
        for line in lines:
            if (document := self.read(line)) is not None:
                yield document
            if self.over:
                return

    def require_over(self) -> None:
        """See, at the end of a connection, that nothing is left to come.

        Raises:
            ConnectionEnded: the stream broke off before. The server ends streams, too, when it is stopped.
        """
        if not self.over:
            raise ConnectionEnded(f"The events of {self._evaluation_id} broke off.")

    def pause_after(self, error: ConnectionError) -> float:
        """Seconds to wait before the next connection.

        Raises:
            ConnectionError: the error, once too many followed each other.
        """
        self._failures += 1
        if self._failures > _MOST_FAILURES:
            raise error
        return RECONNECT_SECONDS
