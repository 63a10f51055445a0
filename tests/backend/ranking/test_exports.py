"""Files of a list: made once, read by their address with the programs that people use."""

import threading
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import duckdb
import duckdb_extension_httpfs
import httpx
import pandas as pd
import polars as pl
import pytest

from backend.app import create_app
from backend.problems import ProblemError
from backend.ranking.exports import Export, Exports
from backend.settings import Settings
from backend.turns import Turns
from quba.vocabulary import PAGE_SIZE
from tests.backend.listening import listening

FORMATS = ("csv", "ndjson", "parquet")
# Repeated and comma-separated, as either kind of program writes a list.
QUESTION = "w.accuracy=2&architecture=cnn&architecture=b-cos,transformer&sort=-accuracy,name"


@pytest.fixture(scope="module")
def address(study_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A service on a socket: the readers speak HTTP themselves."""
    folder = tmp_path_factory.mktemp("service")
    (folder / "wellbehaved.db").write_bytes(study_file.read_bytes())
    with listening(create_app(Settings(data_dir=folder, database_url=None, _env_file=None))) as url:
        yield f"{url}/v1/rankings?{QUESTION}&format="


@pytest.fixture(scope="module")
def expected(client: httpx.Client) -> list[tuple[str, float]]:
    items = client.get(f"/v1/rankings?{QUESTION}&limit=1000").json()["items"]
    assert len(items) > PAGE_SIZE.default
    return [(item["model_id"], item["scores"]["accuracy"]) for item in items]


def test_pandas_reads_all_rows_by_address(address: str, expected: list[tuple[str, float]]) -> None:
    for frame in (
        pd.read_csv(f"{address}csv"),
        pd.read_json(f"{address}ndjson", lines=True),
        pd.read_parquet(f"{address}parquet"),
    ):
        # Its own reader of CSV is off by the last bit.
        found = list(zip(frame["model_id"], frame["accuracy"].round(12), strict=True))
        assert found == expected


def test_polars_reads_all_rows_by_address(address: str, expected: list[tuple[str, float]]) -> None:
    for frame in (
        pl.read_csv(f"{address}csv"),
        pl.read_ndjson(f"{address}ndjson", infer_schema_length=None),
        pl.read_parquet(f"{address}parquet"),
        pl.scan_parquet(f"{address}parquet").select("model_id", "accuracy").collect(),
        pl.scan_csv(f"{address}csv").select("model_id", "accuracy").collect(),
    ):
        assert frame.select("model_id", "accuracy").rows() == expected


@pytest.mark.parametrize(
    "reading", ["read_csv('{}csv')", "read_ndjson('{}ndjson')", "read_parquet('{}parquet')"], ids=FORMATS
)
def test_duckdb_reads_all_rows_by_address(address: str, expected: list[tuple[str, float]], reading: str) -> None:
    extension = next(Path(duckdb_extension_httpfs.__file__).parent.rglob("*.duckdb_extension"))
    with duckdb.connect() as database:
        database.load_extension(str(extension))
        found = database.sql(f"SELECT model_id, accuracy FROM {reading.format(address)}").fetchall()
    assert found == expected


@pytest.mark.parametrize("path", ["/v1/rankings", "/v1/models"])
@pytest.mark.parametrize("name", FORMATS)
def test_without_a_limit_a_file_has_all_rows(client: httpx.Client, path: str, name: str) -> None:
    whole = client.get(path, params={"format": name})
    assert whole.content == client.get(path, params={"format": name, "limit": "1000"}).content
    assert "-326-of-326-" in whole.headers["content-disposition"]
    assert not {"link", "x-next-cursor"} & set(whole.headers)
    assert client.get(path, headers={"Accept": whole.headers["content-type"]}).content == whole.content
    assert len(client.get(path).json()["items"]) == PAGE_SIZE.default


def test_without_a_limit_a_body_gets_all_rows_too(client: httpx.Client) -> None:
    assert client.post("/v1/rankings", json={"format": "csv"}).content == client.get("/v1/rankings?format=csv").content
    assert len(client.post("/v1/rankings", json={}).json()["items"]) == PAGE_SIZE.default


def test_a_file_is_made_once() -> None:
    exports, made = Exports(Turns()), []

    def make() -> Export:
        made.append(1)
        return Export(b"file", 1, 1)

    assert exports.get("a") is None
    assert exports.new("a", 1, make) is exports.get("a")
    assert made == [1]


def test_long_files_are_made_one_at_a_time() -> None:
    turns = Turns(waiting=0)
    exports, begun, go = Exports(turns), Event(), Event()

    def make() -> Export:
        begun.set()
        assert go.wait(60)
        return Export(b"file", 1, 1)

    long = PAGE_SIZE.highest + 1
    first = threading.Thread(target=exports.new, args=("a", long, make))
    first.start()
    assert begun.wait(60)
    with pytest.raises(ProblemError) as refused:
        exports.new("b", long, make)
    assert (refused.value.status, refused.value.code) == (429, "busy")
    # A short one does not wait for it.
    assert exports.new("c", PAGE_SIZE.highest, lambda: Export(b"short", 1, 1)).body == b"short"
    go.set()
    first.join()
    assert exports.new("a", long, make) is exports.get("a")
