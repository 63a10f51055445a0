"""The rules are in each page that the server sends, and nothing else is touched."""

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from dashboard.components import stylesheet
from dashboard.server import StyledPage, app
from dashboard.streamlit_options import SCRIPT

PAGE = "<html><head></head><body>é</body></html>"


async def page(request: Request) -> Response:
    return HTMLResponse(PAGE, headers={"etag": "old", "x-asked": ",".join(sorted(request.headers))})


async def in_parts(_: Request) -> Response:
    return StreamingResponse(iter((PAGE[:30], PAGE[30:])), media_type="text/html")


async def data(_: Request) -> Response:
    return JSONResponse({"page": "</body>"})


ROUTES = [Route("/", page), Route("/parts", in_parts), Route("/data", data)]
CLIENT = TestClient(Starlette(routes=ROUTES, middleware=[Middleware(StyledPage)]))
HTML = {"accept": "text/html,*/*"}
STYLED = PAGE.replace("</body>", f"<style>{stylesheet.rules()}</style></body>")


def test_a_page_carries_the_rules_whole_or_in_parts() -> None:
    answer = CLIENT.get("/", headers={**HTML, "if-none-match": "old"})
    assert answer.text == STYLED
    assert "etag" not in answer.headers
    assert "if-none-match" not in answer.headers["x-asked"]
    assert CLIENT.get("/parts", headers=HTML).text == STYLED


def test_the_length_of_a_page_is_asked_without_its_body() -> None:
    assert CLIENT.head("/", headers=HTML).status_code == 200


def test_everything_else_passes_as_it_is() -> None:
    assert CLIENT.get("/", headers={"accept": "*/*"}).text == PAGE
    assert CLIENT.get("/data", headers=HTML).json() == {"page": "</body>"}


def test_it_serves_the_script_of_this_installation() -> None:
    assert app._script_path == SCRIPT
    assert SCRIPT.is_file()
