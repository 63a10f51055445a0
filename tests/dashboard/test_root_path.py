"""Below a path of a host the dashboard's pages are found with the prefix and without; another prefix is said."""

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket

from dashboard.root_path import BelowRoot

HTML = {"accept": "text/html,*/*"}


async def path(request: Request) -> PlainTextResponse:
    return PlainTextResponse(request.scope["path"])


async def socket(connection: WebSocket) -> None:
    await connection.accept()
    await connection.send_text(connection.scope["path"])
    await connection.close()


def dashboard(root: str) -> TestClient:
    routes = [WebSocketRoute("/_stcore/stream", socket), Route("/{rest:path}", path)]
    middleware = [Middleware(BelowRoot, root, lambda: {"", "compare"})]
    return TestClient(Starlette(routes=routes, middleware=middleware), follow_redirects=False)


@pytest.mark.parametrize("root", ["", "/lab/rankings"])
@pytest.mark.parametrize(
    "asked", ["/", "/compare", "/board/scores/1", "/_stcore/health", "/nosuchpage", "/a/nosuchpage"]
)
def test_the_prefix_is_taken_off_where_it_is_there(root: str, asked: str) -> None:
    assert dashboard(root).get(root + asked, headers=HTML).text == asked
    assert dashboard(root).get(asked, headers=HTML).text == asked


@pytest.mark.parametrize("prefix", ["", "/lab/rankings"])
def test_connections_come_with_the_prefix_and_without(prefix: str) -> None:
    with dashboard("/lab/rankings").websocket_connect(f"{prefix}/_stcore/stream") as connection:
        assert connection.receive_text() == "/_stcore/stream"


@pytest.mark.parametrize(
    ("asked", "leads_to"), [("/lab/rankings", "rankings/"), ("/lab/rankings?q=a", "rankings/?q=a")]
)
def test_the_path_without_its_slash_gets_one(asked: str, leads_to: str) -> None:
    answer = dashboard("/lab/rankings").get(asked, headers=HTML)
    assert (answer.status_code, answer.headers["location"]) == (307, leads_to)


@pytest.mark.parametrize(("root", "now"), [("", "not set"), ("/other", "<code>/other</code>")])
@pytest.mark.parametrize("asked", ["/lab/rankings/", "/lab/rankings/compare"])
def test_another_prefix_than_the_settings_say_is_named(root: str, now: str, asked: str) -> None:
    answer = dashboard(root).get(asked, headers=HTML)
    assert answer.status_code == 404
    assert f"<code>WELLBEHAVED_ROOT_PATH</code> is {now}." in answer.text
    assert "<code>WELLBEHAVED_ROOT_PATH=/lab/rankings</code>" in answer.text


@pytest.mark.parametrize("asked", ["/compare/", "/compare/compare", "/<b>/compare", "//compare"])
def test_what_somebody_mistyped_is_no_matter_of_a_proxy(asked: str) -> None:
    assert dashboard("").get(asked, headers=HTML).status_code == 200


def test_programs_get_no_page() -> None:
    assert dashboard("").get("/lab/compare", headers={"accept": "*/*"}).text == "/lab/compare"
