"""The rules are in each page that the server sends, other addresses lead to the first, and nothing else is touched."""

import gc
import re
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from dashboard.app import pages
from dashboard.components import stylesheet
from dashboard.server import (
    CODE,
    FIND_SERVER,
    HIDE_INTRODUCTION,
    SCRIPTS,
    OurPages,
    _addresses,
    app,
    fetch_library,
)
from dashboard.streamlit_options import SCRIPT

PAGE = "<html><head></head><body>é</body></html>"


async def page(request: Request) -> Response:
    return HTMLResponse(PAGE, headers={"etag": "old", "x-asked": ",".join(sorted(request.headers))})


async def in_parts(_: Request) -> Response:
    return StreamingResponse(iter((PAGE[:30], PAGE[30:])), media_type="text/html")


async def data(_: Request) -> Response:
    return JSONResponse({"page": "</body>"})


ROUTES = [Route("/", page), Route("/data", data), Route("/media/record.html", page), Route("/{rest:path}", in_parts)]
MINE = Middleware(OurPages, lambda: {"": False, "stability": False, "model": True})
CLIENT = TestClient(Starlette(routes=ROUTES, middleware=[MINE]), follow_redirects=False)
HTML = {"accept": "text/html,*/*"}
OURS = PAGE.replace("</body>", f"<style>{stylesheet.rules()}</style>{FIND_SERVER}{HIDE_INTRODUCTION}{SCRIPTS}</body>")


def test_a_page_carries_the_rules_whole_or_in_parts() -> None:
    answer = CLIENT.get("/", headers={**HTML, "if-none-match": "old"})
    assert answer.text == OURS
    assert "etag" not in answer.headers
    assert "if-none-match" not in answer.headers["x-asked"]
    assert CLIENT.get("/stability", headers=HTML).text == OURS


def test_the_length_of_a_page_is_asked_without_its_body() -> None:
    assert CLIENT.head("/", headers=HTML).status_code == 200


@pytest.mark.parametrize(
    ("asked", "leads_to"),
    [
        ("/nosuchpage", "./?no_page=%2Fnosuchpage"),
        ("/a/b?w.accuracy=2&q=a%26b", "./../?w.accuracy=2&q=a%26b&no_page=%2Fa%2Fb"),
        ("/Stability", "./?no_page=%2FStability"),
        ("/" + "x" * 300, "./?no_page=%2F" + "x" * 200),
        ("/%26w.accuracy=0%0d%0a", "./?no_page=%2F%26w.accuracy%3D0%0D%0A"),
    ],
)
def test_an_address_that_is_no_page_leads_to_the_first_with_what_was_asked(asked: str, leads_to: str) -> None:
    answer = CLIENT.get(asked, headers=HTML)
    assert (answer.status_code, answer.text) == (303, "")
    assert answer.headers["location"] == leads_to


def test_below_a_prefix_pages_are_found_and_others_lead_to_the_first_below_it() -> None:
    mounted = TestClient(
        Starlette(routes=[Mount("/wb", Starlette(routes=ROUTES, middleware=[MINE]))]), follow_redirects=False
    )
    assert mounted.get("/wb/stability", headers=HTML).text == OURS
    assert mounted.get("/wb/a/b", headers=HTML).headers["location"] == "./../?no_page=%2Fa%2Fb"


def test_everything_else_passes_as_it_is() -> None:
    assert CLIENT.get("/", headers={"accept": "*/*"}).text == PAGE
    assert CLIENT.get("/data", headers=HTML).json() == {"page": "</body>"}
    # A decision record is a web page that readers download.
    assert CLIENT.get("/media/record.html", headers=HTML).text == PAGE


def test_it_serves_the_script_of_this_installation() -> None:
    assert app._script_path == SCRIPT
    assert SCRIPT.is_file()


def test_a_page_that_starts_with_a_chart_has_the_drawing_library_fetched_early() -> None:
    added = fetch_library(CODE)
    library = re.search(r'"modulepreload" href="\./(static/js/PlotlyChart\.[^"]+)"', added)
    assert library is not None, "Streamlit has another name for its drawing library: see LIBRARY"
    assert (CODE.parents[1] / library[1]).is_file()
    assert CLIENT.get("/model", headers=HTML).text == OURS.replace("</body>", f"{added}</body>")


def test_a_streamlit_without_that_file_fetches_nothing_early(tmp_path: Path) -> None:
    assert fetch_library(tmp_path) == ""


def test_it_knows_every_page() -> None:
    assert list(_addresses()) == [each.url_path for each in pages()]
    assert {path for path, starts_with_chart in _addresses().items() if starts_with_chart} == {
        "trade-offs", "compare", "model", "stability",
    }  # fmt: skip
    assert all(re.fullmatch("[a-z-]*", each) for each in _addresses())  # directly below the root, where ./ leads to it


def test_the_code_is_set_aside_from_the_search_for_garbage_after_each_run() -> None:
    gc.unfreeze()
    try:
        _addresses()
        assert gc.get_freeze_count() > 0
    finally:
        gc.unfreeze()
