"""Scripts and style sheets come compressed to browsers that take them so, once and for all; nothing else is touched."""

import asyncio
import gzip
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from dashboard.board_files import SCRIPTS, scripts_path
from dashboard.compression import CompressedCode
from dashboard.server import app

CODE = "const answer = 42; // é\n" * 400
asked: list[str] = []


async def code(request: Request) -> Response:
    asked.append(request.url.path)
    headers = {"etag": '"one"', "cache-control": "immutable"}
    return Response(CODE, media_type="text/javascript", headers=headers)


async def in_parts(_: Request) -> Response:
    return StreamingResponse(iter((CODE[:100], CODE[100:])), media_type="text/css")


async def unchanged(_: Request) -> Response:
    return Response(status_code=304)


async def picture(_: Request) -> Response:
    return PlainTextResponse(CODE)


async def packed(_: Request) -> Response:
    return Response(gzip.compress(CODE.encode()), media_type="text/css", headers={"content-encoding": "gzip"})


ROUTES = [
    Route("/static/js/a.js", code),
    Route("/static/css/a.css", in_parts),
    Route("/static/unchanged.js", unchanged),
    Route("/static/a.svg", picture),
    Route("/static/packed.css", packed),
    Route("/elsewhere/a.js", code),
]


@pytest.fixture
def client() -> TestClient:
    asked.clear()
    return TestClient(Starlette(routes=ROUTES, middleware=[Middleware(CompressedCode)]))


def test_code_comes_compressed_and_is_read_once(client: TestClient) -> None:
    for _ in range(2):
        answer = client.get("/static/js/a.js")
        assert answer.text == CODE
        assert answer.headers["content-encoding"] == "gzip"
        assert int(answer.headers["content-length"]) < len(CODE) / 10
        assert answer.headers["etag"] == 'W/"one"'
        assert answer.headers["cache-control"] == "immutable"
        assert answer.headers["vary"] == "Accept-Encoding"
    assert asked == ["/static/js/a.js"]
    parts = client.get("/static/css/a.css")
    assert (parts.text, parts.headers["content-encoding"]) == (CODE, "gzip")


def test_below_a_prefix_too() -> None:
    mounted = Starlette(routes=[Mount("/wb", Starlette(routes=ROUTES, middleware=[Middleware(CompressedCode)]))])
    assert TestClient(mounted).get("/wb/static/js/a.js").headers["content-encoding"] == "gzip"


@pytest.mark.parametrize("headers", [{"accept-encoding": "identity"}, {"range": "bytes=0-9"}])
def test_who_does_not_take_it_so_gets_it_as_it_is(client: TestClient, headers: dict[str, str]) -> None:
    answer = client.get("/static/js/a.js", headers=headers)
    assert answer.text == CODE
    assert "content-encoding" not in answer.headers


@pytest.mark.parametrize("path", ["/static/a.svg", "/elsewhere/a.js", "/static/unchanged.js", "/static/nothing.js"])
def test_everything_else_passes_as_it_is(client: TestClient, path: str) -> None:
    assert "content-encoding" not in client.get(path).headers
    assert "content-encoding" not in client.head("/static/js/a.js").headers


def test_what_is_compressed_already_is_not_compressed_again(client: TestClient) -> None:
    assert client.get("/static/packed.css").text == CODE


def request_of(path: str) -> Scope:
    """A browser's request, as the server hands it on: of a version in which a file ends with its connection."""
    headers = [(b"accept-encoding", b"gzip")]
    return {
        "type": "http",
        "method": "GET",
        "path": path,
        "root_path": "",
        "headers": headers,
        "asgi": {"version": "3.0", "spec_version": "2.3"},
    }


@pytest.mark.parametrize("sent_before", [0, 1])
def test_a_file_whose_reader_left_half_way_is_not_kept_for_the_next(sent_before: int) -> None:
    async def left(scope: Scope, receive: Receive, send: Send) -> None:
        del scope, receive
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/javascript")]})
        for _ in range(sent_before):
            await send({"type": "http.response.body", "body": b"const answer", "more_body": True})

    async def whole(scope: Scope, receive: Receive, send: Send) -> None:
        await Response(CODE, media_type="text/javascript")(scope, receive, send)

    apps = iter((left, whole))

    async def either(scope: Scope, receive: Receive, send: Send) -> None:
        await next(apps)(scope, receive, send)

    async def ask() -> list[Message]:
        sent: list[Message] = []

        async def keep(message: Message) -> None:
            sent.append(message)

        async def nothing() -> Message:
            return {"type": "http.disconnect"}

        await compressed(request_of("/static/js/a.js"), nothing, keep)
        return sent

    compressed = CompressedCode(either)
    assert asyncio.run(ask()) == []
    _, body = asyncio.run(ask())
    assert gzip.decompress(body["body"]).decode() == CODE


def test_a_browser_that_leaves_early_takes_no_script_from_the_next(tmp_path: Path) -> None:
    (tmp_path / "a.js").write_text(CODE, encoding="utf-8")
    server = CompressedCode(Starlette(routes=[Mount("/static", StaticFiles(directory=tmp_path))]))

    async def leave() -> Message:
        return {"type": "http.disconnect"}

    async def sent_to_nobody(message: Message) -> None:
        del message

    asyncio.run(server(request_of("/static/a.js"), leave, sent_to_nobody))
    assert TestClient(server).get("/static/a.js").text == CODE


def test_the_server_sends_the_scripts_of_the_board_compressed() -> None:
    answer = TestClient(app).get(f"/{scripts_path()}/table.js")
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.text == (SCRIPTS / "table.js").read_text(encoding="utf-8")
