import asyncio
import gzip
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import httpx
import orjson
import pytest

from wellbehaved import AsyncClient, Client
from wellbehaved.api_errors import ApiError, ApiUnreachable
from wellbehaved.client.work_events import WorkEnded

PROGRESS = b'id: 1\nevent: progress\ndata: {"phase":"checking","rows_done":3,"rows_total":null}\n\n: still there\n\n'
RESULT = b'id: 2\nevent: result\ndata: {"added":3}\n\n'
PROBLEM = (
    b'id: 2\nevent: problem\ndata: {"status":422,"code":"import_rejected","detail":"Wrong.","errors":[{"line":2}]}\n\n'
)


class Broken(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A connection that breaks after some bytes, for either client."""

    def __init__(self, text: bytes) -> None:
        self._text = text

    def __iter__(self) -> Iterator[bytes]:
        if self._text:
            yield self._text
        raise httpx.RemoteProtocolError("incomplete chunked read")

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for block in self:
            yield block


Add = Callable[[httpx.MockTransport, Any], Any]


def add(transport: httpx.MockTransport, told: list[tuple[str, int, int | None]]) -> Any:  # noqa: ANN401 - an answer
    with Client("http://service", "t", transport=transport) as client:
        return client.results.add(b"a", row_progress=lambda *each: told.append(each))


def add_awaiting(transport: httpx.MockTransport, told: list[tuple[str, int, int | None]]) -> Any:  # noqa: ANN401
    async def send() -> Any:  # noqa: ANN401
        async with AsyncClient("http://service", "t", transport=transport) as client:
            return await client.results.add(b"a", row_progress=lambda *each: told.append(each))

    return asyncio.run(send())


both = pytest.mark.parametrize("send", [add, add_awaiting])


@both
def test_the_events_of_a_file_are_its_progress_and_its_answer(send: Add) -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.headers["accept"])
        return httpx.Response(200, content=PROGRESS + RESULT)

    told: list[tuple[str, int, int | None]] = []
    assert send(httpx.MockTransport(answer), told) == {"added": 3}
    assert (asked, told) == (["text/event-stream, application/json;q=0.9"], [("checking", 3, None)])


@both
def test_a_refusal_among_the_events_is_raised_as_any_other(send: Add) -> None:
    with pytest.raises(ApiError) as raised:
        send(httpx.MockTransport(lambda _: httpx.Response(200, content=PROBLEM)), [])
    assert (raised.value.status, raised.value.code, raised.value.errors) == (422, "import_rejected", ({"line": 2},))


@both
def test_a_refusal_before_the_events_is_raised_too(send: Add) -> None:
    problem = {"code": "too_large", "detail": "Large.", "next_step": "Split it."}
    with pytest.raises(ApiError) as raised:
        send(httpx.MockTransport(lambda _: httpx.Response(413, json=problem)), [])
    assert (raised.value.status, raised.value.code) == (413, "too_large")


@both
def test_events_that_break_off_are_no_answer(send: Add) -> None:
    with pytest.raises(WorkEnded, match="broke off"):
        send(httpx.MockTransport(lambda _: httpx.Response(200, content=PROGRESS)), [])


@both
@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_a_cell_with_unusual_ends_of_lines_is_quoted_as_it_is(send: Add, coding: str) -> None:
    """U+0085, U+2028 and U+2029, at which str.splitlines would cut, stand unescaped in the service's JSON."""
    errors = [{"line": 2, "value": "a\x85b\u2028c\u2029d"}]
    document = {"status": 422, "code": "import_rejected", "detail": "Wrong.", "errors": errors}
    events = PROGRESS + b"event: problem\ndata: " + orjson.dumps(document) + b"\n\n"
    content = gzip.compress(events) if coding == "gzip" else events
    with pytest.raises(ApiError) as raised:
        send(
            httpx.MockTransport(lambda _: httpx.Response(200, content=content, headers={"Content-Encoding": coding})),
            [],
        )
    assert raised.value.errors == tuple(errors)


@both
def test_an_answer_that_breaks_off_amid_its_line_is_none(send: Add) -> None:
    with pytest.raises(WorkEnded, match="broke off"):
        send(httpx.MockTransport(lambda _: httpx.Response(200, content=PROGRESS + RESULT[:-5])), [])


@both
@pytest.mark.parametrize("sent", [b"", PROGRESS, PROGRESS + RESULT[:-5]])
def test_a_connection_that_breaks_amid_the_events_leaves_the_answer_open(send: Add, sent: bytes) -> None:
    with pytest.raises(WorkEnded, match="broke off before the service said") as raised:
        send(httpx.MockTransport(lambda _: httpx.Response(201, stream=Broken(sent))), [])
    assert isinstance(raised.value.__cause__, httpx.RemoteProtocolError)


@both
def test_a_connection_that_breaks_after_the_last_event_takes_nothing_back(send: Add) -> None:
    assert send(httpx.MockTransport(lambda _: httpx.Response(201, stream=Broken(PROGRESS + RESULT))), []) == {
        "added": 3
    }
    with pytest.raises(ApiError, match="import_rejected"):
        send(httpx.MockTransport(lambda _: httpx.Response(201, stream=Broken(PROBLEM))), [])


@both
def test_a_service_that_never_answers_is_out_of_reach_as_ever(send: Add) -> None:
    def refuse(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    with pytest.raises(ApiUnreachable, match="No answer from http://service"):
        send(httpx.MockTransport(refuse), [])


@both
@pytest.mark.parametrize("kind", ["application/json", "Application/JSON ; charset=utf-8"])
def test_a_service_that_knows_no_events_of_a_file_answers_with_a_document(send: Add, kind: str) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        # A service of an older version takes no other header than one that admits JSON.
        if "application/json" not in request.headers["accept"]:
            return httpx.Response(406, json={"code": "not_acceptable"})
        return httpx.Response(201, content=b'{"added":3}', headers={"Content-Type": kind})

    told: list[tuple[str, int, int | None]] = []
    assert send(httpx.MockTransport(answer), told) == {"added": 3}
    assert told == []


@both
def test_a_document_that_breaks_off_leaves_the_answer_open_too(send: Add) -> None:
    headers = {"Content-Type": "application/json"}
    with pytest.raises(WorkEnded, match="broke off before the service said"):
        send(httpx.MockTransport(lambda _: httpx.Response(201, stream=Broken(b'{"added"'), headers=headers)), [])


@both
def test_events_with_their_media_type_are_read_as_such(send: Add) -> None:
    headers = {"Content-Type": "text/event-stream; charset=utf-8"}
    assert send(httpx.MockTransport(lambda _: httpx.Response(201, content=RESULT, headers=headers)), []) == {"added": 3}
