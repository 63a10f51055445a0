"""The client whose methods return answers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

import httpx

from wellbehaved.api_errors import raise_for_problem
from wellbehaved.client.answers.evaluations import EvaluationAnswer
from wellbehaved.client.calls import Blocking
from wellbehaved.client.event_lines import EventLines
from wellbehaved.client.exchange import (
    RETRIES,
    Course,
    Destination,
    Exchange,
    Operation,
    Pause,
    Request,
    Steps,
    Work,
    as_httpx,
    is_json,
)
from wellbehaved.client.following import Following
from wellbehaved.client.service import Service
from wellbehaved.client.work_events import raise_for_break

T = TypeVar("T")


class Client(Service[Blocking]):
    """Talks to one wellbehaved service.

    Args:
        base_url: where the API listens. Without it, address and token are those of the command line: from
            ``WELLBEHAVED_API_URL`` and ``WELLBEHAVED_TOKEN`` in the environment or in ``.env``, and else those of
            the service that ``wellbehaved up`` started on this machine, with the token in its data folder.
        token: bearer token; only writing needs one, and seeing what is private. With a ``base_url`` none is looked up.
        timeout: seconds to wait for an answer.
        retries: how often a service that is unavailable for now is asked again.
        transport: a replacement for the network, for tests.

    Every call raises `ApiUnreachable` when nothing answers and `ApiError` when the service refuses. One that is busy
    with others' long questions (429) is asked again when it says, twice at most; so is one that is unavailable for now
    (503 with Retry-After), ``retries`` times at most, where asking twice changes nothing: for every GET and for
    `evaluations.submit`. No pause is longer than ten seconds. Threads may share a client.
    """

    def __init__(
        self,
        base_url: str | None = None,
        token: str | None = None,
        timeout: float = 10.0,
        *,
        retries: int = RETRIES,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._destination = Destination.of(base_url, token)
        self.base_url = self._destination.base_url
        self._http = httpx.Client(
            base_url=self.base_url,
            headers=self._destination.headers,
            timeout=timeout,
            transport=transport,
            trust_env=self._destination.trust_env,
        )
        super().__init__(Exchange(retries), self)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections; the client cannot be used afterwards."""
        self._http.close()

    def carry_out(self, steps: Steps[T]) -> T:
        """Do what the steps ask for; their answer."""
        course = Course(steps)
        while course.operation is not None:
            try:
                outcome = self._outcome(course.operation)
            # Handed to the steps, which alone know whether to ask again; what they do not expect they raise here.
            except Exception as error:
                course.fail(error)
            else:
                course.go_on(outcome)
        return course.answer

    def _outcome(self, operation: Operation) -> object:
        match operation:
            case Pause(seconds):
                time.sleep(seconds)
                return None
            case Work(run):
                return run()
            case Request():
                with self._destination.reachable():
                    if operation.save_to is not None:
                        return self._save(operation, operation.save_to)
                    if operation.on_line is not None:
                        return self._read_lines(operation, operation.on_line)
                    return self._http.request(**as_httpx(operation))

    def _save(self, operation: Request, path: Path) -> httpx.Response:
        with self._http.stream(**as_httpx(operation)) as response:
            if response.is_error:
                response.read()
                return response
            with path.open("wb") as file:
                file.writelines(response.iter_bytes())
        return response

    def _read_lines(self, operation: Request, on_line: Callable[[str], None]) -> httpx.Response:
        with self._http.stream(**as_httpx(operation)) as response:
            if response.is_error:
                response.read()
                return response
            with raise_for_break():
                if is_json(response):
                    response.read()
                    return response
                for line in _lines_of(response):
                    on_line(line)
        return response

    def follow_events(self, following: Following) -> Iterator[EvaluationAnswer]:
        """What a stream of events tells, until it is over; a broken connection is taken up again."""
        while not following.over:
            try:
                yield from following.documents(self._lines(following))
                following.require_over()
            except ConnectionError as error:
                time.sleep(following.pause_after(error))

    def _lines(self, following: Following) -> Iterator[str]:
        stream = self._http.stream("GET", following.path, headers=following.headers)
        with self._destination.reachable(), stream as response:
            # A stream's body is not read by itself, and a refusal says there why.
            if response.is_error:
                response.read()
            yield from _lines_of(raise_for_problem(response))


def _lines_of(response: httpx.Response) -> Iterator[str]:
    lines = EventLines()
    for block in response.iter_bytes():
        yield from lines.take(block)
