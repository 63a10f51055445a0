import httpx
import pytest
from fastapi import Request

from backend.problems import ProblemError
from backend.ranking.byte_ranges import file_response

PATH = "/v1/rankings?limit=20&format="
CSV = f"{PATH}csv"


@pytest.fixture(scope="module")
def whole(client: httpx.Client) -> httpx.Response:
    answer = client.get(CSV, headers={"Accept-Encoding": "identity"})
    assert answer.headers["accept-ranges"] == "bytes"
    return answer


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-0", 0, 1), ("bytes=0-99", 0, 100), ("bytes=5-9", 5, 10), ("bytes=100-", 100, None),
        ("bytes=-7", -7, None), ("BYTES= 1-2 ", 1, 3), ("bytes=0-99999999", 0, None), ("bytes=-99999999", 0, None),
    ],
)  # fmt: skip
def test_a_part_is_what_the_whole_has_there(
    client: httpx.Client, whole: httpx.Response, asked: str, start: int, end: int | None
) -> None:
    answer = client.get(CSV, headers={"Range": asked})
    size = len(whole.content)
    first, after, _ = slice(start, end).indices(size)
    assert (answer.status_code, answer.content) == (206, whole.content[start:end])
    assert answer.headers["content-range"] == f"bytes {first}-{after - 1}/{size}"
    for name in ("etag", "content-type", "content-disposition", "x-data-version", "link", "x-next-cursor"):
        assert answer.headers[name] == whole.headers[name]
    assert "content-encoding" not in answer.headers


@pytest.mark.parametrize("asked", ["bytes=999999-", "bytes=-0", "bytes=999999-9999999"])
def test_a_part_beyond_the_end_is_refused_with_the_size(
    client: httpx.Client, whole: httpx.Response, asked: str
) -> None:
    answer = client.get(CSV, headers={"Range": asked})
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (416, "range_not_satisfiable")
    assert answer.headers["content-range"] == f"bytes */{len(whole.content)}"
    assert asked in problem["detail"]
    assert f"bytes=0-{len(whole.content) - 1}" in problem["next_step"]


def test_an_empty_file_has_no_part_to_advise() -> None:
    request = Request({"type": "http", "method": "GET", "headers": [(b"range", b"bytes=0-")]})
    with pytest.raises(ProblemError) as refused:
        file_response(request, b"", media_type="text/csv", headers={"ETag": '"a"'})
    assert (refused.value.status, refused.value.next_step) == (416, "Leave Range out.")


@pytest.mark.parametrize(
    "asked", ["", "bytes=", "bytes=-", "bytes=9-5", "bytes=0-1,5-6", "lines=0-1", "bytes=a-b", "bytes=٣-٤"]
)
def test_what_is_no_single_range_gets_the_whole(client: httpx.Client, whole: httpx.Response, asked: str) -> None:
    answer = client.get(CSV, headers={b"Range": asked.encode()})
    assert (answer.status_code, answer.content) == (200, whole.content)


def test_a_part_of_another_file_is_not_mixed_in(client: httpx.Client, whole: httpx.Response) -> None:
    same = {"Range": "bytes=0-3", "If-Range": whole.headers["etag"]}
    assert client.get(CSV, headers=same).status_code == 206
    for other in ('"other"', f"W/{whole.headers['etag']}", "Thu, 26 Nov 2026 12:00:00 GMT"):
        answer = client.get(CSV, headers={**same, "If-Range": other})
        assert (answer.status_code, answer.content) == (200, whole.content)


def test_a_range_is_a_matter_of_get(client: httpx.Client, whole: httpx.Response) -> None:
    head = client.head(CSV, headers={"Range": "bytes=0-3", "Accept-Encoding": "identity"})
    assert (head.status_code, head.headers["content-length"]) == (200, str(len(whole.content)))
    assert head.headers["accept-ranges"] == "bytes"
    by_body = client.post("/v1/rankings", json={"limit": 20, "format": "csv"}, headers={"Range": "bytes=0-3"})
    assert (by_body.status_code, by_body.content) == (200, whole.content)


@pytest.mark.parametrize("name", ["csv", "ndjson", "parquet"])
def test_parts_of_all_formats_make_up_the_whole(client: httpx.Client, name: str) -> None:
    whole = client.get(PATH + name).content
    parts = [
        client.get(PATH + name, headers={"Range": f"bytes={start}-{start + 4095}"})
        for start in range(0, len(whole), 4096)
    ]
    assert len(parts) > 2
    assert b"".join(part.content for part in parts) == whole


def test_json_is_answered_whole(client: httpx.Client) -> None:
    answer = client.get("/v1/rankings?limit=2", headers={"Range": "bytes=0-3"})
    assert (answer.status_code, "accept-ranges" in answer.headers) == (200, False)
