"""The questions that help to decide, as the client asks them."""

from collections.abc import Callable

import httpx
import orjson
import pytest

from wellbehaved import Client

FILTERS = {"architecture": ["cnn", "transformer"], "parameters_millions.lte": 30}
WEIGHTS = {"accuracy": 2.0}
ASKED = {"architecture": "cnn,transformer", "parameters_millions.lte": "30", "w.accuracy": "2", "among": "all"}

Ask = Callable[[Client], object]


def query_of(ask: Ask) -> dict[str, str]:
    """The query that a call sends."""
    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, content=orjson.dumps({"items": []}))

    with Client("http://service", transport=httpx.MockTransport(handle)) as client:
        ask(client)
    (request,) = seen
    return dict(request.url.params)


@pytest.mark.parametrize(
    "ask",
    [
        lambda client: client.rankings.headline(WEIGHTS, FILTERS, among="all"),
        lambda client: client.rankings.stability(WEIGHTS, FILTERS, among="all"),
        lambda client: client.rankings.intervals(WEIGHTS, FILTERS, among="all"),
        lambda client: client.rankings.spread(WEIGHTS, FILTERS, among="all"),
        lambda client: client.rankings.explanation("resnet50", WEIGHTS, FILTERS, among="all"),
        lambda client: client.rankings.constraints(FILTERS, WEIGHTS, among="all"),
        lambda client: client.rankings.decision_record(WEIGHTS, FILTERS, among="all"),
    ],
)
def test_filters_and_whom_to_compare_are_sent(ask: Ask) -> None:
    assert ASKED.items() <= query_of(ask).items()


@pytest.mark.parametrize("name", ["what_if", "improvements"])
def test_and_with_the_rank_to_reach(name: str) -> None:
    sent = query_of(lambda client: getattr(client.rankings, name)("resnet50", 3, WEIGHTS, FILTERS, among="all"))
    assert sent == {**ASKED, "target_rank": "3"}


def test_nothing_scored_is_an_empty_frame_with_columns() -> None:
    answer = httpx.MockTransport(lambda _: httpx.Response(200, content=b'{"items": []}'))
    with Client("http://service", transport=answer) as client:
        assert {"rank", "tier", "score", "standard_error"} <= set(client.rankings.intervals().columns)
        assert {"model_id", "spread"} <= set(client.rankings.spread().columns)


def request_of(ask: Ask) -> httpx.Request:
    """The one request that a call makes."""
    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, content=orjson.dumps({"items": []}))

    with Client("http://service", transport=httpx.MockTransport(handle)) as client:
        ask(client)
    (request,) = seen
    return request


@pytest.mark.parametrize(
    ("ask", "path"),
    [
        (lambda client: client.rankings.headline(), "/v1/headline"),
        (lambda client: client.rankings.stability(), "/v1/stability"),
        (lambda client: client.rankings.intervals(), "/v1/rank-intervals"),
        (lambda client: client.rankings.spread(), "/v1/rank-spread"),
        (lambda client: client.rankings.explanation("a/b c"), "/v1/rankings/a%2Fb%20c/explanation"),
        (lambda client: client.rankings.what_if("a/b"), "/v1/what-if/a%2Fb"),
        (lambda client: client.rankings.improvements("a?b"), "/v1/improvements/a%3Fb"),
        (lambda client: client.rankings.constraints({}), "/v1/constraints"),
        (lambda client: client.rankings.decision_record(), "/v1/decision-record"),
        (lambda client: client.rankings.decision_record_file("md"), "/v1/decision-record"),
    ],
)
def test_each_call_asks_its_own_path_whatever_a_model_is_called(ask: Ask, path: str) -> None:
    request = request_of(ask)
    assert (request.method, request.url.raw_path.decode().partition("?")[0]) == ("GET", path)


@pytest.mark.parametrize(
    ("ask", "format_name"),
    [
        (lambda client: client.rankings.decision_record(format="md"), "json"),
        (lambda client: client.rankings.decision_record_file("md"), "md"),
        (lambda client: client.rankings.decision_record_file("html"), "html"),
    ],
)
def test_the_format_is_that_of_the_call_and_not_of_the_settings(ask: Ask, format_name: str) -> None:
    assert query_of(ask)["format"] == format_name
