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

from backend.problems import ProblemError, problem_response, store_problem
from backend.store.errors import StoreUnavailable

EVENT_STREAM: Final = "text/event-stream"
Progress: TypeAlias = Mapping[str, str | int | None]
Watch: TypeAlias = Callable[[Progress], None]
_POLL_SECONDS: Final = 0.5
_BEAT_SECONDS: Final = 15.0


async def work_events(request: Request, run: Callable[[Watch], BaseModel]) -> AsyncIterator[bytes]:
    """Run something in a thread and say how far it is; it goes on to its end where the caller leaves.

    Args:
        request: that asked for it.
        run: does the work, says how far it is by what it is given, and gives the answer.
    """
    latest: list[Progress | None] = [None]

    def watch(progress: Progress) -> None:
        latest[0] = progress

    work = asyncio.ensure_future(run_in_threadpool(run, watch))
    number, said, said_at = 0, latest[0], time.monotonic()
    while not work.done():
        await asyncio.wait({work}, timeout=_POLL_SECONDS)
        progress = latest[0]
        if progress is not None and progress != said:
            number, said, said_at = number + 1, progress, time.monotonic()
            yield _event(number, "progress", orjson.dumps(progress))
        elif time.monotonic() - said_at > _BEAT_SECONDS:
            said_at = time.monotonic()
            yield b": still there\n\n"
    try:
        kind, data = "result", work.result().model_dump_json().encode()
    except (ProblemError, StoreUnavailable) as error:
        problem = error if isinstance(error, ProblemError) else store_problem(error)
        kind, data = "problem", bytes(problem_response(request, problem).body)
    yield _event(number + 1, kind, data)


def event_response(events: AsyncIterator[bytes], stack: AsyncExitStack, *, status: int) -> StreamingResponse:
    """Answer with events.

    Args:
        events: of `work_events`.
        stack: what is open until they end, such as the file.
        status: HTTP status, which is sent before anybody knows how the work ends.
    """

    async def until_the_end() -> AsyncIterator[bytes]:
        async with stack:
            async for event in events:
                yield event

    return StreamingResponse(
        until_the_end(),
        status_code=status,
        media_type=EVENT_STREAM,
        # Proxies would otherwise keep events back until they make a full buffer.
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


def _event(number: int, kind: str, data: bytes) -> bytes:
    return b"id: %d\nevent: %b\ndata: %b\n\n" % (number, kind.encode(), data)
