"""The client whose methods are awaited."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from wellbehaved.api_errors import raise_for_problem
from wellbehaved.client.answers.evaluations import EvaluationAnswer
from wellbehaved.client.calls import Awaited
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


class AsyncClient(Service[Awaited]):
    """`wellbehaved.Client` for programs with an event loop of asyncio, and for notebooks: the same methods, awaited.

    The arguments are those of `wellbehaved.Client`, and so are retries and errors. Many calls may be under way at once;
    one that is cancelled leaves the client usable. Files are read and hashed in a thread.

    Example:
        >>> from wellbehaved import AsyncClient
        >>> async def leader() -> str:
        ...     async with AsyncClient("http://127.0.0.1:8000") as client:
        ...         ranking = await client.rankings.get(weights={"accuracy": 2}, limit=1)
        ...     return str(ranking.frame["name"].iloc[0])
    """

    def __init__(
        self,
        base_url: str | None = None,
        token: str | None = None,
        timeout: float = 10.0,
        *,
        retries: int = RETRIES,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._destination = Destination.of(base_url, token)
        self.base_url = self._destination.base_url
        self._http = httpx.AsyncClient(
            base_url=self.base_url,
            headers=self._destination.headers,
            timeout=timeout,
            transport=transport,
            trust_env=self._destination.trust_env,
        )
        super().__init__(Exchange(retries), self)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections; the client cannot be used afterwards."""
        await self._http.aclose()

    async def carry_out(self, steps: Steps[T]) -> T:
        """Do what the steps ask for; their answer."""
        course = Course(steps)
        while course.operation is not None:
            try:
                outcome = await self._outcome(course.operation)
            # Handed to the steps, which alone know whether to ask again; what they do not expect they raise here.
            except Exception as error:
                course.fail(error)
            else:
                course.go_on(outcome)
        return course.answer

    async def _outcome(self, operation: Operation) -> object:
        match operation:
            case Pause(seconds):
                await asyncio.sleep(seconds)
                return None
            case Work(run):
                return await asyncio.to_thread(run)
            case Request():
                arguments: dict[str, Any] = as_httpx(operation)
                if isinstance(operation.content, Iterator):
                    arguments["content"] = _in_a_thread(operation.content)
                with self._destination.reachable():
                    if operation.save_to is not None:
                        return await self._save(arguments, operation.save_to)
                    if operation.on_line is not None:
                        return await self._read_lines(arguments, operation.on_line)
                    return await self._http.request(**arguments)

    async def _save(self, arguments: dict[str, Any], path: Path) -> httpx.Response:
        async with self._http.stream(**arguments) as response:
            # A stream's body is not read by itself, and a refusal says there why.
            if response.is_error:
                await response.aread()
                return response
            # Each step on the disk in a thread: a slow one must not hold up whatever else the event loop does.
            file = await asyncio.to_thread(path.open, "wb")
            try:
                async for block in response.aiter_bytes():
                    await asyncio.to_thread(file.write, block)
            finally:
                await asyncio.to_thread(file.close)
        return response

    async def _read_lines(self, arguments: dict[str, Any], on_line: Callable[[str], None]) -> httpx.Response:
        async with self._http.stream(**arguments) as response:
            if response.is_error:
                await response.aread()
                return response
            with raise_for_break():
                if is_json(response):
                    await response.aread()
                    return response
                async for line in _lines_of(response):
                    on_line(line)
        return response

    async def follow_events(self, following: Following) -> AsyncIterator[EvaluationAnswer]:
        """What a stream of events tells, until it is over; a broken connection is taken up again."""
        while not following.over:
            try:
                async for document in self._documents(following):
                    yield document
                following.require_over()
            except ConnectionError as error:
                await asyncio.sleep(following.pause_after(error))

    async def _documents(self, following: Following) -> AsyncIterator[EvaluationAnswer]:
        async for line in self._lines(following):
            if (document := following.read(line)) is not None:
                yield document
            if following.over:
                return

    async def _lines(self, following: Following) -> AsyncIterator[str]:
        stream = self._http.stream("GET", following.path, headers=following.headers)
        with self._destination.reachable():
            async with stream as response:
                if response.is_error:
                    await response.aread()
                async for line in _lines_of(raise_for_problem(response)):
                    yield line


async def _lines_of(response: httpx.Response) -> AsyncIterator[str]:
    lines = EventLines()
    async for block in response.aiter_bytes():
        for line in lines.take(block):
            yield line


async def _in_a_thread(blocks: Iterator[bytes]) -> AsyncIterator[bytes]:
    # A slow disk must not hold up whatever else the event loop does.
    while block := await asyncio.to_thread(next, blocks, b""):
        yield block
