"""Large changes of the store: compared with it and written aside while others write, then taken over at once.

What a change adds is kept in temporary tables of its own connection, which no writer waits for. The writer's lock is
then held for one statement for each table, and not while a file is read.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Final, TypeVar

from sqlalchemy import Column, Connection, Engine, MetaData, Table, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from backend.store import data_versions
from backend.store.benchmarks import ensure_built_in
from backend.store.engine import one_state, translate_errors, writer_lock, writing
from backend.store.measurements import WHICH, NewMeasurement, add_measurements
from backend.store.models import ModelRecord, add_models
from backend.store.tables import Base, Measurement, Model

T = TypeVar("T")
_MODELS: Final = Base.metadata.tables[Model.__tablename__]
_MEASUREMENTS: Final = Base.metadata.tables[Measurement.__tablename__]
_MODEL_KEY: Final = ("model_id",)
# Given by the table that the rows go to.
_NUMBERED: Final = "id"
_TRIES: Final = 4
"""How often a change is compared anew where others have changed the data meanwhile; the last time nobody else can."""


class _OvertakenError(Exception):
    """Others have changed the data since a change was compared with them."""


class Stage:
    """What a change is going to add, and the state of the store that it was compared with.

    Args:
        session: sees one state of the store from its first to its last query; nothing is written by it to the store.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self.version = data_versions.NextVersion(session)
        self._tables = {
            kept: _staging_table(kept, key) for kept, key in ((_MODELS, _MODEL_KEY), (_MEASUREMENTS, WHICH))
        }
        for table in self._tables.values():
            table.create(session.connection())

    def add_models(self, records: Iterable[ModelRecord]) -> None:
        """Add models that the store does not have."""
        add_models(self.session, records, into=self._tables[_MODELS])

    def add_measurements(self, measurements: Iterable[NewMeasurement], *, import_id: str | None = None) -> None:
        """Add measurements that the store does not have, with the import that brings them, if one does."""
        add_measurements(self.session, measurements, import_id=import_id, into=self._tables[_MEASUREMENTS])

    def take_over(self, session: Session) -> None:
        """Add everything to the store, in a session of the same connection."""
        # Models first: measurements refer to them.
        for kept, staged in self._tables.items():
            rows = select(*staged.columns)
            session.execute(insert(kept).from_select([column.name for column in staged.columns], rows))


Finish = Callable[[Session], T]
"""Notes what a change was, in the transaction that makes it, and gives its report."""


def make_change(engine: Engine, compare: Callable[[Stage], Finish[T]]) -> T:
    """Make a change of any size, all or nothing, with other writers locked out only while its rows are taken over.

    Args:
        engine: of a migrated store.
        compare: puts on the stage what the store lacks; called again where others have changed the data since. What it
            raises ends the change.

    Returns:
        What the finishing step that `compare` gave has returned.

    Raises:
        StoreUnavailable: the database does not answer, was never migrated, or stays locked for 30 seconds.
    """
    with writing(engine) as session:
        ensure_built_in(session)
    for _ in range(_TRIES - 1):
        with translate_errors(), _own_connection(engine) as connection, suppress(_OvertakenError):
            return _change_beside_others(connection, compare)
    with (
        translate_errors(),
        _own_connection(engine) as connection,
        writer_lock(connection),
        Session(connection) as session,
    ):
        stage = Stage(session)
        return _make(stage, compare(stage), session)


def _change_beside_others(connection: Connection, compare: Callable[[Stage], Finish[T]]) -> T:
    with one_state(connection), Session(connection) as session:
        stage = Stage(session)
        finish = compare(stage)
        session.flush()
    try:
        with writer_lock(connection), Session(connection) as session:
            if not stage.version.follows(session):
                raise _OvertakenError
            return _make(stage, finish, session)
    except IntegrityError as error:
        # Another writer has added the same, and no version of the data says so.
        raise _OvertakenError from error


def _staging_table(kept: Table, key: Collection[str]) -> Table:
    """A temporary table with the columns of another one; what else is a rule there holds when its rows go there."""
    columns = (Column(each.name, each.type, primary_key=each.name in key) for each in kept.columns)
    # In the order of the key: SQLite adds rows three times as fast to a table whose index is in their order.
    return Table(
        f"staged_{kept.name}", MetaData(), *(each for each in columns if each.name != _NUMBERED),
        prefixes=["TEMPORARY"], sqlite_with_rowid=False,
    )  # fmt: skip


def _make(stage: Stage, finish: Finish[T], session: Session) -> T:
    stage.take_over(session)
    report = finish(session)
    session.flush()
    return report


@contextmanager
def _own_connection(engine: Engine) -> Iterator[Connection]:
    """A connection that is closed and not used again: with it, the database drops the temporary tables."""
    with engine.connect() as connection:
        connection.detach()
        yield connection
