import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import orjson
import pytest
from fastapi import Request
from pydantic import BaseModel

from backend import work_events as module
from backend.problems import ProblemError
from backend.store.errors import StoreUnavailable
from backend.work_events import Watch, event_response, work_events

MOMENT = 30.0
REQUEST = Request(
    {"type": "http", "method": "POST", "path": "/v1/imports", "query_string": b"", "headers": [], "root_path": ""}
)


class Answer(BaseModel):
    done: int


def events_of(blocks: list[bytes]) -> list[tuple[str, object]]:
    """Kind and document of each event; comments are left out."""
    found: list[tuple[str, object]] = []
    for block in blocks:
        assert block.endswith(b"\n\n")
        if not block.startswith(b":"):
            _, kind, data, _ = block.decode().splitlines()
            found.append((kind.removeprefix("event: "), orjson.loads(data.removeprefix("data: "))))
    return found


async def collected(events: AsyncIterator[bytes]) -> list[bytes]:
    return [block async for block in events]


def test_each_change_is_an_event_and_the_answer_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_POLL_SECONDS", 0.01)
    seen = threading.Event()

    def run(watch: Watch) -> Answer:
        watch({"phase": "checking", "rows_done": 1, "rows_total": None})
        assert seen.wait(MOMENT)
        watch({"phase": "storing", "rows_done": 2, "rows_total": 2})
        return Answer(done=2)

    async def listen() -> list[bytes]:
        blocks = []
        async for block in work_events(REQUEST, run):
            blocks.append(block)
            seen.set()
        return blocks

    assert events_of(asyncio.run(listen())) == [
        ("progress", {"phase": "checking", "rows_done": 1, "rows_total": None}),
        ("progress", {"phase": "storing", "rows_done": 2, "rows_total": 2}),
        ("result", {"done": 2}),
    ]


def test_a_comment_is_sent_while_nothing_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_POLL_SECONDS", 0.01)
    monkeypatch.setattr(module, "_BEAT_SECONDS", 0.0)
    heard = threading.Event()

    def run(_: Watch) -> Answer:
        assert heard.wait(MOMENT)
        return Answer(done=0)

    async def listen() -> list[bytes]:
        blocks = []
        async for block in work_events(REQUEST, run):
            blocks.append(block)
            heard.set()
        return blocks

    blocks = asyncio.run(listen())
    assert blocks[0] == b": still there\n\n"
    assert events_of(blocks) == [("result", {"done": 0})]


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (ProblemError(422, "import_rejected", "Wrong.", "Correct it.", errors=[{"line": 2}]), 422, "import_rejected"),
        (StoreUnavailable("Away."), 503, "store_unavailable"),
    ],
)
def test_a_refusal_is_the_last_event(error: Exception, status: int, code: str) -> None:
    def run(_: Watch) -> Answer:
        raise error

    [(kind, document)] = events_of(asyncio.run(collected(work_events(REQUEST, run))))
    assert kind == "problem"
    assert isinstance(document, dict)
    assert (document["status"], document["code"], document["instance"]) == (status, code, "/v1/imports")


def test_what_nobody_expects_breaks_the_stream_off() -> None:
    def run(_: Watch) -> Answer:
        raise LookupError("bug")

    with pytest.raises(LookupError, match="bug"):
        asyncio.run(collected(work_events(REQUEST, run)))


def test_what_is_open_is_closed_with_the_last_event() -> None:
    closed: list[str] = []

    async def events() -> AsyncIterator[bytes]:
        yield b"a"
        assert closed == []

    async def listen() -> list[object]:
        stack = AsyncExitStack()
        stack.callback(closed.append, "file")
        response = event_response(events(), stack, status=201)
        assert response.media_type == "text/event-stream"
        assert response.headers["x-accel-buffering"] == "no"
        return [block async for block in response.body_iterator]

    assert asyncio.run(listen()) == [b"a"]
    assert closed == ["file"]
