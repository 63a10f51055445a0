"""The database goes away and comes back; the service runs on and needs no restart."""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
from sqlalchemy.engine import make_url

from backend.imports.importer import import_study
from backend.store import engine as store_engine
from backend.store import migration
from backend.store.engine import create_store_engine

if TYPE_CHECKING:
    from tests.conftest import Postgres

Build = Callable[..., bytes]
Serve = Callable[[str], httpx.Client]
Damage = Callable[[Path], AbstractContextManager[None]]
NEEDING_DATA = (
    "/v1/ready",
    "/v1/version",
    "/v1/benchmarks",
    "/v1/comparisons?models=resnet50,alexnet",
    "/v1/correlations",
    "/v1/facets",
    "/v1/flags",
    "/v1/models",
    "/v1/models/resnet50",
    "/v1/pareto?dimensions=accuracy,parameters_millions",
    "/v1/rankings",
    "/v1/rankings?format=csv",
)
NEEDING_NONE = ("/v1/health", "/v1/dimensions", "/v1/presets", "/metrics", "/docs", "/openapi.json")


def assert_away(service: httpx.Client, paths: tuple[str, ...] = NEEDING_DATA) -> None:
    for path in paths:
        response = service.get(path)
        assert (response.status_code, response.json()["code"]) == (503, "store_unavailable"), path
        assert response.headers["content-type"] == "application/problem+json"
        assert int(response.headers["retry-after"]) >= 1
        assert response.json()["next_step"]
        assert "test@" not in response.text
    assert service.post("/v1/rankings", json={}).status_code == 503
    for path in NEEDING_NONE:
        assert service.get(path).status_code == 200, path


def assert_back(service: httpx.Client, models: int = 326) -> None:
    for path in (*NEEDING_DATA, *NEEDING_NONE):
        assert service.get(path).status_code == 200, path
    assert service.get("/v1/rankings").json()["total_models"] == models


def file_of(url: str) -> Path:
    return Path(str(make_url(url).database))


@contextmanager
def removal(file: Path) -> Iterator[None]:
    aside = file.with_name("aside.db")
    file.rename(aside)
    yield
    aside.rename(file)


@contextmanager
def moved_with_its_folder(file: Path) -> Iterator[None]:
    aside = file.parent.with_name("aside")
    file.parent.rename(aside)
    yield
    aside.rename(file.parent)


@contextmanager
def replaced_by_a_folder(file: Path) -> Iterator[None]:
    with removal(file):
        file.mkdir()
        yield
        file.rmdir()


@contextmanager
def replaced_by_another_kind_of_file(file: Path) -> Iterator[None]:
    with removal(file):
        file.write_bytes(b"not a database, " * 1000)
        yield
        file.unlink()


@contextmanager
def replaced_by_an_empty_file(file: Path) -> Iterator[None]:
    with removal(file):
        file.touch()
        yield
        for each in file.parent.glob(f"{file.name}*"):
            each.unlink()


@contextmanager
def forbidden(file: Path) -> Iterator[None]:
    mode = file.stat().st_mode
    with removal(file):
        shutil.copyfile(file.with_name("aside.db"), file)  # a new file, since an open one stays readable
        file.chmod(0)
        yield
        file.chmod(mode)
        file.unlink()


DAMAGES = [
    removal,
    moved_with_its_folder,
    replaced_by_a_folder,
    replaced_by_another_kind_of_file,
    replaced_by_an_empty_file,
    pytest.param(forbidden, marks=pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")),
]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_sqlite_file_that_is_lost_and_found(serve: Serve, study_sqlite_url: str, damage: Damage) -> None:
    service = serve(study_sqlite_url)
    assert_back(service)
    for _ in range(2):
        with damage(file_of(study_sqlite_url)):
            assert_away(service)
        assert_back(service)


def test_a_file_that_is_there_only_after_the_start(
    serve: Serve, study_file: Path, tmp_path: Path, writing_headers: dict[str, str], results_csv: Build
) -> None:
    service = serve(f"sqlite:///{tmp_path / 'late.db'}")
    assert_away(service)
    assert service.post("/v1/imports", content=results_csv({}), headers=writing_headers).status_code == 503
    shutil.copyfile(study_file, tmp_path / "late.db")
    assert_back(service)
    assert service.post("/v1/imports", content=results_csv({}), headers=writing_headers).status_code == 201
    assert_back(service, 327)


def test_another_file_in_the_place_of_the_first_is_the_one_that_answers(
    serve: Serve, study_sqlite_url: str, study_file: Path, writing_headers: dict[str, str], results_csv: Build
) -> None:
    """As when a backup is restored: the first file is deleted, and its open connections would go on answering."""
    service = serve(study_sqlite_url)
    assert service.post("/v1/imports", content=results_csv({}), headers=writing_headers).status_code == 201
    assert_back(service, 327)
    file = file_of(study_sqlite_url)
    for each in file.parent.glob(f"{file.name}*"):
        each.unlink()
    shutil.copyfile(study_file, file)
    assert_back(service, 326)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_engine, "BUSY_TIMEOUT_SECONDS", 0.05)


@pytest.mark.usefixtures("impatient")
def test_while_another_process_writes_reading_goes_on_and_writing_gets_503(
    serve: Serve, study_sqlite_url: str, writing_headers: dict[str, str], results_csv: Build
) -> None:
    service = serve(study_sqlite_url)
    writer = sqlite3.connect(file_of(study_sqlite_url), isolation_level=None)
    try:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("UPDATE benchmark SET class_count = 7")
        assert_back(service)
        refused = service.post("/v1/imports", content=results_csv({}), headers=writing_headers)
        assert (refused.status_code, refused.json()["code"]) == (503, "store_unavailable")
        assert refused.headers["retry-after"]
        writer.execute("ROLLBACK")
    finally:
        writer.close()
    assert service.post("/v1/imports", content=results_csv({}), headers=writing_headers).status_code == 201
    assert_back(service, 327)


@pytest.mark.usefixtures("impatient")
def test_a_file_that_another_process_holds_for_itself_alone(serve: Serve, study_sqlite_url: str) -> None:
    holder = sqlite3.connect(file_of(study_sqlite_url), isolation_level=None)
    service = serve(study_sqlite_url)
    try:
        holder.execute("PRAGMA locking_mode=EXCLUSIVE")
        holder.execute("BEGIN EXCLUSIVE")
        assert_away(service, ("/v1/ready", "/v1/rankings", "/v1/models/resnet50"))
        holder.execute("ROLLBACK")
    finally:
        holder.close()
    assert_back(service)


@pytest.fixture
def stoppable(own_postgres: "Postgres") -> tuple["Postgres", str]:
    """A server of the test's own, and the address of a store with the study on it."""
    url = own_postgres.url("postgres")
    migration.upgrade(url)
    engine = create_store_engine(url)
    import_study(engine)
    engine.dispose()
    return own_postgres, url


@pytest.mark.postgres
def test_a_postgres_that_stops_and_starts(
    serve: Serve, stoppable: tuple["Postgres", str], writing_headers: dict[str, str], results_csv: Build
) -> None:
    server, url = stoppable
    service = serve(url)
    assert_back(service)
    held = service.get("/v1/rankings").headers["etag"]
    for _ in range(2):
        server.stop()
        assert_away(service)
        assert service.get("/v1/rankings", headers={"If-None-Match": held}).status_code == 503
        refused = service.post("/v1/imports", content=results_csv({}), headers=writing_headers)
        assert (refused.status_code, refused.json()["code"]) == (503, "store_unavailable")
        server.start()
        assert_back(service)
    assert service.get("/v1/rankings", headers={"If-None-Match": held}).status_code == 304
    assert service.post("/v1/imports", content=results_csv({}), headers=writing_headers).status_code == 201
    assert_back(service, 327)


@pytest.mark.postgres
def test_a_postgres_that_was_restarted_between_two_requests(serve: Serve, stoppable: tuple["Postgres", str]) -> None:
    """All connections are dead, and nothing but the next answer could tell: it must not be the one that fails."""
    server, url = stoppable
    service = serve(url)
    assert_back(service)
    server.stop()
    server.start()
    assert_back(service)


@pytest.mark.postgres
def test_connections_that_the_server_ends_one_by_one(serve: Serve, stoppable: tuple["Postgres", str]) -> None:
    server, url = stoppable
    service = serve(url)
    for path in NEEDING_DATA:
        server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
        assert service.get(path).status_code == 200, path
