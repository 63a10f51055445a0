"""The way to the database: engines, and the two kinds of transaction (`reading`, `writing`)."""

import json
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from sqlalchemy import Connection, Dialect, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DatabaseError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from backend.private_files import private_database
from backend.store.errors import (
    FULL_KIND,
    NO_FILE_KIND,
    NOT_ANSWERING_KIND,
    NOT_MIGRATED_KIND,
    UNUSABLE_KIND,
    StoreFull,
    StoreUnavailable,
    count_database_error,
)
from backend.store.statement_spans import add_statement_spans

BUSY_TIMEOUT_SECONDS = 30
_PRIMARY_CODE = 0xFF  # the higher bits of an error of SQLite tell variants of it apart
CONNECT_TIMEOUT_SECONDS = 3
_IDLE_SECONDS = 15
# Any constant serves, as long as every writer of the store uses the same.
_WRITER_LOCK = 7_214_301_873
_WRITES = "wellbehaved_writes"
_DISK_FULL = "53100"
_UNDEFINED_TABLE, _UNDEFINED_COLUMN = "42P01", "42703"

NEVER_MIGRATED = "The database has no wellbehaved tables, or older ones; run `wellbehaved migrate`."
NOT_ANSWERING = "The database does not answer; check that it runs and that WELLBEHAVED_DATABASE_URL points to it."
NO_ROOM = "The database has no space to write; free some on its disk, and everything continues by itself."
OTHER_ENCODING = (
    "The database {name} is encoded in {encoding}, and must be in UTF8: models may be named in any script. Make "
    "another with `createdb --encoding=UTF8 --template=template0 NAME`, and name it in WELLBEHAVED_DATABASE_URL."
)
NO_FILE = "The database file does not exist or cannot be opened; run `wellbehaved migrate`, which makes it."

# One encoder for all: `json.dumps` would make one for each value, of which an import of many rows has many.
_json = json.JSONEncoder(allow_nan=False, ensure_ascii=False, separators=(",", ":")).encode


def create_store_engine(url: str, *, create: bool = False) -> Engine:
    """Make the engine that everything reads and writes the store through.

    Args:
        url: SQLAlchemy address, from `Settings.resolved_database_url`.
        create: make a missing SQLite file (mode 600) and its folder (mode 700). Only a migration asks for that: a
            reader that made an empty file in the place of a lost one would hide the loss.

    Raises:
        ValueError: an in-memory SQLite database, or another database than SQLite and Postgres.
    """
    address = make_url(url)
    match address.get_backend_name():
        case "sqlite":
            engine = _sqlite_engine(address, create=create)
        case "postgresql":
            engine = create_engine(
                address,
                json_serializer=_json,
                pool_pre_ping=True,
                # A server that vanishes without closing its sockets is noticed in seconds, not in the system's minutes.
                connect_args={"connect_timeout": CONNECT_TIMEOUT_SECONDS, "tcp_user_timeout": 5000},
            )
            event.listen(engine, "do_connect", _connect_postgres)
        case other:
            raise ValueError(f"database {other!r} is not supported; use a sqlite:/// or a postgresql:// address.")
    add_statement_spans(engine)
    return engine


def sqlite_path(url: URL) -> Path | None:
    """The file of a SQLite engine made here; None for Postgres."""
    if url.get_backend_name() != "sqlite":
        return None
    return Path(unquote(str(url.database).removeprefix("file:")))


@contextmanager
def reading(engine: Engine) -> Iterator[Session]:
    """A session that sees one state of the store from its first to its last query.

    Raises:
        StoreUnavailable: the database does not answer or was never migrated.
    """
    with translate_errors(), engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            # SQLite's read transactions are snapshots by nature.
            connection = connection.execution_options(isolation_level="REPEATABLE READ")
        with Session(connection) as session:
            yield session


@contextmanager
def writing(engine: Engine) -> Iterator[Session]:
    """A session that commits at its end, all or nothing, with one writer at a time across all processes.

    Raises:
        StoreUnavailable: the database does not answer, was never migrated, or stays locked for 30 seconds.
    """
    with translate_errors(), exclusive(engine) as connection, Session(connection) as session:
        yield session
        session.flush()


@contextmanager
def exclusive(engine: Engine) -> Iterator[Connection]:
    """A connection inside a transaction that no other writer of the store can enter until it ends."""
    with engine.connect() as connection, writer_lock(connection):
        yield connection


@contextmanager
def writer_lock(connection: Connection) -> Iterator[None]:
    """A transaction of a connection, from which other writers of the store are locked out until it ends."""
    connection = connection.execution_options(**{_WRITES: True})
    with connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"SET LOCAL lock_timeout = {int(BUSY_TIMEOUT_SECONDS * 1000)}"))
            # A writer that is frozen, or whose machine is gone, must not keep the lock from all others.
            connection.execute(text(f"SET LOCAL idle_in_transaction_session_timeout = {_IDLE_SECONDS * 1000}"))
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _WRITER_LOCK})
        yield


@contextmanager
def one_state(connection: Connection) -> Iterator[None]:
    """A transaction of a connection that sees one state of the store and writes to temporary tables alone."""
    with connection.begin():
        if connection.dialect.name == "postgresql":
            # SQLite's transactions see one state by nature.
            connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
        yield


def unavailability(error: Exception) -> StoreUnavailable | None:
    """Count a database error and say what it means; None when it is a fault of the query and not of the database."""
    found = _unavailability(error)
    if found is None:
        return None
    kind, known = found
    count_database_error(kind)
    return known


def _unavailability(error: Exception) -> tuple[str, StoreUnavailable] | None:
    origin = getattr(error, "orig", error)
    if _is_full(origin):
        return FULL_KIND, StoreFull(NO_ROOM)
    if _lacks_tables(origin):
        return NOT_MIGRATED_KIND, StoreUnavailable(NEVER_MIGRATED)
    if isinstance(origin, sqlite3.OperationalError) and "unable to open" in str(origin):
        return NO_FILE_KIND, StoreUnavailable(NO_FILE)
    if type(origin) in {sqlite3.DatabaseError, sqlite3.OperationalError}:
        return UNUSABLE_KIND, StoreUnavailable(f"The database file cannot be used: {origin}; run `wellbehaved doctor`.")
    if isinstance(error, OperationalError | InterfaceError | PoolTimeout) or _is_operational(origin):
        return NOT_ANSWERING_KIND, StoreUnavailable(NOT_ANSWERING)
    return None


@contextmanager
def translate_errors() -> Iterator[None]:
    """Turn the failures of a database that is away or not migrated into `StoreUnavailable`."""
    try:
        yield
    except (DatabaseError, InterfaceError, PoolTimeout) as error:
        known = unavailability(error)
        if known is None:
            raise
        raise known from error


def _is_full(origin: BaseException | None) -> bool:
    if isinstance(origin, sqlite3.OperationalError):
        return getattr(origin, "sqlite_errorcode", 0) & _PRIMARY_CODE == sqlite3.SQLITE_FULL
    return getattr(origin, "sqlstate", None) == _DISK_FULL


def _lacks_tables(origin: BaseException | None) -> bool:
    if isinstance(origin, sqlite3.OperationalError):
        return str(origin).startswith(("no such table", "no such column"))
    return getattr(origin, "sqlstate", None) in {_UNDEFINED_TABLE, _UNDEFINED_COLUMN}


def _is_operational(origin: BaseException | None) -> bool:
    # Raw drivers raise their own classes, which share the names that the database interface of Python prescribes.
    names = {kind.__name__ for kind in type(origin).__mro__}
    return bool(names & {"OperationalError", "InterfaceError"})


def _connect_postgres(dialect: Dialect, _record: object, arguments: Sequence[Any], options: Mapping[str, Any]) -> Any:  # noqa: ANN401 - the driver's own connection
    """Connect, and refuse a database of another encoding before anything asks it: SQLAlchemy would fail at bytes.

    Raises:
        StoreUnavailable: the encoding is another than UTF8.
    """
    connection = dialect.connect(*arguments, **options)
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        name = connection.info.dbname
        connection.close()
        raise StoreUnavailable(OTHER_ENCODING.format(name=name, encoding=encoding))
    return connection


def _sqlite_engine(address: URL, *, create: bool) -> Engine:
    if address.database in {None, "", ":memory:"}:
        raise ValueError("an in-memory database is private to one connection; use sqlite:///PATH with a file.")
    path = Path(str(address.database)).absolute()
    if create:
        private_database(path)
    mode = "rwc" if create else "rw"
    query = {"timeout": str(BUSY_TIMEOUT_SECONDS), **address.query, "mode": mode, "uri": "true"}
    location = URL.create("sqlite", database=f"file:{quote(str(path))}", query=query)
    engine = create_engine(location, json_serializer=_json, connect_args={"check_same_thread": False})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own connection
    # The driver would open transactions by its own rules; None leaves that to _begin_sqlite.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys=ON")
    _write_ahead(cursor)
    cursor.close()


def _write_ahead(cursor: sqlite3.Cursor) -> None:
    deadline = time.monotonic() + BUSY_TIMEOUT_SECONDS
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            # SQLite does not wait for its lock here, so two processes that make the file at once would collide.
            locked = error.sqlite_errorcode & _PRIMARY_CODE in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
            if not locked or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


def _begin_sqlite(connection: Connection) -> None:
    # Taking the write lock at the start cannot fail half-way, as an upgrade from reading to writing can.
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
