import csv
import io
import json
from typing import Any

import httpx
import pyarrow.parquet as pq
import pytest
from fastapi import Request

from backend.problems import ProblemError
from backend.ranking.formats import ENCODERS, MEDIA_TYPES, Table, chosen_format, to_csv, to_ndjson, to_parquet
from quba.dimensions import DIMENSIONS

TABLE = Table(
    {"rank": int, "score": float, "name": str},
    [{"rank": 1, "score": 0.1 + 0.2, "name": "A"}, {"rank": None, "score": None, "name": None}],
)
QUERIES: tuple[dict[str, str], ...] = (
    {"limit": "1000"},
    {"quality": "screened", "architecture": "cnn", "w.calibration_error": "0", "sort": "name", "limit": "40"},
    {"accuracy.gte": "2"},
)


def accepting(accept: str | None) -> Request:
    headers = [] if accept is None else [(b"accept", accept.encode())]
    return Request({"type": "http", "method": "GET", "path": "/", "headers": headers})


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (None, "json"),
        ("", "json"),
        ("*/*", "json"),
        ("application/json", "json"),
        ("application/*", "json"),
        ("text/html, application/xhtml+xml;q=0.9, */*;q=0.8", "json"),
        ("text/csv", "csv"),
        ("Text/CSV; charset=utf-8", "csv"),
        ("text/*", "csv"),
        ("application/x-ndjson", "ndjson"),
        ("application/vnd.apache.parquet", "parquet"),
        ("application/json;q=0.5, text/csv", "csv"),
        ("application/json;q=0, text/csv;q=0.1", "csv"),
        ("text/csv;q=high, application/x-ndjson;q=0.1", "ndjson"),
    ],
)
def test_the_accept_header_chooses(accept: str | None, chosen: str) -> None:
    assert chosen_format(accepting(accept), None) == chosen


@pytest.mark.parametrize(
    "accept", ["text/html", "application/json;q=0", "application/json;q=nan", "image/*, ;q=1", ","]
)
def test_a_header_that_admits_no_format_is_refused(accept: str) -> None:
    with pytest.raises(ProblemError) as refused:
        chosen_format(accepting(accept), None)
    assert (refused.value.status, refused.value.code) == (406, "not_acceptable")
    assert all(name in refused.value.detail for name in MEDIA_TYPES)


def test_the_parameter_goes_before_the_header() -> None:
    assert chosen_format(accepting("text/html"), "parquet") == "parquet"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_csv_holds_no_formula(start: str) -> None:
    table = Table({"name": str, "value": float}, [{"name": f"{start}1+1", "value": -1.5}])
    rows = list(csv.DictReader(io.StringIO(to_csv(table).decode(), newline="")))
    assert rows == [{"name": f"'{start}1+1", "value": "-1.5"}]


def test_csv_quotes_what_it_must_and_leaves_the_absent_empty() -> None:
    table = Table({"name": str, "value": float}, [{"name": 'a,"b"\né', "value": None}])
    assert to_csv(table) == 'name,value\r\n"a,""b""\né",\r\n'.encode()


def test_numbers_survive_to_the_last_digit() -> None:
    from_csv = next(csv.DictReader(io.StringIO(to_csv(TABLE).decode())))
    assert float(from_csv["score"]) == 0.1 + 0.2
    assert json.loads(to_ndjson(TABLE).splitlines()[0])["score"] == 0.1 + 0.2
    assert pq.read_table(io.BytesIO(to_parquet(TABLE))).to_pylist()[0]["score"] == 0.1 + 0.2


def test_a_table_without_rows_keeps_its_columns() -> None:
    empty = Table(TABLE.columns, [])
    assert to_csv(empty) == b"rank,score,name\r\n"
    assert to_ndjson(empty) == b""
    full, none = (pq.read_schema(io.BytesIO(to_parquet(table))) for table in (TABLE, empty))
    assert full.equals(none)
    assert [str(kind) for kind in none.types] == ["int64", "double", "string"]


def flat(item: dict[str, Any], weighted: list[str]) -> dict[str, Any]:
    """What a JSON item of a ranking must look like as one row."""
    nested = ("scores", "contributions", "percentiles", "standings", "missing", "flags", "flagged")
    return {
        **{key: value for key, value in item.items() if key not in nested},
        **item["scores"],
        **{f"contribution.{key}": item["contributions"][key] for key in weighted},
        **{f"percentile.{key}": item["percentiles"][key] for key in DIMENSIONS},
        **{
            f"{name}.{key}": (item["standings"][key] or {}).get(name)
            for name in ("better_than", "level_with", "others")
            for key in DIMENSIONS
        },
        "missing": ";".join(f"{each['dimension']}:{each['reason']}" for each in item["missing"]),
        "flags": ";".join(item["flags"]),
        "flagged": ";".join(f"{key}:{flag}" for key, flags in item["flagged"].items() for flag in flags),
    }


@pytest.mark.parametrize("query", QUERIES, ids=["all", "screened", "none"])
def test_all_formats_of_a_ranking_hold_the_same(client: httpx.Client, query: dict[str, str]) -> None:
    answers = {name: client.get("/v1/rankings", params={**query, "format": name}) for name in MEDIA_TYPES}
    document = answers["json"].json()
    rows = [flat(item, [key for key, weight in document["weights"].items() if weight]) for item in document["items"]]
    assert [json.loads(line) for line in answers["ndjson"].content.splitlines()] == rows
    assert pq.read_table(io.BytesIO(answers["parquet"].content)).to_pylist() == rows
    read = list(csv.DictReader(io.StringIO(answers["csv"].text, newline="")))
    assert read == [{key: "" if value is None else str(value) for key, value in row.items()} for row in rows]
    for name, answer in answers.items():
        assert answer.status_code == 200
        assert answer.headers["content-type"] == MEDIA_TYPES[name]
        assert answer.headers["x-data-version"] == document["data_version"]
        by_header = client.get("/v1/rankings", params=query, headers={"Accept": MEDIA_TYPES[name]})
        assert by_header.content == answer.content
        if name != "json":
            assert by_header.headers["vary"].startswith("Accept, Authorization")


def test_all_formats_of_the_models_hold_the_same(client: httpx.Client) -> None:
    query = {"limit": "1000"}
    answers = {name: client.get("/v1/models", params={**query, "format": name}) for name in MEDIA_TYPES}
    rows = [{**item, "flags": ";".join(item["flags"])} for item in answers["json"].json()["items"]]
    assert [json.loads(line) for line in answers["ndjson"].content.splitlines()] == rows
    assert pq.read_table(io.BytesIO(answers["parquet"].content)).to_pylist() == rows
    read = list(csv.DictReader(io.StringIO(answers["csv"].text, newline="")))
    texts = [{key: "" if value is None else str(value) for key, value in row.items()} for row in rows]
    assert read == texts


def test_the_body_form_has_the_formats_too(client: httpx.Client) -> None:
    for name in ENCODERS:
        by_body = client.post("/v1/rankings", json={"limit": 3, "format": name})
        assert by_body.content == client.get("/v1/rankings", params={"limit": "3", "format": name}).content


def test_a_download_has_a_name_that_says_what_it_is(client: httpx.Client) -> None:
    version = client.get("/v1/rankings").json()["data_version"]
    for path, name in (
        ("/v1/rankings?architecture=b-cos&limit=5", "rankings-5-of-12"),
        ("/v1/models", "models-326-of-326"),
    ):
        headers = client.get(path, params={"format": "csv"} | dict(httpx.URL(path).params)).headers
        assert headers["content-disposition"] == f'attachment; filename="{name}-{version}.csv"'
    assert "content-disposition" not in client.get("/v1/rankings").headers
