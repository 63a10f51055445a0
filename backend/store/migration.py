"""Bringing a database to the schema of this version of the code, safely from several processes at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.orm import Session

import migrations
from backend.store.benchmarks import ensure_built_in
from backend.store.engine import create_store_engine, exclusive, translate_errors
from backend.store.errors import StoreUnavailable


class StoreTooNew(StoreUnavailable):
    """The database was migrated by a newer version of the program than this one."""


def upgrade(url: str) -> str:
    """Migrate to the newest schema, making the database file of SQLite where there is none.

    Two processes may call it at once: the second waits for the first and finds nothing left to do.

    Returns:
        The revision that the database is at now.

    Raises:
        StoreTooNew: the database is at a revision that this code does not know; nothing was changed.
        StoreUnavailable: the database does not answer.
    """
    with _connection(url, create=True) as connection:
        _refuse_unknown(connection)
        command.upgrade(_config(connection), "head")
        with Session(connection) as session:
            ensure_built_in(session)
            session.flush()
    return head_revision()


def downgrade(url: str, revision: str) -> None:
    """Go back to an earlier schema; `base` drops every table and the data in it.

    Raises:
        StoreTooNew: the database is at a revision that this code does not know; nothing was changed.
        StoreUnavailable: the database does not answer.
    """
    with _connection(url, create=False) as connection:
        _refuse_unknown(connection)
        command.downgrade(_config(connection), revision)


def current_revision(url: str) -> str | None:
    """The revision that a database is at; None when it was never migrated.

    Raises:
        StoreUnavailable: the database does not answer.
    """
    engine = create_store_engine(url)
    try:
        with translate_errors(), engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()


def head_revision() -> str:
    """The newest revision that this code knows."""
    return str(_scripts().get_current_head())


@contextmanager
def _connection(url: str, *, create: bool) -> Iterator[Connection]:
    engine = create_store_engine(url, create=create)
    try:
        with translate_errors(), exclusive(engine) as connection:
            yield connection
    finally:
        engine.dispose()


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    # The folder of the installed package, so that no file beside the wheel is needed; % is the ini format's escape.
    folder = Path(str(migrations.__file__)).parent
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _refuse_unknown(connection: Connection) -> None:
    current = MigrationContext.configure(connection).get_current_revision()
    known = {script.revision for script in _scripts().walk_revisions()}
    if current is not None and current not in known:
        raise StoreTooNew(
            f"The database is at schema {current}, and this version of wellbehaved knows up to {head_revision()}; "
            "install the newer version again, or choose another database with WELLBEHAVED_DATABASE_URL."
        )
