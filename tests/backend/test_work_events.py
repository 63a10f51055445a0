import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack

import orjson
import pytest
from fastapi import Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from backend import work_events as module
from backend.problems import ProblemError
from backend.store.errors import StoreUnavailable
from backend.store.file_store import FilesFull
from backend.work_events import Watch, work_response

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


async def blocks_of(response: StreamingResponse) -> AsyncIterator[bytes]:
    async for block in response.body_iterator:
        assert isinstance(block, bytes)
        yield block


def streamed(run: Callable[[Watch], BaseModel], stack: AsyncExitStack | None = None) -> StreamingResponse:
    return work_response(REQUEST, stack or AsyncExitStack(), run, status=201)


async def collected(run: Callable[[Watch], BaseModel]) -> list[bytes]:
    return [block async for block in blocks_of(streamed(run))]


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
        async for block in blocks_of(streamed(run)):
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
        async for block in blocks_of(streamed(run)):
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
        (FilesFull("Full.", "Clear it."), 507, "files_full"),
        (LookupError("bug"), 500, "internal_error"),
    ],
)
def test_a_refusal_is_the_last_event(error: Exception, status: int, code: str) -> None:
    def run(_: Watch) -> Answer:
        raise error

    [(kind, document)] = events_of(asyncio.run(collected(run)))
    assert kind == "problem"
    assert isinstance(document, dict)
    assert (document["status"], document["code"], document["instance"]) == (status, code, "/v1/imports")


def test_the_answer_says_how_it_is_to_be_passed_on() -> None:
    async def headers() -> tuple[str | None, str, int]:
        response = streamed(lambda _: Answer(done=0))
        assert [block async for block in response.body_iterator]
        return response.media_type, response.headers["x-accel-buffering"], response.status_code

    assert asyncio.run(headers()) == ("text/event-stream", "no", 201)


@pytest.mark.parametrize("listens", [True, False], ids=["listened to", "left before the first event"])
def test_the_work_is_done_with_what_is_open_until_its_end(listens: bool) -> None:
    """Also where nobody ever asks for an event: the caller left when the file had just arrived."""
    happened: list[str] = []

    def run(_: Watch) -> Answer:
        happened.append("work")
        return Answer(done=1)

    async def ask() -> None:
        stack = AsyncExitStack()
        stack.callback(happened.append, "closed")
        response = streamed(run, stack)
        if listens:
            assert len([block async for block in response.body_iterator]) == 1
        else:
            await asyncio.wait(module._UNDER_WAY)

    asyncio.run(ask())
    assert happened == ["work", "closed"]
    assert not module._UNDER_WAY
