"""What is asked and when it is asked again, without a network."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from wellbehaved import ApiError
from wellbehaved.client.exchange import (
    REMEMBERED_ANSWERS,
    Destination,
    Exchange,
    Operation,
    Pause,
    Request,
    Steps,
    as_httpx,
)

AWAY = httpx.Response(503, json={"code": "store_unavailable", "detail": "Away."}, headers={"Retry-After": "2"})
BUSY = httpx.Response(429, json={"code": "busy"})


def played(steps: Steps[Any], *outcomes: httpx.Response | None) -> tuple[list[Operation], object]:
    """The operations that steps ask for, and their answer, where these are what comes of them."""
    asked = [next(steps)]
    try:
        for outcome in outcomes:
            asked.append(steps.send(outcome))  # noqa: PERF401 - StopIteration cannot leave a comprehension
    except StopIteration as ended:
        return asked, ended.value
    pytest.fail(f"more is asked for: {asked}")


def test_a_service_that_is_away_is_asked_again_where_that_changes_nothing() -> None:
    asked, answer = played(Exchange().get("/v1/x"), AWAY, None, httpx.Response(200, json={"a": 1}))
    assert answer == {"a": 1}
    assert [type(each) for each in asked] == [Request, Pause, Request]
    assert asked[0] == asked[2]
    assert asked[1] == Pause(2.0)
    for steps in (Exchange(0).get("/v1/x"), Exchange().post("/v1/x", {}), Exchange().send(Request("GET", "/v1/x"))):
        with pytest.raises(ApiError, match="Away"):
            played(steps, AWAY)


def test_blocks_that_were_sent_are_not_sent_again() -> None:
    body = Request("POST", "/v1/x", content=iter([b"a"]))
    with pytest.raises(ApiError, match="busy"):
        played(Exchange().document(body), BUSY)
    asked, _ = played(Exchange().document(Request("POST", "/v1/x")), BUSY, None, httpx.Response(200, json={}))
    assert len(asked) == 3


def test_only_the_latest_answers_are_remembered() -> None:
    exchange = Exchange()
    tagged = httpx.Response(200, json={}, headers={"ETag": '"1"'})
    for number in range(REMEMBERED_ANSWERS + 5):
        played(exchange.get(f"/v1/{number}"), tagged)
    (first,), _ = played(exchange.get("/v1/0"), tagged)
    (last,), _ = played(exchange.get(f"/v1/{REMEMBERED_ANSWERS + 4}"), tagged)
    assert isinstance(first, Request)
    assert isinstance(last, Request)
    assert "If-None-Match" not in first.headers
    assert last.headers["If-None-Match"] == '"1"'


def test_without_a_time_of_its_own_that_of_the_client_holds() -> None:
    assert "timeout" not in as_httpx(Request("GET", "/"))
    assert as_httpx(Request("GET", "/", timeout=3.0))["timeout"] == 3.0


@pytest.mark.parametrize(("url", "trusted"), [("http://127.0.0.1:1/", False), ("https://rank.example.org/", True)])
def test_a_proxy_is_asked_for_other_machines_alone(url: str, trusted: bool) -> None:
    destination = Destination.of(url, "t")
    assert destination == Destination(
        url.rstrip("/"), {"Accept": "application/json", "Authorization": "Bearer t"}, trust_env=trusted
    )


def test_a_file_is_a_body_of_blocks() -> None:
    blocks: Iterator[bytes] = iter([b"a"])
    assert as_httpx(Request("POST", "/", content=blocks))["content"] is blocks


def key_of(request: Operation) -> str:
    assert isinstance(request, Request)
    return request.headers["Idempotency-Key"]


def test_what_is_to_happen_once_is_sent_again_under_the_same_key() -> None:
    in_use = httpx.Response(409, json={"code": "idempotency_key_in_use"}, headers={"Retry-After": "5"})
    made = httpx.Response(201, json={"made": 1})
    asked, answer = played(Exchange().post("/v1/x", {}, once=True), AWAY, None, in_use, None, made)
    assert answer == {"made": 1}
    assert [type(each) for each in asked] == [Request, Pause, Request, Pause, Request]
    assert len({key_of(asked[place]) for place in (0, 2, 4)}) == 1
    other, _ = played(Exchange().post("/v1/x", {}, once=True), made)
    assert key_of(other[0]) != key_of(asked[0])


def test_another_conflict_is_no_reason_to_ask_again() -> None:
    conflict = httpx.Response(409, json={"code": "nothing_to_retry", "detail": "Runs."}, headers={"Retry-After": "5"})
    with pytest.raises(ApiError, match="Runs"):
        played(Exchange().post("/v1/x", {}, once=True), conflict)


def test_what_may_happen_twice_has_no_key() -> None:
    asked, _ = played(Exchange().post("/v1/x", {}), httpx.Response(200, json={}))
    assert isinstance(asked[0], Request)
    assert "Idempotency-Key" not in asked[0].headers
