"""How far something is that takes minutes, as server-sent events, and at their end what is answered otherwise."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack
from typing import Final, TypeAlias

import orjson
from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from backend.problems import problem_of, problem_response

EVENT_STREAM: Final = "text/event-stream"
Progress: TypeAlias = Mapping[str, str | int | None]
Watch: TypeAlias = Callable[[Progress], None]
_POLL_SECONDS: Final = 0.5
_BEAT_SECONDS: Final = 15.0
# The event loop alone would let go of work that nobody waits for any more.
_UNDER_WAY: Final[set[asyncio.Future[bytes]]] = set()


def work_response(
    request: Request, stack: AsyncExitStack, run: Callable[[Watch], BaseModel], *, status: int
) -> StreamingResponse:
    """Begin some work in a thread and answer with events of how far it is; it goes on where the caller leaves.

    Args:
        request: that asked for it.
        stack: what is open until the work ends, such as the file.
        run: does the work, says how far it is by what it is given, and gives the answer.
        status: HTTP status, which is sent before anybody knows how the work ends.
    """
    latest: list[Progress | None] = [None]

    def watch(progress: Progress) -> None:
        latest[0] = progress

    async def to_the_end() -> bytes:
        try:
            # Held here and not by the answer, which ends when the caller leaves.
            async with stack:
                answer = await run_in_threadpool(run, watch)
        except Exception as error:
            return _event("problem", bytes(problem_response(request, problem_of(request, error)).body))
        return _event("result", answer.model_dump_json().encode())

    # Now, and not when the answer is first asked for: whoever has left by then has sent the whole file.
    work = asyncio.ensure_future(to_the_end())
    _UNDER_WAY.add(work)
    work.add_done_callback(_UNDER_WAY.discard)
    return StreamingResponse(
        _with_numbers(_events(work, latest)),
        status_code=status,
        media_type=EVENT_STREAM,
        # Proxies would otherwise keep events back until they make a full buffer.
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _events(work: "asyncio.Future[bytes]", latest: list[Progress | None]) -> AsyncIterator[bytes]:
    """Events without their numbers, and comments, which are empty."""
    said, said_at = latest[0], time.monotonic()
    while not work.done():
        await asyncio.wait({work}, timeout=_POLL_SECONDS)
        progress = latest[0]
        if progress is not None and progress != said:
            said, said_at = progress, time.monotonic()
            yield _event("progress", orjson.dumps(progress))
        elif time.monotonic() - said_at > _BEAT_SECONDS:
            said_at = time.monotonic()
            yield b""
    yield work.result()


async def _with_numbers(events: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    number = 0
    async for event in events:
        number += bool(event)
        yield b"id: %d\n%b" % (number, event) if event else b": still there\n\n"


def _event(kind: str, data: bytes) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (kind.encode(), data)
