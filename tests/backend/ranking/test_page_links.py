"""Pages by the header Link alone, as a program follows them that knows nothing of cursors."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from fastapi import Request

from backend.ranking.page_links import page_links
from tests.backend.conftest import TOKEN

Serve = Callable[[str], httpx.Client]
Build = Callable[..., bytes]


def request_of(query: bytes, method: str = "GET") -> Request:
    return Request({"type": "http", "method": method, "path": "/v1/models", "query_string": query, "headers": []})


def links(answer: httpx.Response) -> dict[str, httpx.URL]:
    """Where the links of an answer lead, by relation."""
    return {str(relation): answer.url.join(link["url"]) for relation, link in answer.links.items()}


def ids(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return [item.get("model_id") or item["import_id"] for item in items]


def test_a_link_keeps_the_question_and_changes_the_cursor() -> None:
    found = page_links(request_of(b"q=a%20b&cursor=old&limit=5"), {"next": "new", "first": None})
    assert found == {"Link": '<?q=a%20b&limit=5&cursor=new>; rel="next", <?q=a%20b&limit=5>; rel="first"'}


@pytest.mark.parametrize("sent", ["c%75rsor=old", "%63ursor=old", "cursor", "cursor=old&cursor=older"])
def test_a_cursor_is_replaced_however_it_is_encoded(sent: str) -> None:
    found = page_links(request_of(f"{sent}&limit=5&q=cursor".encode()), {"next": "new"})
    assert found == {"Link": '<?limit=5&q=cursor&cursor=new>; rel="next"'}


def test_nothing_in_a_query_ends_a_link() -> None:
    found = page_links(request_of(b'q=a>"b\xc3\xa9|'), {"next": "new"})
    assert found == {"Link": '<?q=a%3E%22b%C3%83%C2%A9%7C&cursor=new>; rel="next"'}


def test_a_question_in_a_body_has_no_address_to_link_to(client: httpx.Client) -> None:
    assert page_links(request_of(b"", "POST"), {"next": "new"}) == {}
    assert page_links(request_of(b""), {}) == {}
    answer = client.post("/v1/rankings", json={"limit": 5})
    assert answer.json()["next_cursor"]
    assert "link" not in answer.headers


@pytest.mark.parametrize("path", ["/v1/models?limit=100", "/v1/rankings?limit=100&sort=-accuracy,name&w.accuracy=2"])
def test_links_lead_through_all_pages_and_back(client: httpx.Client, path: str) -> None:
    answers = [client.get(path)]
    while following := links(answers[-1]).get("next"):
        answers.append(client.get(following))
    found = [ids(answer) for answer in answers]
    assert [len(page) for page in found] == [100, 100, 100, 26]
    assert len({each for page in found for each in page}) == 326
    assert [sorted(links(answer)) for answer in answers] == [
        ["next"],
        *[["first", "next", "prev"]] * 2,
        ["first", "prev"],
    ]
    for before, answer in zip(found, answers[1:], strict=False):
        assert ids(client.get(links(answer)["prev"])) == before
        assert ids(client.get(links(answer)["first"])) == found[0]


def test_other_formats_have_the_links_too(client: httpx.Client) -> None:
    whole = client.get("/v1/models?format=csv").text.splitlines()
    first = client.get("/v1/models?format=csv&limit=200")
    # The second time it is a kept file, whose links are those of the request all the same.
    assert (
        client.get("/v1/models?limit=200&format=csv").links["next"]["url"].startswith("?limit=200&format=csv&cursor=")
    )
    second = client.get(links(first)["next"])
    assert first.text.splitlines() + second.text.splitlines()[1:] == whole
    assert sorted(links(second)) == ["first", "prev"]
    rest = client.get("/v1/models", params={"format": "csv", "cursor": first.headers["x-next-cursor"]})
    assert rest.text == second.text
    assert sorted(links(rest)) == ["first"]


def test_lists_of_what_is_done_here_have_them(
    serve: Serve, study_sqlite_url: str, writing_headers: dict[str, str], results_csv: Build
) -> None:
    service = serve(study_sqlite_url)
    service.headers["Authorization"] = f"Bearer {TOKEN}"
    for number in range(3):
        rows = results_csv({"model_id": f"mine-{number}", "name": f"Mine {number}"})
        assert service.post("/v1/imports", content=rows, headers=writing_headers).status_code == 201
        asked = {"model": f"resnet18.a{number + 1}_in1k", "name": f"Measured {number}"}
        assert service.post("/v1/evaluations", json=asked).status_code == 202
    for path, key in (("/v1/imports", "import_id"), ("/v1/evaluations", "evaluation_id")):
        whole = [item[key] for item in service.get(path).json()["items"]]
        assert len(whole) == 3
        first = service.get(f"{path}?limit=2")
        second = service.get(links(first)["next"])
        assert [item[key] for answer in (first, second) for item in answer.json()["items"]] == whole
        assert [sorted(links(answer)) for answer in (first, second)] == [["next"], ["first"]]
        assert links(second)["first"].params["limit"] == "2"
