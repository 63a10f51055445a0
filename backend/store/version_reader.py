"""Reading the current data version as cheaply as can be: it is asked before every answer."""

import os
import threading
from contextlib import suppress
from time import monotonic
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from backend.store.data_versions import CURRENT_SQL, EMPTY
from backend.store.engine import NO_FILE, NOT_ANSWERING, sqlite_path, unavailability
from backend.store.errors import NO_FILE_KIND, StoreUnavailable, count_database_error
from backend.store.statement_spans import statement_span
from backend.store.tables import public_name

_LOCKED_MILLISECONDS = 250
_SLOW_SECONDS = 0.5
_PAUSE_SECONDS = 2.0


class VersionReader:
    """Holds one connection of its own and asks it one question. Safe to share between threads.

    Args:
        engine: from `create_store_engine`.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        path = sqlite_path(engine.url)
        # As text, for a `Path` takes longer to ask.
        self._path = None if path is None else str(path)
        self._file: tuple[int, int] | None = None
        self._connection: Any = None
        self._cursor: Any = None
        self._lock = threading.Lock()
        self._paused_until = 0.0
        self._name = EMPTY
        self._row: tuple[int, str] | None = None

    def read(self) -> str:
        """The public name of the newest data version.

        Raises:
            StoreUnavailable: the database does not answer or was never migrated.
        """
        with self._lock:
            row = self._query()
            if row != self._row:
                self._row = row
                self._name = EMPTY if row is None else public_name(*row)
            return self._name

    def close(self) -> None:
        """Close the held connection; the next read opens another."""
        with self._lock:
            self._drop()

    def _query(self) -> tuple[int, str] | None:
        if self._path is not None:
            self._follow(self._path)
        if self._cursor is not None:
            try:
                return self._row_of(self._cursor)
            except self._driver_error():
                # The server may have been restarted since the last question; only a fresh connection can tell.
                self._drop()
        return self._asked_anew()

    def _asked_anew(self) -> tuple[int, str] | None:
        started = monotonic()
        if started < self._paused_until:
            raise StoreUnavailable(NOT_ANSWERING)
        try:
            self._open()
            return self._row_of(self._cursor)
        except (SQLAlchemyError, self._driver_error()) as error:
            self._drop()
            # A host that lets connections time out would hold every thread in turn; one that refuses costs nothing.
            if (ended := monotonic()) - started > _SLOW_SECONDS:
                self._paused_until = ended + _PAUSE_SECONDS
            known = unavailability(error)
            if known is None:
                raise
            raise known from error

    def _row_of(self, cursor: Any) -> tuple[int, str] | None:  # noqa: ANN401 - the driver's own cursor
        with statement_span(self._engine, CURRENT_SQL):
            cursor.execute(CURRENT_SQL)
            # Fetched to the end: a question left open would hold this connection to the state it was asked in.
            rows: list[tuple[int, str]] = cursor.fetchall()
        return rows[0] if rows else None

    def _open(self) -> None:
        pooled = self._engine.raw_connection()
        # Taken out of the pool: it fills no place there, and closing it when it is dead makes no noise.
        self._connection = pooled.dbapi_connection
        pooled.detach()
        if self._path is None:
            # SQLite's connections are made that way already; an open transaction would go on seeing the old version.
            self._connection.autocommit = True
        self._cursor = self._connection.cursor()
        if self._path is not None:
            # Rankings ask on the event loop, where a wait for somebody's exclusive lock would hold every request.
            self._cursor.execute(f"PRAGMA busy_timeout = {_LOCKED_MILLISECONDS}")

    def _follow(self, path: str) -> None:
        """Drop the connection when its file was replaced: the old one would go on answering from beyond."""
        try:
            status = os.stat(path)  # noqa: PTH116 - before every answer
        except OSError as error:
            self._forget_file()
            count_database_error(NO_FILE_KIND)
            raise StoreUnavailable(NO_FILE) from error
        identity = (status.st_dev, status.st_ino)
        if identity != self._file:
            if self._file is not None:
                self._forget_file()
            self._file = identity

    def _forget_file(self) -> None:
        self._drop()
        self._file = None
        # Connections that wait in the pool are open on the lost file as well.
        self._engine.dispose()

    def _driver_error(self) -> type[Exception]:
        return self._engine.dialect.loaded_dbapi.Error

    def _drop(self) -> None:
        connection, self._connection, self._cursor = self._connection, None, None
        if connection is not None:
            with suppress(self._driver_error()):
                connection.close()
