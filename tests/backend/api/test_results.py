import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pyarrow.parquet as pq
import pytest

from backend.api import results
from tests.backend.own_dimension import THROUGHPUT

Build = Callable[..., bytes]
Serve = Callable[[str], httpx.Client]


def test_what_is_exported_is_imported_elsewhere(
    serve: Serve, study_url: str, writing_headers: dict[str, str], results_csv: Build
) -> None:
    service = serve(study_url)
    service.post("/v1/imports", content=results_csv({"accuracy.sample_count": "10000"}), headers=writing_headers)
    answer = service.get("/v1/results")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.content.count(b"\n") == 1 + 9 * 327
    again = service.post("/v1/imports", content=answer.content, headers=writing_headers)
    assert (again.status_code, again.json()["added"], again.json()["unchanged"]) == (201, 0, 327)


def test_each_format_has_every_measurement(serve: Serve, study_sqlite_url: str) -> None:
    service = serve(study_sqlite_url)
    expected = [
        (row["model_id"], row["dimension"], float(row["value"]) if row["value"] else None)
        for row in csv.DictReader(io.StringIO(service.get("/v1/results").text, newline=""))
    ]
    lines = service.get("/v1/results?format=ndjson")
    assert lines.headers["content-type"] == "application/x-ndjson"
    table = service.get("/v1/results?format=parquet")
    assert table.headers["content-type"] == "application/vnd.apache.parquet"
    assert table.headers["content-disposition"] == 'attachment; filename="results.parquet"'
    assert int(table.headers["content-length"]) == len(table.content)
    for rows in ([json.loads(line) for line in lines.text.splitlines()],
                 pq.read_table(io.BytesIO(table.content)).to_pylist()):  # fmt: skip
        assert [(row["model_id"], row["dimension"], row["value"]) for row in rows] == expected


def test_nothing_stays_on_the_disk(serve: Serve, study_sqlite_url: str, tmp_path: Path) -> None:
    serve(study_sqlite_url).get("/v1/results")
    assert list((tmp_path / "data" / "exports").iterdir()) == []


def test_a_full_disk_is_a_refusal_and_no_half_of_a_file(
    serve: Serve, study_sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(results, "write_archive", full)
    answer = serve(study_sqlite_url).get("/v1/results")
    assert (answer.status_code, answer.json()["code"]) == (507, "disk_full")


def test_a_store_that_is_away_is_a_refusal(serve: Serve, tmp_path: Path) -> None:
    answer = serve(f"sqlite:///{tmp_path / 'none.db'}").get("/v1/results")
    assert (answer.status_code, answer.json()["code"]) == (503, "store_unavailable")


def test_what_it_does_not_know_is_refused(client: httpx.Client) -> None:
    assert client.get("/v1/results?limit=1").json()["code"] == "unknown_parameter"
    assert client.get("/v1/results?format=xml").status_code == 422


def test_values_of_a_dimension_that_was_removed_are_left_out_and_the_file_is_read_back(
    serve: Serve, study_sqlite_url: str, writing_headers: dict[str, str]
) -> None:
    service = serve(study_sqlite_url)
    service.post("/v1/dimensions", json=THROUGHPUT, headers=writing_headers | {"Content-Type": "application/json"})
    rows = "model_id,throughput\nalexnet,500\n"
    assert service.post("/v1/imports", content=rows.encode(), headers=writing_headers).status_code == 201
    whole = service.get("/v1/results").content
    assert whole.count(b"throughput") == 1
    service.delete("/v1/dimensions/throughput", headers=writing_headers)
    left = service.get("/v1/results").content
    assert (left.count(b"throughput"), left.count(b"\n")) == (0, whole.count(b"\n") - 1)
    again = service.post("/v1/imports", content=left, headers=writing_headers)
    assert (again.status_code, again.json()["unchanged"]) == (201, 326)
