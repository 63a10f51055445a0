"""The client: what it asks, what it gives back, and how it fails."""

import math
from collections.abc import Callable

import httpx
import orjson
import pandas as pd
import pytest

from backend.ranking.parameters import MAX_LIMIT
from quba.dimensions import DIMENSIONS, PUBLISHED
from wellbehaved import ApiError, ApiUnreachable, Client
from wellbehaved.client import PAGE_SIZE
from wellbehaved.query import query_parameters

Handler = Callable[[httpx.Request], httpx.Response]


def scripted_client(handler: Handler, token: str | None = None) -> Client:
    """A client whose answers a test writes itself."""
    return Client("http://service/", token, transport=httpx.MockTransport(handler))


def ranking_answer(names: list[str], cursor: str | None = None) -> dict[str, object]:
    items = [
        {"rank": None, "model_id": name, "name": name, "score": None, "scores": {"accuracy": None}, "contributions": {}}
        for name in names
    ]
    same = dict.fromkeys(("data_version", "benchmark", "protocol", "quality", "normalisation", "preset"), "x")
    return {
        **same, "weights": {"accuracy": 1.0}, "shares": {"accuracy": 1.0}, "total": 3, "total_models": 3,
        "dimensions": ["accuracy"], "coverage": "1 of 9 dimensions", "frozen_norms": None,
        "notices": ["Accuracy mixes values."], "items": items, "next_cursor": cursor,
    }  # fmt: skip


def test_the_published_ranking(service: Client) -> None:
    ranking = service.rankings.get()
    frame = ranking.frame
    assert (ranking.total, ranking.total_models, len(frame)) == (326, 326, 326)
    assert frame["name"].iloc[0] == "EVA02-b (IN-21k)"
    assert frame["score"].iloc[0] == pytest.approx(1.0738, abs=5e-5)
    contributions = frame[[f"contribution.{key}" for key in ranking.weights]].sum(axis=1)
    assert contributions.to_numpy() == pytest.approx(frame["score"].to_numpy())
    assert frame["rank"].dtype == "Int64"
    assert frame[[f"percentile.{key}" for key in PUBLISHED]].to_numpy().max() <= 1
    assert sum(ranking.shares.values()) == pytest.approx(1)


def test_weights_filters_sort_and_limit(service: Client) -> None:
    ranking = service.rankings.get(
        weights={"accuracy": 2}, preset="accuracy", normalisation="zscore", quality="screened", benchmark="imagenet-1k",
        protocol="as-published", filters={"architecture": ["cnn", "b-cos"], "accuracy.gte": 0.8}, sort="name", limit=5,
    )  # fmt: skip
    assert len(ranking.frame) == 5
    assert ranking.weights["accuracy"] == 2
    assert (ranking.preset, ranking.normalisation, ranking.quality) == ("accuracy", "zscore", "screened")
    assert set(ranking.frame["architecture"]) <= {"cnn", "b-cos"}
    assert (ranking.frame["accuracy"] >= 0.8).all()
    assert list(ranking.frame["name"]) == sorted(ranking.frame["name"], key=str.casefold)


def test_an_unscored_model_keeps_its_reasons(service: Client) -> None:
    frame = service.rankings.get(quality="screened").frame
    last = frame.iloc[-1]
    assert pd.isna(last["score"])
    assert pd.isna(last["rank"])
    assert "screened" in {each["reason"] for each in last["missing"]}


def test_the_other_readings(service: Client) -> None:
    assert [each["key"] for each in service.dimensions()] == list(DIMENSIONS)
    assert service.presets()[0]["key"] == "paper"
    assert {flag["key"] for flag in service.flags()} >= {"train-mode", "double-softmax"}
    assert service.models.facets({"architecture": ["cnn"]})["total"] == 170
    assert (
        service.models.facets({"score.gte": 0}, {"accuracy": 9})["total"]
        != service.models.facets({"score.gte": 0})["total"]
    )
    assert service.version()["data_version"]
    assert service.ready()
    assert service.models.get("resnet50")["name"] == "ResNet50"
    models = service.models.list(architecture=["b-cos"])
    assert len(models) == 12
    assert list(models.columns[:2]) == ["model_id", "name"]
    assert len(service.models.list(accuracy__gte=0.88)) < 10
    correlations = service.comparisons.correlations({"architecture": ["cnn"]}, {"accuracy": 2})
    assert len(correlations) == math.comb(len(DIMENSIONS) + 1, 2)  # the score is one more
    assert len(service.rankings.standardised_scores(quality="screened")["standardised"]["accuracy"]) == 326
    front = service.comparisons.pareto(["accuracy", "parameters_millions"], {"architecture": ["cnn"]})
    assert {"model_id", "on_front", "layer", "dominated_by", "accuracy"} <= set(front.columns)
    compared = service.comparisons.models(["resnet50", "alexnet"], {"accuracy": 2}, normalisation="zscore")
    assert [item["model_id"] for item in compared["items"]] == ["resnet50", "alexnet"]


@pytest.mark.parametrize(("form", "start"), [("csv", b"rank,"), ("parquet", b"PAR1"), ("ndjson", b"{"), ("json", b"{")])
def test_exports(service: Client, form: str, start: bytes) -> None:
    assert service.rankings.export(form, {"accuracy": 2}, {"architecture": ["b-cos"]}, preset="fair").startswith(start)


def test_cursors_are_followed_up_to_the_limit() -> None:
    pages = {None: (["a", "b"], "next"), "next": (["c"], None)}
    asked = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(dict(request.url.params))
        names, cursor = pages[request.url.params.get("cursor")]
        return httpx.Response(200, json=ranking_answer(names, cursor))

    ranking = scripted_client(handle).rankings.get()
    assert list(ranking.frame["model_id"]) == ["a", "b", "c"]
    assert ranking.notices == ["Accuracy mixes values."]
    assert [query["limit"] for query in asked] == ["1000", "1000"]
    asked.clear()
    assert len(scripted_client(handle).rankings.get(limit=3).frame) == 3
    assert [query["limit"] for query in asked] == ["3", "1"]
    asked.clear()
    assert len(scripted_client(handle).rankings.get(limit=2).frame) == 2
    assert len(asked) == 1


def test_a_known_answer_is_not_sent_again() -> None:
    statuses = []

    def handle(request: httpx.Request) -> httpx.Response:
        known = request.headers.get("If-None-Match") == '"1"'
        statuses.append(304 if known else 200)
        return httpx.Response(304) if known else httpx.Response(200, json={"items": []}, headers={"ETag": '"1"'})

    client = scripted_client(handle)
    first = client.dimensions()
    assert client.dimensions() is first
    assert statuses == [200, 304]


def test_a_model_id_cannot_leave_its_place_in_the_path() -> None:
    client = scripted_client(lambda request: httpx.Response(200, json={"path": request.url.raw_path.decode()}))
    assert dict(client.models.get("../imports?x=1"))["path"] == "/v1/models/..%2Fimports%3Fx%3D1"


def test_a_problem_becomes_an_error_with_its_next_step() -> None:
    problem = {
        "status": 422, "code": "invalid_weight", "detail": "w.accuracy is -1.", "next_step": "Use 0 or more.",
        "errors": [{"parameter": "w.accuracy"}],
    }  # fmt: skip
    client = scripted_client(lambda _: httpx.Response(422, json=problem))
    with pytest.raises(ApiError) as caught:
        client.rankings.get(weights={"accuracy": -1})
    error = caught.value
    assert (error.status, error.code, error.next_step) == (422, "invalid_weight", "Use 0 or more.")
    assert error.errors == ({"parameter": "w.accuracy"},)
    assert str(error) == "422 invalid_weight: w.accuracy is -1. Use 0 or more."


@pytest.mark.parametrize("body", [b"<html>Bad gateway</html>", b"[]", b""])
def test_an_error_that_is_no_problem_document_is_still_an_error(body: bytes) -> None:
    client = scripted_client(lambda _: httpx.Response(502, content=body))
    with pytest.raises(ApiError, match="502 http_error: Bad Gateway"):
        client.dimensions()


def test_nobody_answers() -> None:
    def refuse(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    client = scripted_client(refuse)
    assert not client.ready()
    with pytest.raises(ApiUnreachable, match=r"No answer from http://service .*wellbehaved up") as caught:
        client.version()
    assert caught.value.base_url == "http://service"


def test_an_api_without_its_database_is_not_ready() -> None:
    assert not scripted_client(lambda _: httpx.Response(503, json={"code": "store_unavailable"})).ready()


def test_writing_carries_the_token_and_the_bytes() -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        sent = {"token": request.headers["Authorization"], "type": request.headers["Content-Type"]}
        return httpx.Response(201, content=orjson.dumps({**sent, "rows": request.content.decode()}))

    answer = scripted_client(handle, "secret").results.add(b"model_id,name\n")
    assert dict(answer) == {"token": "Bearer secret", "type": "text/csv", "rows": "model_id,name\n"}


@pytest.mark.parametrize(
    ("arguments", "query"),
    [
        (({"accuracy": 1 / 3}, None, None), {"w.accuracy": "0.333333333333"}),
        ((None, {"architecture": ["cnn", "b-cos"], "q": ""}, {"sort": None}), {"architecture": "cnn,b-cos"}),
        ((None, {"accuracy__gte": 0.5, "flag": ()}, {"limit": 5}), {"accuracy.gte": "0.5", "limit": "5"}),
        ((None, None, {"strict": True}), {"strict": "true"}),
    ],
)
def test_arguments_become_the_query(arguments: tuple[None, None, None], query: dict[str, str]) -> None:
    assert query_parameters(*arguments) == query


def test_a_service_that_is_away_for_now_is_asked_again_where_that_can_do_no_harm(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    paused: list[float] = []
    monkeypatch.setattr("time.sleep", paused.append)
    asked: list[str] = []
    headers = {"Retry-After": "5"}

    def client(*, after: int = 100, retries: int = 2) -> Client:
        asked.clear()
        paused.clear()

        def handle(request: httpx.Request) -> httpx.Response:
            asked.append(request.method)
            if len(asked) > after:
                return httpx.Response(200, json={"items": []})
            return httpx.Response(503, json={"code": "store_unavailable", "detail": "Away."}, headers=headers)

        return Client("http://service", transport=httpx.MockTransport(handle), retries=retries)

    assert client(after=2).get("/v1/models") == {"items": []}
    assert (len(asked), paused) == (3, [5.0, 5.0])
    assert dict(client(after=1).evaluations.submit(model="resnet18.a1_in1k")) == {"items": []}
    calls: list[tuple[Callable[[Client], object], int, int]] = [
        (lambda own: own.get("/v1/models"), 2, 3),
        (lambda own: own.get("/v1/models"), 0, 1),
        # Under one key they are done once, however often they are sent.
        (lambda own: own.evaluations.retry("ev-0"), 2, 3),
        (lambda own: own.results.add(b""), 2, 3),
        # Nobody knows whether the first one was done.
        (lambda own: own.models.delete("mine"), 2, 1),
    ]
    for call, retries, times in calls:
        with pytest.raises(ApiError, match="Away"):
            call(client(retries=retries))
        assert len(asked) == times
    # Whether it is ready is a question about now.
    assert not client().ready()
    assert paused == []
    headers["Retry-After"] = "3600"
    assert client(after=1).get("/v1/models") == {"items": []}
    assert paused == [10.0]
    # A part that is not installed stays so.
    headers.clear()
    with pytest.raises(ApiError):
        client().get("/v1/models")
    assert len(asked) == 1


def test_a_busy_service_is_asked_again_when_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    busy = httpx.Response(429, json={"code": "busy", "detail": "Others wait."}, headers={"Retry-After": "5"})
    pauses: list[float] = []
    monkeypatch.setattr("time.sleep", pauses.append)
    answers = [busy, httpx.Response(429, json={"code": "busy"}), httpx.Response(200, json={"a": 1})]
    assert scripted_client(lambda _: answers.pop(0)).get("/v1/stability") == {"a": 1}
    assert pauses == [5.0, 1.0]
    with pytest.raises(ApiError, match="Others wait"):
        scripted_client(lambda _: busy).get("/v1/stability")
    assert len(pauses) == 4
    with pytest.raises(ApiError, match="full"):
        scripted_client(lambda _: httpx.Response(429, json={"code": "queue_full", "detail": "full"})).get(
            "/v1/evaluations"
        )
    assert len(pauses) == 4


def test_the_largest_page_is_the_interfaces() -> None:
    assert PAGE_SIZE == MAX_LIMIT
