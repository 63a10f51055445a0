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
        lambda client: client.headline(WEIGHTS, FILTERS, among="all"),
        lambda client: client.stability(WEIGHTS, FILTERS, among="all"),
        lambda client: client.rank_intervals(WEIGHTS, FILTERS, among="all"),
        lambda client: client.rank_spread(WEIGHTS, FILTERS, among="all"),
        lambda client: client.explanation("resnet50", WEIGHTS, FILTERS, among="all"),
        lambda client: client.constraints(FILTERS, WEIGHTS, among="all"),
        lambda client: client.decision_record(WEIGHTS, FILTERS, among="all"),
        lambda client: client.comparisons(["resnet50", "alexnet"], WEIGHTS, FILTERS, among="all"),
    ],
)
def test_filters_and_whom_to_compare_are_sent(ask: Ask) -> None:
    assert ASKED.items() <= query_of(ask).items()


@pytest.mark.parametrize("name", ["what_if", "improvements"])
def test_and_with_the_rank_to_reach(name: str) -> None:
    sent = query_of(lambda client: getattr(client, name)("resnet50", 3, WEIGHTS, FILTERS, among="all"))
    assert sent == {**ASKED, "target_rank": "3"}


def test_nothing_scored_is_an_empty_frame_with_columns() -> None:
    answer = httpx.MockTransport(lambda _: httpx.Response(200, content=b'{"items": []}'))
    with Client("http://service", transport=answer) as client:
        assert {"rank", "tier", "score", "standard_error"} <= set(client.rank_intervals().columns)
        assert {"model_id", "spread"} <= set(client.rank_spread().columns)
