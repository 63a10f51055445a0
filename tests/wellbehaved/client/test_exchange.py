"""What is asked and when it is asked again, without a network."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from wellbehaved import ApiError, ApiUnreachable
from wellbehaved.client.exchange import (
    FILE_TIMEOUT,
    REMEMBERED_ANSWERS,
    Course,
    Destination,
    Exchange,
    Operation,
    Pause,
    Request,
    Steps,
    Work,
    as_httpx,
)

AWAY = httpx.Response(503, json={"code": "store_unavailable", "detail": "Away."}, headers={"Retry-After": "2"})
BUSY = httpx.Response(429, json={"code": "busy"})


def played(steps: Steps[Any], *outcomes: httpx.Response | None) -> tuple[list[Operation], Any]:
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


def pauses(asked: list[Operation]) -> list[float]:
    return [each.seconds for each in asked if isinstance(each, Pause)]


OKAY = httpx.Response(200, json={"a": 1})


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ({}, 1.0),
        ({"Retry-After": "0"}, 0.0),
        ({"Retry-After": "7"}, 7.0),
        ({"Retry-After": "10"}, 10.0),
        ({"Retry-After": "3600"}, 10.0),
        ({"Retry-After": "Fri, 27 Nov 2026 09:00:00 GMT"}, 1.0),
        ({"Retry-After": "-5"}, 1.0),
        ({"Retry-After": "1.5"}, 1.0),
        ({"Retry-After": ""}, 1.0),
    ],
)
def test_a_pause_is_as_long_as_the_service_says_and_never_longer_than_ten_seconds(
    said: dict[str, str], seconds: float
) -> None:
    busy = httpx.Response(429, json={"code": "busy"}, headers=said)
    asked, _ = played(Exchange().get("/v1/x"), busy, None, OKAY)
    assert pauses(asked) == [seconds]


def test_a_busy_service_is_asked_three_times_in_all_whatever_changes() -> None:
    asked, answer = played(Exchange(retries=0).post("/v1/x", {}), BUSY, None, BUSY, None, OKAY)
    assert (answer, len(pauses(asked))) == ({"a": 1}, 2)
    with pytest.raises(ApiError) as refused:
        played(Exchange(retries=9).get("/v1/x"), BUSY, None, BUSY, None, BUSY)
    assert (refused.value.status, refused.value.code) == (429, "busy")


@pytest.mark.parametrize("retries", [0, 1, 2, 5])
def test_a_service_that_is_away_is_asked_again_as_often_as_the_client_was_made_to(retries: int) -> None:
    outcomes: list[httpx.Response | None] = [AWAY, None] * retries
    asked, answer = played(Exchange(retries).get("/v1/x"), *outcomes, OKAY)
    assert (answer, len(pauses(asked))) == ({"a": 1}, retries)
    with pytest.raises(ApiError, match="Away"):
        played(Exchange(retries).get("/v1/x"), *outcomes, AWAY)


def test_busy_and_away_are_counted_apart() -> None:
    asked, _ = played(Exchange(1).get("/v1/x"), BUSY, None, AWAY, None, BUSY, None, OKAY)
    assert pauses(asked) == [1.0, 2.0, 1.0]


@pytest.mark.parametrize(
    "answer",
    [
        # A queue that is full stays so.
        httpx.Response(429, json={"code": "queue_full", "detail": "No."}, headers={"Retry-After": "1"}),
        # Without the header it is not said to be for now.
        httpx.Response(503, json={"code": "no_checker", "detail": "No."}),
        httpx.Response(502, json={"code": "gateway", "detail": "No."}, headers={"Retry-After": "1"}),
        httpx.Response(500, json={"code": "internal", "detail": "No."}, headers={"Retry-After": "1"}),
        httpx.Response(404, json={"code": "unknown_model", "detail": "No."}),
    ],
)
def test_what_will_not_pass_by_itself_is_raised_at_once(answer: httpx.Response) -> None:
    with pytest.raises(ApiError, match="No"):
        played(Exchange().get("/v1/x"), answer)


def page(items: list[int], cursor: str | None, **more: object) -> httpx.Response:
    return httpx.Response(200, json={"items": items, "next_cursor": cursor, **more})


def queries(asked: list[Operation]) -> list[dict[str, str]]:
    return [dict(each.query) for each in asked if isinstance(each, Request)]


def test_all_pages_are_gathered_under_the_first_answer() -> None:
    steps = Exchange().pages("/v1/x", {"q": "a"}, limit=None)
    asked, answer = played(steps, page([1, 2], "c1", total=3), page([3], "c2", total=9), page([4], None))
    first, items = answer
    assert (first["total"], items) == (3, [1, 2, 3, 4])
    assert queries(asked) == [
        {"q": "a", "limit": "1000"},
        {"q": "a", "limit": "1000", "cursor": "c1"},
        {"q": "a", "limit": "1000", "cursor": "c2"},
    ]


def test_no_more_is_asked_for_than_is_needed() -> None:
    thousand = list(range(1000))
    asked, answer = played(
        Exchange().pages("/v1/x", {}, limit=2500), page(thousand, "a"), page(thousand, "b"), page(thousand[:500], "c")
    )
    assert [each["limit"] for each in queries(asked)] == ["1000", "1000", "500"]
    assert len(answer[1]) == 2500
    # A limit that one page meets ends there, whatever follows.
    asked, answer = played(Exchange().pages("/v1/x", {}, limit=2), page([1, 2], "more"))
    assert queries(asked) == [{"limit": "2"}]
    assert answer[1] == [1, 2]


def test_a_list_without_pages_ends_with_its_only_answer() -> None:
    asked, answer = played(Exchange().pages("/v1/x", {}, limit=None), httpx.Response(200, json={"items": [1]}))
    assert (len(asked), answer) == (1, ({"items": [1]}, [1]))


def test_an_answer_that_is_unchanged_is_the_one_that_was_remembered() -> None:
    exchange = Exchange()
    tagged = httpx.Response(200, json={"a": 1}, headers={"ETag": '"v1"'})
    played(exchange.get("/v1/x", {"q": "a"}), tagged)
    asked, answer = played(exchange.get("/v1/x", {"q": "a"}), httpx.Response(304))
    assert (answer, asked[0]) == (
        {"a": 1}, Request("GET", "/v1/x", {"q": "a"}, headers={"If-None-Match": '"v1"'}, repeatable=True),
    )  # fmt: skip
    # Another question of the same path has an answer of its own, and so has one that was renewed.
    (other,), _ = played(exchange.get("/v1/x", {"q": "b"}), OKAY)
    assert isinstance(other, Request)
    assert other.headers == {}
    played(exchange.get("/v1/x", {"q": "a"}), httpx.Response(200, json={"a": 2}, headers={"ETag": '"v2"'}))
    asked, answer = played(exchange.get("/v1/x", {"q": "a"}), httpx.Response(304))
    assert answer == {"a": 2}
    assert isinstance(asked[0], Request)
    assert asked[0].headers["If-None-Match"] == '"v2"'


def test_an_answer_that_was_renewed_outlives_older_ones() -> None:
    exchange = Exchange()
    tagged = httpx.Response(200, json={}, headers={"ETag": '"1"'})
    for number in range(REMEMBERED_ANSWERS):
        played(exchange.get(f"/v1/{number}"), tagged)
    played(exchange.get("/v1/0"), tagged)
    played(exchange.get("/v1/new"), tagged)
    held = {}
    for number in (0, 1, 2):
        (asked,), _ = played(exchange.get(f"/v1/{number}"), OKAY)
        assert isinstance(asked, Request)
        held[number] = "If-None-Match" in asked.headers
    assert held == {0: True, 1: False, 2: True}


def test_a_document_is_sent_as_json_with_numbers_of_numpy() -> None:
    asked, _ = played(Exchange().post("/v1/x", {"weight": np.float64(0.5), "name": "ä"}, 3.0), OKAY)
    [request] = asked
    assert isinstance(request, Request)
    assert isinstance(request.content, bytes)
    assert json.loads(request.content) == {"weight": 0.5, "name": "ä"}
    assert (request.method, dict(request.headers), request.timeout) == (
        "POST", {"Content-Type": "application/json"}, 3.0,
    )  # fmt: skip


def test_a_post_is_sent_again_only_where_it_may_be() -> None:
    asked, answer = played(Exchange().post("/v1/x", {}, repeat=True), AWAY, None, OKAY)
    assert (answer, len(asked)) == ({"a": 1}, 3)
    asked, answer = played(Exchange().delete("/v1/x", {"a": "b"}), OKAY)
    assert (answer, asked) == ({"a": 1}, [Request("DELETE", "/v1/x", {"a": "b"})])
    with pytest.raises(ApiError):
        played(Exchange().delete("/v1/x"), AWAY)


def test_the_key_of_what_is_to_happen_once_is_a_quoted_string() -> None:
    asked, _ = played(Exchange().post("/v1/x", {}, once=True), OKAY)
    assert re.fullmatch(r'"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"', key_of(asked[0]))


def test_a_file_is_in_its_place_only_once_it_is_whole(tmp_path: Path) -> None:
    file, part = tmp_path / "all.csv", tmp_path / "all.csv.part"
    file.write_bytes(b"old")
    steps = Exchange().save("/v1/results", {"format": "csv"}, file)
    request = next(steps)
    assert isinstance(request, Request)
    assert (request.save_to, request.timeout, request.repeatable) == (part, FILE_TIMEOUT, True)
    part.write_bytes(b"new")
    work = steps.send(httpx.Response(200))
    assert isinstance(work, Work)
    assert file.read_bytes() == b"old"
    work.run()
    with pytest.raises(StopIteration):
        steps.send(None)
    assert (file.read_bytes(), part.exists()) == (b"new", False)


def test_of_a_file_that_breaks_off_nothing_is_left(tmp_path: Path) -> None:
    file, part = tmp_path / "all.csv", tmp_path / "all.csv.part"
    file.write_bytes(b"old")
    steps = Exchange().save("/v1/results", {}, file)
    next(steps)
    part.write_bytes(b"half")
    with pytest.raises(ApiUnreachable):
        steps.throw(ApiUnreachable("http://s", "ReadError"))
    assert (file.read_bytes(), part.exists()) == (b"old", False)


def test_a_course_hands_outcomes_and_errors_over_and_ends_with_the_answer() -> None:
    def steps() -> Steps[str]:
        try:
            yield Pause(1.0)
        except ConnectionError:
            outcome = yield Pause(2.0)
            return f"after {outcome}"
        return "at once"

    def at(course: Course[str]) -> Operation | None:
        return course.operation

    course = Course(steps())
    assert at(course) == Pause(1.0)
    course.fail(ConnectionError())
    assert at(course) == Pause(2.0)
    course.go_on("a pause")
    assert (at(course), course.answer) == (None, "after a pause")
    quick = Course(steps())
    quick.go_on(None)
    assert (at(quick), quick.answer) == (None, "at once")
    # What the steps do not expect is raised where it happened.
    with pytest.raises(ZeroDivisionError):
        Course(steps()).fail(ZeroDivisionError())


def test_a_network_that_fails_is_said_with_the_service_that_was_asked() -> None:
    destination = Destination("http://s", {}, trust_env=False)
    with pytest.raises(ApiUnreachable) as raised, destination.reachable():
        raise httpx.ReadTimeout("slow")
    assert str(raised.value).startswith("No answer from http://s (ReadTimeout).")
    with pytest.raises(ValueError, match="no network"), destination.reachable():
        raise ValueError("no network")


def test_what_is_empty_is_not_sent() -> None:
    assert as_httpx(Request("GET", "/v1/x")) == {
        "method": "GET", "url": "/v1/x", "params": None, "content": None, "headers": {},
    }  # fmt: skip
    assert as_httpx(Request("GET", "/v1/x", {"a": "b"}))["params"] == {"a": "b"}


def test_a_file_that_is_asked_for_may_be_asked_for_again() -> None:
    asked, content = played(
        Exchange().content("/v1/x", {"format": "csv"}), AWAY, None, httpx.Response(200, content=b"a")
    )
    assert (content, len(asked)) == (b"a", 3)


def test_a_code_that_only_looks_like_busy_is_another(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ApiError, match="a_code"):
        played(Exchange().get("/v1/x"), httpx.Response(429, json={"code": "a_code"}))


@pytest.mark.parametrize(
    ("given", "own", "sent"),
    [(None, "kept", "kept"), ("mine", "kept", "mine"), (None, None, None), ("mine", None, "mine")],
)
def test_a_token_that_is_given_outweighs_the_one_that_is_found(
    monkeypatch: pytest.MonkeyPatch, given: str | None, own: str | None, sent: str | None
) -> None:
    monkeypatch.setattr("wellbehaved.client.exchange.find_service", lambda: ("http://127.0.0.1:9/", own))
    destination = Destination.of(None, given)
    assert destination.base_url == "http://127.0.0.1:9"
    assert destination.headers.get("Authorization") == (sent and f"Bearer {sent}")
