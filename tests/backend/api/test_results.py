import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import duckdb_extension_httpfs
import httpx
import polars as pl
import pyarrow.parquet as pq
import pytest

from backend.api import results
from backend.app import create_app
from backend.imports.archive import write_archive
from backend.settings import Settings
from backend.store.engine import create_store_engine, writing
from backend.store.models import hide
from tests.backend.listening import listening
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


@pytest.mark.parametrize("name", ["csv", "ndjson", "parquet"])
def test_a_part_is_what_the_whole_file_has_there_and_the_file_is_made_once(
    serve: Serve, study_sqlite_url: str, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    service = serve(study_sqlite_url)
    made = []

    def write(*given: Any, **named: Any) -> None:  # noqa: ANN401
        made.append(1)
        write_archive(*given, **named)

    monkeypatch.setattr(results, "write_archive", write)
    path = f"/v1/results?format={name}"
    whole = service.get(path, headers={"Accept-Encoding": "identity"})
    assert whole.headers["accept-ranges"] == "bytes"
    size = len(whole.content)
    half = size // 2
    for asked, start, end in (("bytes=0-9", 0, 10), ("bytes=-8", size - 8, size), (f"bytes={half}-", half, size)):
        part = service.get(path, headers={"Range": asked, "If-Range": whole.headers["etag"]})
        assert (part.status_code, part.content) == (206, whole.content[start:end])
        assert part.headers["content-range"] == f"bytes {start}-{end - 1}/{size}"
        assert part.headers["etag"] == whole.headers["etag"]
    head = service.head(path, headers={"Accept-Encoding": "identity"})
    assert (head.headers["content-length"], head.headers["etag"], head.content) == (
        str(size), whole.headers["etag"], b"",
    )  # fmt: skip
    assert service.get(path, headers={"If-None-Match": whole.headers["etag"]}).status_code == 304
    beyond = service.get(path, headers={"Range": f"bytes={size}-"})
    assert (beyond.status_code, beyond.json()["code"]) == (416, "range_not_satisfiable")
    assert made == [1]


def test_a_change_of_the_data_makes_another_file(
    serve: Serve, study_sqlite_url: str, writing_headers: dict[str, str], results_csv: Build
) -> None:
    service = serve(study_sqlite_url)
    former = service.get("/v1/results")
    service.post("/v1/imports", content=results_csv({"accuracy.sample_count": "10000"}), headers=writing_headers)
    held = {"Range": "bytes=0-9", "If-Range": former.headers["etag"]}
    later = service.get("/v1/results", headers=held)
    # The whole, because a part of another file would not fit what the caller has.
    assert (later.status_code, later.content.count(b"\n")) == (200, 1 + 9 * 327)
    assert later.headers["etag"] != former.headers["etag"]
    assert later.headers["x-data-version"] != former.headers["x-data-version"]


def test_a_file_with_private_models_is_for_holders_of_the_token_alone(
    serve: Serve, study_sqlite_url: str, writing_headers: dict[str, str], results_csv: Build
) -> None:
    service = serve(study_sqlite_url)
    service.post("/v1/imports", content=results_csv({"model_id": "secret"}), headers=writing_headers)
    engine = create_store_engine(study_sqlite_url)
    with writing(engine) as session:
        assert hide(session, "secret")
    engine.dispose()
    token = {"Authorization": writing_headers["Authorization"]}
    # The holder's file is made first, and again after the stranger's.
    for _ in range(2):
        holder, stranger = service.get("/v1/results", headers=token), service.get("/v1/results")
        assert "\nsecret," in holder.text
        assert "secret" not in stranger.text
        assert stranger.headers["etag"] != holder.headers["etag"]
        held = service.get("/v1/results", headers={"Range": "bytes=0-9", "If-Range": holder.headers["etag"]})
        assert held.status_code == 200


def test_polars_and_duckdb_read_it_by_its_address(study_file: Path, tmp_path: Path) -> None:
    (tmp_path / "wellbehaved.db").write_bytes(study_file.read_bytes())
    extension = next(Path(duckdb_extension_httpfs.__file__).parent.rglob("*.duckdb_extension"))
    app = create_app(Settings(data_dir=tmp_path, database_url=None, _env_file=None))
    with listening(app) as url, duckdb.connect() as database:
        address = f"{url}/v1/results?format="
        found = pl.scan_parquet(f"{address}parquet").select("model_id", "dimension", "value").collect()
        assert len(found) == 9 * 326
        database.load_extension(str(extension))
        for reading in ("read_csv('{}csv')", "read_parquet('{}parquet')"):
            query = f"SELECT model_id, dimension, value FROM {reading.format(address)}"
            assert database.sql(query).fetchall() == found.rows()


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
