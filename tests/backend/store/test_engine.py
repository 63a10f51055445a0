import sqlite3
import stat
import threading
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError, OperationalError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from backend.store import migration
from backend.store.data_versions import current_name
from backend.store.engine import create_store_engine, reading, sqlite_path, unavailability, writing
from backend.store.errors import StoreFull, StoreUnavailable
from backend.store.tables import Benchmark, DataVersion, Model


def _insert_benchmark(engine: Engine, key: str) -> None:
    with writing(engine) as session:
        session.add(Benchmark(key=key, label=key, description="", class_count=2, default_protocol="corrected"))


def test_sqlite_is_set_up_for_several_processes(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'own folder' / 'a b.db'}"
    engine = create_store_engine(url, create=True)
    with engine.connect() as connection:
        assert connection.scalar(text("PRAGMA journal_mode")) == "wal"
        assert connection.scalar(text("PRAGMA foreign_keys")) == 1
        assert connection.scalar(text("PRAGMA busy_timeout")) == 30_000
        assert connection.scalar(text("PRAGMA synchronous")) == 2  # full: a reported import survives a power cut
    engine.dispose()
    assert sqlite_path(engine.url) == tmp_path / "own folder" / "a b.db"
    assert stat.S_IMODE((tmp_path / "own folder").stat().st_mode) == 0o700


def test_sqlite_readers_do_not_make_a_file(tmp_path: Path) -> None:
    path = tmp_path / "gone" / "store.db"
    engine = create_store_engine(f"sqlite:///{path}")
    with pytest.raises(StoreUnavailable, match=r"does not exist.*wellbehaved migrate"), reading(engine) as session:
        current_name(session)
    assert not path.parent.exists()


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
def test_in_memory_databases_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"in-memory.*sqlite:///PATH"):
        create_store_engine(url)


def test_other_databases_are_refused() -> None:
    with pytest.raises(ValueError, match="'mysql' is not supported; use"):
        create_store_engine("mysql://host/name")


def test_postgres_engines_have_no_file() -> None:
    assert sqlite_path(make_url("postgresql+psycopg://host/name")) is None


def test_a_failed_write_leaves_nothing(empty_engine: Engine) -> None:
    def fail() -> None:
        with writing(empty_engine) as session:
            session.add(Benchmark(key="toy", label="Toy", description="", class_count=2, default_protocol="corrected"))
            session.flush()
            raise RuntimeError("half-way")

    with pytest.raises(RuntimeError, match="half-way"):
        fail()
    with reading(empty_engine) as session:
        assert session.get(Benchmark, "toy") is None


def test_writers_wait_for_each_other(empty_engine: Engine) -> None:
    """Each adds one to what it has read; a lost update would show in the sum."""

    def add_one() -> None:
        for _ in range(5):
            with writing(empty_engine) as session:
                row = session.get_one(Benchmark, "imagenet-1k")
                row.class_count += 1

    threads = [threading.Thread(target=add_one) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with reading(empty_engine) as session:
        assert session.get_one(Benchmark, "imagenet-1k").class_count == 1030


def test_a_reader_sees_one_state(empty_engine: Engine) -> None:
    with reading(empty_engine) as session:
        assert session.get(Benchmark, "late") is None
        _insert_benchmark(empty_engine, "late")
        session.expire_all()
        assert session.get(Benchmark, "late") is None
    with reading(empty_engine) as session:
        assert session.get(Benchmark, "late") is not None


def test_a_database_without_tables_asks_for_a_migration(database_url: str) -> None:
    engine = create_store_engine(database_url, create=True)
    with pytest.raises(StoreUnavailable, match="wellbehaved migrate"), reading(engine) as session:
        current_name(session)
    with pytest.raises(StoreUnavailable, match="wellbehaved migrate"), writing(engine) as session:
        session.execute(text("SELECT no_such_column FROM data_version"))
    engine.dispose()


def test_a_file_that_is_no_database_is_said(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    path.write_bytes(b"not a database, " * 100)
    engine = create_store_engine(f"sqlite:///{path}")
    with pytest.raises(StoreUnavailable, match=r"not a database.*wellbehaved doctor"), reading(engine) as session:
        current_name(session)
    engine.dispose()


@pytest.mark.postgres
def test_a_writer_on_postgres_does_not_wait_for_ever(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.store.engine.BUSY_TIMEOUT_SECONDS", 0.1)
    engine = create_store_engine(postgres_url)
    with writing(engine), pytest.raises(StoreUnavailable), writing(engine):
        pass
    with writing(engine):
        pass
    engine.dispose()


def test_a_locked_sqlite_file_is_unavailable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    migration.upgrade(url)
    monkeypatch.setattr("backend.store.engine.BUSY_TIMEOUT_SECONDS", 0.1)
    engine = create_store_engine(url)
    other = sqlite3.connect(tmp_path / "store.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable, match="locked"):
        _insert_benchmark(engine, "toy")
    other.execute("ROLLBACK")
    _insert_benchmark(engine, "toy")
    other.close()
    engine.dispose()


def test_write_ahead_mode_waits_for_a_lock(tmp_path: Path) -> None:
    """A new file is switched to write-ahead logging by whoever comes first; the second waits instead of failing."""
    other = _lock(tmp_path / "store.db")
    timer = threading.Timer(0.3, other.execute, ["COMMIT"])
    timer.start()
    engine = create_store_engine(f"sqlite:///{tmp_path / 'store.db'}?timeout=0")
    with engine.connect() as connection:
        assert connection.scalar(text("PRAGMA journal_mode")) == "wal"
    timer.join()
    other.close()
    engine.dispose()


def test_write_ahead_mode_does_not_wait_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = _lock(tmp_path / "store.db")
    monkeypatch.setattr("backend.store.engine.BUSY_TIMEOUT_SECONDS", 0.1)
    engine = create_store_engine(f"sqlite:///{tmp_path / 'store.db'}?timeout=0")
    with pytest.raises(StoreUnavailable, match="locked"), reading(engine) as session:
        current_name(session)
    other.close()
    engine.dispose()


def _lock(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("BEGIN EXCLUSIVE")
    connection.execute("CREATE TABLE t (x)")
    return connection


def test_postgres_that_refuses_connections_is_unavailable() -> None:
    engine = create_store_engine("postgresql+psycopg://test@127.0.0.1:1/none")
    with (
        pytest.raises(StoreUnavailable, match=r"does not answer.*DATABASE_URL"),
        reading(engine) as session,
    ):
        current_name(session)


def test_a_full_pool_is_unavailable() -> None:
    assert unavailability(PoolTimeout("no connection free")) is not None


def test_faults_of_a_query_stay_what_they_are(empty_engine: Engine) -> None:
    for _ in range(2):
        with pytest.raises(IntegrityError), writing(empty_engine) as session:
            session.add(Model(id="", name="", architecture="", training="", pretraining_data="", backbone=""))
    # SQLAlchemy encodes for SQLite, psycopg for Postgres; both refuse, each with its own error.
    with pytest.raises((StatementError, ValueError), match="not JSON compliant"), writing(empty_engine) as session:
        session.add(_model(label_flags=[float("nan")]))
    with reading(empty_engine) as session:
        assert session.query(DataVersion).count() == 0


def _model(label_flags: list[object]) -> Model:
    identity = {"architecture": "cnn", "training": "supervised", "pretraining_data": "large", "backbone": "b"}
    return Model(id="m", name="M", source_library="timm", label_flags=label_flags, **identity)


def test_what_cannot_be_opened_is_unavailable(tmp_path: Path) -> None:
    engine = create_store_engine(f"sqlite:///{tmp_path}")
    with pytest.raises(StoreUnavailable, match="cannot be opened"), reading(engine) as session:
        current_name(session)


def test_a_database_without_room_says_so_and_goes_on_when_there_is(study_sqlite_url: str) -> None:
    engine = create_store_engine(study_sqlite_url)

    def write(most_pages: int) -> None:
        with writing(engine) as session:
            session.execute(text(f"PRAGMA max_page_count = {most_pages}"))
            session.execute(text("CREATE TABLE filler AS SELECT zeroblob(200000) AS filling"))
            session.execute(text("DROP TABLE filler"))

    with pytest.raises(StoreFull, match="no space to write; free some on its disk"):
        write(1)  # SQLite takes the present size where that is more
    write(10_000)
    engine.dispose()


def test_postgres_without_room_says_so() -> None:
    assert isinstance(unavailability(OperationalError("INSERT", {}, psycopg.errors.DiskFull("no space"))), StoreFull)
