"""Compressed answers hold the same, under names of their own, and what must not be compressed is not."""

import asyncio
import gzip
import os
import tracemalloc
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import zstandard
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import backend.compression
from backend.compression import KINDS, LEAST_BYTES, MOST_BYTES_AT_ONCE, Compressed, accepted_coding

Serve = Callable[[str], httpx.Client]
Build = Callable[..., bytes]
CODINGS = ("zstd", "gzip")
LISTS = "/v1/rankings?limit=50"


def plain(coding: str, body: bytes) -> bytes:
    """What was compressed, read by the field's own programs."""
    if coding == "gzip":
        return gzip.decompress(body)
    return zstandard.ZstdDecompressor().decompressobj().decompress(body)


def raw(client: httpx.Client, path: str, coding: str, **headers: str) -> tuple[httpx.Response, bytes]:
    """An answer and its bytes as they were sent."""
    answer = client.get(path, headers={"Accept-Encoding": coding, **headers})
    assert isinstance(answer.stream, httpx.SyncByteStream)
    return answer, b"".join(answer.stream)


@pytest.mark.parametrize(
    ("header", "coding"),
    [
        ("", None), ("identity", None), ("br, deflate", None), ("gzip", "gzip"), ("zstd", "zstd"), ("GZIP", "gzip"),
        ("gzip, deflate, br, zstd", "zstd"), ("gzip;q=1.0, zstd;q=0.5", "gzip"), ("gzip;q=0", None), ("*", "zstd"),
        ("*;q=0.5, zstd;q=0", "gzip"), ("gzip;q=nonsense", None), ("zstd;q=0, gzip;q=0, *", None), ("gzip;q=nan", None),
        (" gzip ; q=0.5 ", "gzip"), ("gzip;", "gzip"), (",,gzip", "gzip"),
    ],
)  # fmt: skip
def test_the_coding_is_the_one_that_the_caller_likes_best(header: str, coding: str | None) -> None:
    assert accepted_coding(header) == coding


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("path", [LISTS, "/v1/models?format=csv", "/v1/rankings?format=ndjson", "/v1/dimensions"])
def test_a_compressed_answer_holds_the_same(client: httpx.Client, path: str, coding: str) -> None:
    whole, body = raw(client, path, "identity")
    answer, packed = raw(client, path, coding)
    assert plain(coding, packed) == body
    assert len(packed) < len(body) / 2
    assert answer.headers["content-encoding"] == coding
    assert answer.headers["content-length"] == str(len(packed))
    assert "Accept-Encoding" in whole.headers["vary"]
    assert answer.headers["vary"] == whole.headers["vary"]
    assert "accept-ranges" not in answer.headers
    # A second one is the kept one.
    assert raw(client, path, coding)[1] == packed


@pytest.mark.parametrize("coding", CODINGS)
def test_each_form_has_a_strong_name_of_its_own_by_which_it_is_held(client: httpx.Client, coding: str) -> None:
    tags = {each: raw(client, LISTS, each)[0].headers["etag"] for each in ("identity", *CODINGS)}
    assert len(set(tags.values())) == 3
    assert tags[coding] == f'{tags["identity"][:-1]};{coding}"'
    for held in (tags[coding], f"W/{tags[coding]}", f'"other", {tags[coding]}', "*"):
        answer, body = raw(client, LISTS, coding, **{"If-None-Match": held})
        assert (answer.status_code, body, answer.headers["etag"]) == (304, b"", tags[coding])
        assert "Accept-Encoding" in answer.headers["vary"]
    # Who holds the plain answer need not fetch it again compressed.
    answer, body = raw(client, LISTS, coding, **{"If-None-Match": tags["identity"]})
    assert (answer.status_code, body, answer.headers["etag"]) == (304, b"", tags["identity"])
    # Who takes no compressed answer cannot use the one that it holds.
    assert raw(client, LISTS, "identity", **{"If-None-Match": tags[coding]})[0].status_code == 200
    other = next(each for each in CODINGS if each != coding)
    assert raw(client, LISTS, other, **{"If-None-Match": tags[coding]})[0].status_code == 200


def test_what_is_short_or_compressed_already_is_sent_as_it_is(client: httpx.Client) -> None:
    for path in ("/v1/health", "/v1/rankings?format=parquet", "/metrics"):
        answer, body = raw(client, path, "zstd, gzip")
        assert ("content-encoding" in answer.headers, body) == (False, answer.content if body else b""), path
        assert answer.headers["content-length"] == str(len(body))
    assert "vary" not in client.get("/metrics").headers
    # It brings its own coding, and is not packed twice.
    answer, body = raw(client, "/v1/standardised-scores", "gzip")
    assert answer.headers["content-encoding"] == "gzip"
    assert b"model_ids" in gzip.decompress(body)
    assert answer.headers["vary"].lower().count("accept-encoding") == 1


def test_a_part_of_a_file_is_counted_in_its_plain_bytes(client: httpx.Client) -> None:
    whole = raw(client, "/v1/models?format=csv", "identity")[1]
    answer, part = raw(client, "/v1/models?format=csv", "gzip", Range="bytes=0-4999")
    assert (answer.status_code, part) == (206, whole[:5000])
    assert "content-encoding" not in answer.headers


def test_head_tells_the_headers_of_the_compressed_answer(client: httpx.Client) -> None:
    answer, body = raw(client, LISTS, "zstd")
    head = client.head(LISTS, headers={"Accept-Encoding": "zstd"})
    assert head.headers["content-length"] == str(len(body))
    assert (head.headers["etag"], head.headers["content-encoding"]) == (answer.headers["etag"], "zstd")


def test_a_long_refusal_is_compressed_too(client: httpx.Client) -> None:
    answer, body = raw(client, "/v1/rankings?" + "&".join(f"x{number}=1" for number in range(20)), "gzip")
    assert answer.status_code == 422
    assert answer.headers["content-encoding"] == "gzip"
    assert b"unknown_parameter" in gzip.decompress(body)


def test_a_kept_answer_is_not_shown_to_who_may_not_see_it(
    serve: Serve, study_sqlite_url: str, writing_headers: dict[str, str], results_csv: Build
) -> None:
    """Private models are in the answers of who carries the token; another scheme of authorization is not the token."""
    service = serve(study_sqlite_url)
    token = {"Authorization": writing_headers["Authorization"]}
    assert service.post("/v1/imports", content=results_csv({}), headers=writing_headers).status_code == 201
    assert service.post("/v1/models/mine/unpublish", headers=token).status_code == 200
    for path in ("/v1/models?q=mine", "/v1/rankings?limit=1000", "/v1/models?format=csv", "/v1/rankings?format=ndjson"):
        private = service.get(path, headers=token)
        assert "resnet50.mine" in private.text or '"mine"' in private.text, path
        for headers in ({}, {"Authorization": "Basic dXNlcjpwYXNz"}):
            public = service.get(path, headers=headers)
            assert not {"resnet50.mine", '"mine"'} & set(public.text.split(",")), path
            assert public.headers["etag"] != private.headers["etag"]
            assert len(public.content) < len(private.content)


async def messages_of(app: ASGIApp, coding: str = "gzip", **headers: str) -> list[Message]:
    """What an application sends, message by message."""
    found: list[Message] = []
    names = {"accept-encoding": coding, **headers}
    scope: Scope = {
        "type": "http", "method": "GET", "path": "/", "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in names.items()],
    }  # fmt: skip

    async def receive() -> Message:
        # A stream waits here for the caller to leave, who does not.
        await asyncio.Event().wait()
        raise AssertionError("the event never comes")

    async def send(message: Message) -> None:
        found.append(message)

    await Compressed(app)(scope, receive, send)
    return found


def streaming(parts: list[bytes], kind: str) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        async def content() -> AsyncIterator[bytes]:
            for part in parts:
                yield part

        await StreamingResponse(content(), media_type=kind, headers={"ETag": '"a"'})(scope, receive, send)

    return app


@pytest.mark.parametrize("coding", CODINGS)
def test_a_stream_is_compressed_as_it_goes(coding: str) -> None:
    parts = [b"a,b\r\n" * 50_000, b"", b"1,2\r\n" * 50_000]
    start, *rest = asyncio.run(messages_of(streaming(parts, "text/csv"), coding))
    headers = {name.decode(): value.decode() for name, value in start["headers"]}
    assert (headers["content-encoding"], headers["etag"]) == (coding, f'"a;{coding}"')
    assert "content-length" not in headers
    assert [message.get("more_body", False) for message in rest] == [*[True] * (len(rest) - 1), False]
    assert plain(coding, b"".join(message["body"] for message in rest)) == b"".join(parts)


def test_events_are_sent_as_they_come() -> None:
    events = [b"data: 1\n\n" * 500, b"data: 2\n\n"]
    _, *rest = asyncio.run(messages_of(streaming(events, "text/event-stream")))
    assert [message["body"] for message in rest if message["body"]] == events


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("size", [0, 1, LEAST_BYTES - 1, LEAST_BYTES, MOST_BYTES_AT_ONCE + 1])
def test_bodies_of_all_sizes_arrive_whole(kind: str, size: int) -> None:
    app = Response(b"x" * size, media_type=kind)
    for coding in CODINGS:
        start, body = asyncio.run(messages_of(app, coding))
        headers = {name.decode(): value.decode() for name, value in start["headers"]}
        assert int(headers["content-length"]) == len(body["body"])
        is_compressed = headers.get("content-encoding") == coding
        assert is_compressed == (size >= LEAST_BYTES)
        assert (plain(coding, body["body"]) if is_compressed else body["body"]) == b"x" * size


def test_an_answer_is_compressed_once_while_it_has_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[str] = []
    compress = backend.compression._whole

    def counting(coding: str, body: bytes) -> bytes:
        counted.append(coding)
        return compress(coding, body)

    monkeypatch.setattr(backend.compression, "_whole", counting)
    names = {"a": '"a"', "b": '"b"', "none": ""}

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        name = names[Request(scope).headers["x-asked"]]
        headers = {"ETag": name} if name else {}
        await Response(b"x" * 5000, media_type="application/json", headers=headers)(scope, receive, send)

    compressed = Compressed(app)

    async def ask(name: str, coding: str) -> None:
        scope: dict[str, Any] = {
            "type": "http", "method": "GET", "path": "/", "query_string": b"",
            "headers": [(b"accept-encoding", coding.encode()), (b"x-asked", name.encode())],
        }  # fmt: skip

        async def send(message: Message) -> None:
            pass

        await compressed(scope, None, send)  # type: ignore[arg-type]

    for name, coding in (
        ("a", "gzip"),
        ("a", "gzip"),
        ("a", "zstd"),
        ("b", "gzip"),
        ("a", "gzip"),
        ("none", "gzip"),
        ("none", "gzip"),
    ):
        asyncio.run(ask(name, coding))
    assert counted == ["gzip", "zstd", "gzip", "gzip", "gzip"]


async def answers_of(app: ASGIApp, addresses: list[str]) -> list[httpx.Response]:
    """The answers of one application, one after the other."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service") as client:
        return [await client.get(address, headers={"Accept-Encoding": "gzip"}) for address in addresses]


def test_files_of_one_size_and_age_are_not_taken_for_each_other(tmp_path: Path) -> None:
    """What names a file is its size and age, so that two pages built at once may share a name."""
    for name in "ab":
        (tmp_path / f"{name}.html").write_text(name * 5000)
        os.utime(tmp_path / f"{name}.html", (1_800_000_000, 1_800_000_000))
    app = Compressed(StaticFiles(directory=tmp_path))
    answers = asyncio.run(answers_of(app, [f"/{name}.html" for name in "abab"]))
    assert len({answer.headers["etag"] for answer in answers}) == 1
    assert {answer.headers["content-encoding"] for answer in answers} == {"gzip"}
    assert [answer.text for answer in answers] == ["a" * 5000, "b" * 5000] * 2


def test_answers_of_one_path_and_name_differ_by_their_query_and_a_long_one_takes_no_room() -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        body = scope["query_string"][:1] * 5000
        await Response(body, media_type="text/csv", headers={"ETag": '"a"'})(scope, receive, send)

    compressed = Compressed(app)
    answers = asyncio.run(answers_of(compressed, [f"/?{letter * 9000}" for letter in "abab"]))
    assert [answer.text for answer in answers] == ["a" * 5000, "b" * 5000] * 2
    assert [len(key) < 100 for key in compressed._kept._values] == [True, True]


def test_what_is_not_http_passes() -> None:
    passed = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        passed.append(scope["type"])

    asyncio.run(Compressed(app)({"type": "lifespan"}, None, None))  # type: ignore[arg-type]
    assert passed == ["lifespan"]
    assert asyncio.run(messages_of(PlainTextResponse("x" * 5000)))[0]["headers"][0] == (b"content-length", b"5000")


@pytest.mark.parametrize("coding", CODINGS)
def test_what_is_kept_takes_no_more_memory_than_it_has_bytes(coding: str) -> None:
    body = b"the same again and again. " * 200_000
    # Whatever is made once.
    backend.compression._whole(coding, body)
    tracemalloc.start()
    try:
        found = backend.compression._whole(coding, body)
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert plain(coding, found) == body
    assert held < 2 * len(found) + 10_000
