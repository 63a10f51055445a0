"""Storing what an archive holds: models and measurements that are not there yet, all or none.

The archive is taken in parts, so that its size does not matter to memory.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Any, BinaryIO, NamedTuple

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from backend.imports.archive_rows import ArchiveRow, archive_rows
from backend.imports.csv_file import Faults, RowError, short_text
from backend.store import data_versions, imports
from backend.store.imports import ImportRecord
from backend.store.measurements import CIRCUMSTANCES, WHICH, EvaluatedMeasurement, comparable
from backend.store.models import ModelRecord, identity, model_records
from backend.store.names import alike
from backend.store.staging import Stage
from backend.store.tables import Benchmark, Measurement, Model

# Rows of an archive that are compared with the store, and stored, at once.
_ROWS_AT_ONCE = 2_000

Key = tuple[str, ...]


class Restored(NamedTuple):
    """What restoring did: how many models got values, how many had them all, as which import, and the version after."""

    added: int
    unchanged: int
    model_ids: frozenset[str]
    import_id: str | None
    data_version: str


def restore(
    stage: Stage, file: BinaryIO, filename: str | None, now: datetime, watch: Callable[[int], None] = lambda _: None
) -> Callable[[Session], Restored]:
    """Put on the stage what the store lacks of an archive without faults of its own (`archive_rows.check_archive`).

    Args:
        stage: where what is new goes.
        file: the archive.
        filename: what it is called, to be listed.
        now: time to record.
        watch: called again and again with the number of rows that are compared.

    Returns:
        The last step, for the transaction that stores it: notes the import and the version that it leads to.

    Raises:
        ImportRejected: it contradicts what the store holds; the error lists every place.
    """
    restoring = _Restoring(stage, filename, now)
    # Toy references are left out: every store has its own, and those of another version measure otherwise.
    rows = (row for row in archive_rows(file) if row.measurement.source != "reference")
    for part in _parts(rows):
        restoring.take(part)
        watch(restoring.row_count)
    restoring.refuse_faults()
    return restoring.finish


def _parts(rows: Iterator[ArchiveRow]) -> Iterator[list[ArchiveRow]]:
    while part := list(islice(rows, _ROWS_AT_ONCE)):
        yield part


def _key(row: Row[Any] | EvaluatedMeasurement) -> Key:
    return tuple(getattr(row, name) for name in WHICH)


class _Restoring:
    """An archive on its way into the store."""

    def __init__(self, stage: Stage, filename: str | None, now: datetime) -> None:
        self._stage = stage
        self._session = session = stage.session
        self._filename = filename
        self._now = now
        self._benchmarks = set(session.scalars(select(Benchmark.key)))
        # Which model has a name, for two may not have names that read alike.
        self._owners = {alike(name): model_id for model_id, name in session.execute(select(Model.id, Model.name))}
        self._faults = Faults()
        self._import_id = imports.new_id()
        self.row_count = 0
        self._seen: set[str] = set()
        self._touched: set[str] = set()
        self._into: set[str] = set()

    def take(self, part: list[ArchiveRow]) -> None:
        """Put on the stage what is new in a part, unless a fault was found; then only look for others."""
        ids = {row.model.id for row in part}
        records = model_records(self._session, ids)
        columns = Measurement.__table__.columns
        found = self._session.execute(select(*columns).where(Measurement.model_id.in_(ids)))
        held = {_key(row): row for row in found}
        self.row_count += len(part)
        for row in part:
            if row.model.id not in self._seen:
                self._seen.add(row.model.id)
                self._faults.add(self._model_faults(row, records.get(row.model.id)))
            self._faults.add(self._value_faults(row, held.get(_key(row.measurement))))
        if not self._faults:
            self._store([row for row in part if _key(row.measurement) not in held], records)

    def refuse_faults(self) -> None:
        """Refuse the archive if a fault was found.

        Raises:
            ImportRejected: with every one.
        """
        self._faults.refuse()

    def finish(self, session: Session) -> Restored:
        """Note the import and the version of the data that it leads to, in the transaction that stores it."""
        import_id = self._import_id if self._touched else None
        if import_id is not None:
            record = ImportRecord(
                import_id=import_id, filename=self._filename, row_count=self.row_count, model_count=len(self._touched),
                benchmarks=tuple(self._into), imported_at=self._now,
            )  # fmt: skip
            imports.add(session, record)
            reason = f"import, models added: {len(self._touched)}"
            self._stage.version.record(reason=reason, created_at=self._now, session=session)
        unchanged = len(self._seen) - len(self._touched)
        version = data_versions.current_name(session)
        return Restored(len(self._touched), unchanged, frozenset(self._seen), import_id, version)

    def _store(self, fresh: list[ArchiveRow], records: Mapping[str, ModelRecord]) -> None:
        models = {row.model.id: row.model for row in fresh if row.model.id not in self._touched}
        self._stage.add_models([model for model_id, model in models.items() if model_id not in records])
        self._stage.add_measurements([row.measurement for row in fresh], import_id=self._import_id)
        self._touched.update(models)
        self._into.update(row.measurement.benchmark for row in fresh)
        for change in _changes(fresh, models):
            self._stage.version.add(change)

    def _model_faults(self, row: ArchiveRow, known: ModelRecord | None) -> Iterator[RowError]:
        model = row.model
        owner = self._owners.setdefault(alike(model.name), model.id)
        # Whether a model is public is decided where it is shown, and neither that nor its licence is who it is.
        if known is not None and identity(known) != identity(model):
            rule = "is in the store already with another identity; use another model_id."
            yield RowError(row.line, "model_id", model.id, rule)
        if owner != model.id and known is None:
            rule = f"is the name of the model {owner} already, or differs by letter case or spaces only; rename one."
            yield RowError(row.line, "name", short_text(model.name), rule)

    def _value_faults(self, row: ArchiveRow, there: Row[Any] | None) -> Iterator[RowError]:
        line, own = row.line, row.measurement
        if own.benchmark not in self._benchmarks:
            rule = f"is no benchmark of this store; it has {', '.join(sorted(self._benchmarks))}."
            yield RowError(line, "benchmark", short_text(own.benchmark), rule)
        if there is None and own.source == "study":
            rule = "says that the study published this value, which it did not; write import."
            yield RowError(line, "source", own.source, rule)
        if there is not None:
            for name in CIRCUMSTANCES:
                if comparable(getattr(there, name)) != comparable(getattr(own, name)):
                    text = short_text(str(getattr(own, name)))
                    yield RowError(line, name, text, "contradicts the store; measurements stay.")


def _changes(fresh: Iterable[ArchiveRow], new: Mapping[str, ModelRecord]) -> Iterator[list[object]]:
    """What a data version counts of stored rows, in the order of the file, whatever its parts."""
    counted: set[str] = set()
    for row in fresh:
        if row.model.id in new and row.model.id not in counted:
            counted.add(row.model.id)
            yield ["import", identity(row.model)]
        own = row.measurement
        yield [*_key(own), own.value, own.missing_reason, own.standard_error]
