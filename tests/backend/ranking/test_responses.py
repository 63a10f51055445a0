import base64
import csv
import io
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from threading import Event
from typing import Any

import httpx
import pytest

from backend.ranking.responses import Answers

Build = Callable[..., bytes]
Serve = Callable[[str], httpx.Client]
LISTS = ("/v1/rankings", "/v1/models")
DOCUMENTS = (
    "/v1/comparisons?models=resnet50,alexnet",
    "/v1/correlations",
    "/v1/facets",
    "/v1/models/resnet50",
    "/v1/pareto?dimensions=accuracy,parameters_millions",
    *LISTS,
)


def etag(client: httpx.Client, path: str, **headers: str) -> str:
    response = client.get(path, headers=headers)
    assert response.status_code == 200, response.text
    return response.headers["etag"]


def pages(client: httpx.Client, path: str, limits: tuple[int, ...], **query: str) -> list[list[str]]:
    """The model_ids of each page, by following the cursors; the limits take turns."""
    found: list[list[str]] = []
    cursor: str | None = None
    while True:
        page = {"limit": str(limits[len(found) % len(limits)])} | ({"cursor": cursor} if cursor else {})
        response = client.get(path, params={**query, **page})
        assert response.status_code == 200, response.text
        document = response.json()
        found.append([item["model_id"] for item in document["items"]])
        cursor = document["next_cursor"]
        if cursor is None:
            return found


@pytest.mark.parametrize("path", DOCUMENTS)
def test_who_holds_the_answer_gets_no_second_one(client: httpx.Client, path: str) -> None:
    whole = client.get(path)
    tag = whole.headers["etag"]
    assert tag.startswith(f'"{whole.json()["data_version"]}-')
    for held in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        response = client.get(path, headers={"If-None-Match": held})
        assert (response.status_code, response.content) == (304, b""), held
        for name in ("etag", "cache-control", "vary", "x-data-version"):
            assert response.headers[name] == whole.headers[name]
    for held in ('"other"', tag.strip('"'), tag.replace('"', "'"), "", f"{tag}x"):
        assert client.get(path, headers={"If-None-Match": held}).status_code == 200, held


def test_equal_questions_have_equal_names_and_other_ones_others(client: httpx.Client) -> None:
    first = etag(client, "/v1/rankings?w.accuracy=2&architecture=cnn")
    assert etag(client, "/v1/rankings?architecture=cnn&w.accuracy=2.0&preset=paper&format=json") == first
    others = (
        "/v1/rankings?architecture=cnn&w.accuracy=3",
        "/v1/rankings?architecture=transformer&w.accuracy=2",
        "/v1/rankings?w.accuracy=2&architecture=cnn&limit=51",
        "/v1/rankings?w.accuracy=2&architecture=cnn&sort=name",
        "/v1/rankings?w.accuracy=2&architecture=cnn&quality=screened",
        "/v1/rankings?w.accuracy=2&architecture=cnn&format=csv",
        "/v1/facets?w.accuracy=2&architecture=cnn",
    )
    names = {etag(client, other) for other in others} | {first}
    assert len(names) == len(others) + 1
    assert etag(client, "/v1/rankings?w.accuracy=2&architecture=cnn", Accept="text/csv") == etag(client, others[5])
    cursor = client.get("/v1/rankings?w.accuracy=2&architecture=cnn").json()["next_cursor"]
    assert etag(client, f"/v1/rankings?w.accuracy=2&architecture=cnn&cursor={cursor}") not in names


@pytest.mark.parametrize("path", ["/v1/stability", "/v1/rank-intervals"])
@pytest.mark.parametrize("limits", [("", "&limit=50"), ("&limit=50", "")])
def test_no_limit_is_not_the_limit_of_a_page(client: httpx.Client, path: str, limits: tuple[str, str]) -> None:
    """Whichever of the two is asked first: without a limit these list all models."""
    # A seed of its own for each order, so that nothing is kept yet.
    question = f"{path}?draws=100&seed={4 + len(limits[0])}"
    answers = {limit: client.get(question + limit) for limit in limits}
    assert {limit: len(answer.json()["items"]) for limit, answer in answers.items()} == {"": 326, "&limit=50": 50}
    assert answers[""].headers["etag"] != answers["&limit=50"].headers["etag"]
    held = client.get(question, headers={"If-None-Match": answers["&limit=50"].headers["etag"]})
    assert (held.status_code, held.content) == (200, answers[""].content)


def test_only_get_is_answered_with_not_modified(client: httpx.Client) -> None:
    tag = client.post("/v1/rankings", json={}).headers["etag"]
    assert client.post("/v1/rankings", json={}, headers={"If-None-Match": tag}).status_code == 200


def test_a_bad_cursor_is_refused_even_where_any_answer_is_held(client: httpx.Client) -> None:
    assert client.get("/v1/rankings?cursor=abc", headers={"If-None-Match": "*"}).status_code == 422


@pytest.mark.parametrize("limits", [(1000,), (326,), (325,), (50,), (7, 1, 100)])
@pytest.mark.parametrize("path", LISTS)
def test_pages_hold_everything_once_and_in_order(client: httpx.Client, path: str, limits: tuple[int, ...]) -> None:
    whole = [item["model_id"] for item in client.get(path, params={"limit": "1000"}).json()["items"]]
    found = pages(client, path, limits)
    assert [model_id for page in found for model_id in page] == whole
    assert all(found)


def test_pages_of_a_filtered_sorted_question(client: httpx.Client) -> None:
    question = {"quality": "screened", "sort": "-class_balance,name", "training": "supervised", "w.shape_bias": "3"}
    whole = pages(client, "/v1/rankings", (1000,), **question)
    assert [list(chain(*pages(client, "/v1/rankings", (11,), **question)))] == whole


def test_a_cursor_is_the_same_every_time_and_serves_every_format(client: httpx.Client) -> None:
    first, again = (client.get("/v1/rankings?limit=5").json()["next_cursor"] for _ in range(2))
    assert first == again
    table = client.get("/v1/rankings?limit=5&format=csv")
    assert table.headers["x-next-cursor"] == first
    following = client.get(f"/v1/rankings?limit=5&format=csv&cursor={first}")
    ids = [row["model_id"] for row in csv.DictReader(io.StringIO(following.text))]
    assert ids == [item["model_id"] for item in client.get(f"/v1/rankings?limit=5&cursor={first}").json()["items"]]
    by_body = client.post("/v1/rankings", json={"limit": 5, "cursor": first}).json()
    assert [item["model_id"] for item in by_body["items"]] == ids
    assert "x-next-cursor" not in client.get("/v1/rankings?limit=1000&format=csv").headers


def parts_of(cursor: str) -> list[Any]:
    parts: list[Any] = json.loads(base64.urlsafe_b64decode(cursor + "==="))
    return parts


def made_of(*parts: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts, separators=(",", ":")).encode()).decode().rstrip("=")


def refusal(client: httpx.Client, cursor: str, path: str = "/v1/rankings") -> str:
    response = client.get(path, params={"cursor": cursor, "limit": "5"})
    assert response.status_code == 422, cursor
    assert response.json()["next_step"] == "Leave `cursor` out to start at the first page."
    return str(response.json()["code"])


def test_an_edited_cursor_is_noticed(client: httpx.Client) -> None:
    cursor = client.get("/v1/rankings?limit=5").json()["next_cursor"]
    version, start, seal = parts_of(cursor)
    assert made_of(version, start, seal) == cursor
    starts: tuple[object, ...] = (0, 6, -5, 10**6, 10**30, 5.0, 5.5, "5", True, None, [], {}, float("inf"))
    edited = [made_of(version, other, seal) for other in starts]
    edited += [made_of("1-00000000", start, seal), made_of(version, start, seal[::-1]), made_of(version, start)]
    edited += [made_of(), made_of(version, start, seal, 1), "", "é", "%", "=", "0", "[]", made_of([[]] * 3)]
    edited += [f"{cursor}=", f" {cursor}", f"{cursor}A", cursor[:-1], cursor.lower(), base64.b64encode(b"{}").decode()]
    for each in edited:
        assert refusal(client, each) == "invalid_cursor"


@pytest.mark.parametrize("position", range(0, 50, 3))
def test_a_cursor_with_one_letter_changed_is_noticed(client: httpx.Client, position: int) -> None:
    cursor = client.get("/v1/rankings?limit=5").json()["next_cursor"]
    letter = "A" if cursor[position] != "A" else "B"
    assert refusal(client, cursor[:position] + letter + cursor[position + 1 :]) == "invalid_cursor"


def test_a_cursor_of_another_question_is_noticed(client: httpx.Client) -> None:
    for other in ("/v1/rankings?sort=name", "/v1/rankings?w.accuracy=2", "/v1/rankings?architecture=cnn", "/v1/models"):
        assert refusal(client, client.get(other).json()["next_cursor"]) == "invalid_cursor"
    assert refusal(client, client.get("/v1/rankings").json()["next_cursor"], "/v1/models") == "invalid_cursor"


def test_a_cursor_from_before_a_change_is_stale(
    serve: Serve, study_sqlite_url: str, writing_headers: dict[str, str], results_csv: Build
) -> None:
    service = serve(study_sqlite_url)
    cursors = {path: service.get(path).json()["next_cursor"] for path in LISTS}
    assert service.post("/v1/imports", content=results_csv({}), headers=writing_headers).status_code == 201
    for path, cursor in cursors.items():
        response = service.get(path, params={"cursor": cursor})
        assert (response.status_code, response.json()["code"]) == (409, "stale_cursor")
        assert cursors[path] != service.get(path).json()["next_cursor"]
        version, start, seal = parts_of(cursor)
        # One that only claims to be of the new version is none.
        forged = made_of(service.get(path).json()["data_version"], start, seal)
        assert refusal(service, forged, path) == "invalid_cursor"
        assert version in response.json()["detail"]


def test_long_answers_are_computed_once_and_the_oldest_goes_first() -> None:
    answers, computed = Answers(most_bytes=2), []

    def ask(etag: str) -> bytes:
        return answers.body(etag, lambda: computed.append(etag) or etag.encode())  # type: ignore[func-returns-value]

    assert [ask(etag) for etag in ("a", "b", "a", "c", "a", "b")] == [b"a", b"b", b"a", b"c", b"a", b"b"]
    assert computed == ["a", "b", "c", "b"]


def test_long_answers_are_kept_by_their_size() -> None:
    answers, computed = Answers(most_bytes=10), []

    def ask(etag: str, length: int) -> None:
        answers.body(etag, lambda: computed.append(etag) or b"x" * length)  # type: ignore[func-returns-value]

    for etag, length in (("a", 4), ("b", 6), ("a", 4), ("c", 4), ("a", 4), ("b", 6), ("large", 11), ("a", 4)):
        ask(etag, length)
    assert computed == ["a", "b", "c", "b", "large"]


def test_threads_that_ask_the_same_at_once_get_one_computation() -> None:
    answers, computed, go = Answers(), [], Event()

    def compute() -> bytes:
        computed.append(1)
        go.wait(20)
        return b"found"

    with ThreadPoolExecutor(4) as threads:
        asked = [threads.submit(answers.body, "etag", compute) for _ in range(4)]
        go.set()
        assert [each.result(20) for each in asked] == [b"found"] * 4
    assert computed == [1]
