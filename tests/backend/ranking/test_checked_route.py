"""Queries as pydantic models are refused in the words of all other refusals."""

import threading
from collections.abc import Iterator
from typing import Annotated

import httpx
import pytest
from fastapi import APIRouter, FastAPI, Query, Request, Response
from fastapi.responses import JSONResponse

from backend.problems import install_error_handlers
from backend.ranking.checked_route import CheckedQuery, CheckedRoute, DirectRoute
from backend.ranking.parameters import Words
from wellbehaved.in_process import InProcessTransport


class _Words(CheckedQuery):
    words: Words = ()
    limit: int = 3


router = APIRouter(route_class=CheckedRoute)


@router.get("/words")
def _words(query: Annotated[_Words, Query()]) -> dict[str, object]:
    return dict(query.values())


@router.get("/file", response_class=Response, responses={200: {"content": {"text/csv": {}}}})
def _file() -> Response:
    return Response("a,b", media_type="text/csv")


direct = APIRouter(route_class=DirectRoute)


@direct.get("/direct/words")
async def _direct_words(request: Request, query: Annotated[_Words, Query()]) -> Response:
    return JSONResponse({**query.values(), "path": request.url.path, "thread": threading.current_thread().name})


@direct.get("/direct/function")
def _direct_function(request: Request, query: Annotated[_Words, Query()]) -> Response:
    return JSONResponse({**query.values(), "path": request.url.path, "thread": threading.current_thread().name})


@pytest.fixture
def service() -> Iterator[httpx.Client]:
    app = FastAPI()
    app.router.routes.extend([*router.routes, *direct.routes])
    install_error_handlers(app)
    with httpx.Client(transport=InProcessTransport(app), base_url="http://service") as client:
        yield client


@pytest.mark.parametrize(
    ("query", "code", "rule"),
    [
        ("limt=1", "unknown_parameter", "there is no such parameter here"),
        ("limit=1&limit=2", "repeated_parameter", "given more than once"),
        ("limit=1.5", "invalid_parameter", "must be a whole number"),
        ("words=,", "invalid_parameter", "names no value"),
    ],
)
def test_a_refusal_names_parameter_rule_and_next_step(service: httpx.Client, query: str, code: str, rule: str) -> None:
    response = service.get(f"/words?{query}")
    problem = response.json()
    assert (response.status_code, problem["code"]) == (422, code)
    assert problem["errors"][0]["parameter"] == query.partition("=")[0]
    assert problem["errors"][0]["rule"].startswith(rule)
    assert "/docs" not in problem["next_step"]


def test_values_are_those_sent_and_the_defaults(service: httpx.Client) -> None:
    assert service.get("/words?limit=7").json() == {"words": [], "limit": 7}


@pytest.mark.parametrize(
    "query", ["words=a,b,c", "words=a&words=b&words=c", "words=a,b&limit=3&words=c", "words=a&words=b,,c"]
)
def test_lists_may_be_repeated_or_comma_separated(service: httpx.Client, query: str) -> None:
    assert service.get(f"/words?{query}").json() == {"words": ["a", "b", "c"], "limit": 3}


@pytest.mark.parametrize(
    "accept", ["text/html", "text/csv, image/*", "application/json;q=0", "application/problem+json", "nonsense"]
)
def test_who_takes_nothing_of_it_is_told_what_there_is(service: httpx.Client, accept: str) -> None:
    answer = service.get("/words", headers={"Accept": accept})
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (406, "not_acceptable")
    assert accept[:100] in problem["detail"]
    assert problem["next_step"] == "Send Accept: application/json, or leave it out."


@pytest.mark.parametrize(
    "accept", ["", "*/*", "application/json", "application/*", "text/html, */*;q=0.1", "APPLICATION/JSON;q=0.2"]
)
def test_who_takes_some_of_it_gets_it(service: httpx.Client, accept: str) -> None:
    assert service.get("/words", headers={"Accept": accept}).status_code == 200


def test_a_file_is_sent_to_whoever_asks_for_it(service: httpx.Client) -> None:
    """Many programs send `Accept: application/json` with everything."""
    for accept in ("text/csv", "application/json", "*/*", ""):
        assert service.get("/file", headers={"Accept": accept}).status_code == 200


def test_a_parameter_beside_the_model_is_a_mistake_of_ours() -> None:
    loose = APIRouter(route_class=CheckedRoute)

    def plain(limit: int = 3) -> int:
        return limit

    with pytest.raises(TypeError, match="take the whole query as one"):
        loose.add_api_route("/plain", plain)


@pytest.mark.parametrize("path", ["/direct/words", "/direct/function"])
def test_a_direct_route_reads_its_query_as_the_others_do(service: httpx.Client, path: str) -> None:
    answer = service.get(f"{path}?words=a,b&words=c&limit=7").json()
    assert (answer["words"], answer["limit"], answer["path"]) == (["a", "b", "c"], 7, path)
    # A coroutine on the event loop, a function beside it.
    assert (answer["thread"] == threading.current_thread().name) == (path == "/direct/words")
    for query in ("limt=1", "limit=1&limit=2", "limit=1.5", "words=,"):
        refused, known = service.get(f"{path}?{query}"), service.get(f"/words?{query}")
        assert refused.status_code == known.status_code == 422
        assert refused.json() | {"instance": "/words"} == known.json()


def test_a_direct_route_refuses_who_takes_no_document_before_it_reads_the_query(service: httpx.Client) -> None:
    refused = service.get("/direct/function?limt=1", headers={"Accept": "text/csv"})
    assert (refused.status_code, refused.json()["code"]) == (406, "not_acceptable")
    # A format that is named goes before what is accepted; here there is none to name.
    named = service.get("/direct/function?format=csv", headers={"Accept": "text/csv"})
    assert (named.status_code, named.json()["code"]) == (422, "unknown_parameter")
