"""The time that DBOS asks of SQLite under Python 3.12 and newer is there in an old SQLite, too."""

import sqlite3
import time
from pathlib import Path

import pytest
from sqlalchemy import URL, create_engine, make_url, text
from sqlalchemy.exc import OperationalError

from backend.evaluations.queue_clock import with_clock

# As DBOS writes it from Python 3.12 on, in `get_sqlite_timestamp_expr`.
_TABLE = "CREATE TABLE job (name TEXT, created_at INTEGER NOT NULL DEFAULT (unixepoch('subsec') * 1000))"


@pytest.fixture
def old(monkeypatch: pytest.MonkeyPatch) -> None:
    """An SQLite that is taken for one without fractions of a second."""
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 40, 1))


@pytest.fixture
def url(tmp_path: Path) -> URL:
    return make_url(f"sqlite:///{tmp_path / 'jobs.db'}")


@pytest.mark.usefixtures("old")
def test_a_row_gets_the_time_in_milliseconds_by_default(url: URL, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: 1764212345.1234)
    engine = create_engine(with_clock(url).render_as_string(hide_password=False))
    with engine.begin() as connection:
        connection.execute(text(_TABLE))
        connection.execute(text("INSERT INTO job (name) VALUES ('one')"))
        assert connection.execute(text("SELECT created_at FROM job")).scalar_one() == 1764212345123
    engine.dispose()


@pytest.mark.usefixtures("old")
def test_another_moment_is_refused_and_not_answered_wrongly(url: URL) -> None:
    engine = create_engine(with_clock(url))
    with engine.connect() as connection, pytest.raises(OperationalError, match="user-defined function raised"):
        connection.execute(text("SELECT unixepoch('now')")).scalar_one()
    engine.dispose()


def test_a_newer_sqlite_keeps_its_own_clock(url: URL, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 42, 0))
    assert with_clock(url) == url


def test_this_sqlite_has_one_or_gets_one_of_the_same_type(url: URL) -> None:
    engine = create_engine(with_clock(url))
    with engine.connect() as connection:
        assert connection.execute(text("SELECT typeof(unixepoch('subsec'))")).scalar_one() == "real"
    engine.dispose()
