"""Storing somebody else's table: its dimensions are added, and its values go to the models that it names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from backend.imports.csv_file import RowError, rejection, short_text
from backend.imports.foreign_table import ForeignRow, ForeignTable, Models, TableFile
from backend.imports.importer import PROTOCOL, ImportReport, LeftOut
from backend.imports.outliers import outliers_of
from backend.imports.readers import READERS
from backend.store import data_versions, imports, own_dimensions
from backend.store.benchmarks import ensure_built_in
from backend.store.dimension_definition import DimensionDefinition, definition_of
from backend.store.engine import writing
from backend.store.imports import ImportRecord
from backend.store.measurements import (
    REPLACEABLE,
    EvaluatedMeasurement,
    MeasuredValue,
    add_measurements,
    measured_values,
    remove_replaceable_value,
)
from backend.store.models import ModelRecord, add_counts, add_models, identity, model_records
from backend.store.names import alike
from backend.store.tables import OwnDimension
from quba.benchmarks import STUDY_BENCHMARK
from quba.dimensions import dimensions_in_force

_MODEL = "model"
_SOURCE = "import"
_WORDS = ("description", "source")
_ABSENT = "is no model of this store; partial=true adds it."
_Held = Mapping[tuple[str, str], MeasuredValue]


class _Match(NamedTuple):
    """A row and the model that it is about, which may be new."""

    row: ForeignRow
    record: ModelRecord


@dataclass(frozen=True, slots=True)
class _Joined:
    """A table beside the models of a store: which rows are of whom, which would be new ones, and what is left over."""

    known: tuple[_Match, ...]
    new: tuple[_Match, ...]
    left_out: tuple[tuple[ForeignRow, str], ...]


def import_table(
    engine: Engine, file: TableFile, table_format: str, *, partial: bool = False, now: datetime | None = None
) -> ImportReport:
    """Store the values of somebody else's table as dimensions of their own, all rows or none.

    Args:
        engine: of a migrated store.
        file: the table.
        table_format: one of `READERS`.
        partial: whether a model that the store has not is added with its other values missing, and a row that is of
            no model left out; else either refuses the file.
        now: time to record; the current one when absent.

    Raises:
        ImportRejected: the table breaks a rule, contradicts the store or, without `partial`, names a model that is not
            there; the error lists every place.
        Refusal: `dimension_exists`: somebody else's dimension has the key of one of the table's.
        StoreUnavailable: the database does not answer or was never migrated.
    """
    moment = now or datetime.now(UTC)
    # Before the transaction, in which nobody else can write.
    table = READERS[table_format](file)
    with writing(engine) as session:
        ensure_built_in(session)
        session.flush()
        for definition in table.definitions:
            add_dimension(session, definition, moment)
        # The outliers of the report are looked for by dimension, and those of the table are new to this process.
        with dimensions_in_force(own_dimensions.dimension_set(session)):
            return _store(session, table, file, partial=partial, now=moment)


def add_dimension(session: Session, definition: DimensionDefinition, now: datetime) -> None:
    """Add a dimension; one that an earlier file of the same kind brought keeps its words, such as that file's name.

    Args:
        session: from `writing`.
        definition: of the table's values.
        now: time to record.

    Raises:
        Refusal: `dimension_exists`: somebody else's dimension has its key.
    """
    held = session.get(OwnDimension, definition.key)
    if held is not None and held.removed_at is None:
        # A later version of the program may describe the same in other words; the label names a device, which no other
        # device may share.
        words = {name: getattr(definition, name) for name in _WORDS}
        if definition_of(held.definition).model_copy(update=words) == definition:
            return
    own_dimensions.register(session, definition, now=now)


def _store(session: Session, table: ForeignTable, file: TableFile, *, partial: bool, now: datetime) -> ImportReport:
    records = model_records(session)
    joined = _matched_rows(table, records)
    if not partial:
        _refuse_unknown(joined)
    held: _Held = {
        (each.model_id, each.dimension): each for each in measured_values(session, STUDY_BENCHMARK, PROTOCOL)
    }
    matches = (*joined.known, *joined.new)
    if table.replaces:
        held = _forget_other_values(session, matches, held)
    _refuse_contradictions(matches, held)
    fresh = [match for match in matches if any((match.record.id, key) not in held for key in match.row.values)]
    add_counts(session, {match.record.id: match.row.facts for match in joined.known}, now)
    # A file that changes nothing leaves neither an import to delete nor a data version.
    import_id = None
    if fresh:
        import_id = imports.new_id()
        record = ImportRecord(
            import_id=import_id, filename=file.name, row_count=len(table.rows), model_count=len(fresh),
            benchmarks=(STUDY_BENCHMARK,), imported_at=now,
        )  # fmt: skip
        imports.add(session, record)
        add_models(session, [match.record for match in joined.new])
        values = [each for match in fresh for each in _measurements(match, table, file, held)]
        add_measurements(session, values, import_id=import_id)
        data_versions.record(
            session,
            reason=f"import, models added: {len(fresh)}",
            changes=[
                *(["import", identity(match.record)] for match in joined.new),
                *([each.model_id, each.dimension, each.value, each.standard_error, each.note] for each in values),
            ],
            created_at=now,
        )
    return ImportReport(
        added=len(fresh),
        unchanged=len(matches) - len(fresh),
        data_version=data_versions.current_name(session),
        outliers=outliers_of({match.record.id for match in matches}, session),
        import_id=import_id,
        new_models=len(joined.new),
        left_out=tuple(LeftOut(row.line, row.model, reason) for row, reason in joined.left_out),
        dimensions=tuple(each.key for each in table.definitions),
    )


def _matched_rows(table: ForeignTable, records: Models) -> _Joined:
    by_name: dict[str, list[ForeignRow]] = {}
    for row in table.rows:
        by_name.setdefault(row.model, []).append(row)
    ids = table.ids_by_name(records)
    names = {alike(record.name) for record in records.values()}
    known: list[_Match] = []
    new: list[_Match] = []
    left_out: list[tuple[ForeignRow, str]] = []
    for name, rows in by_name.items():
        for record in (records[each] for each in ids.get(name, ())):
            found = _row_for(record, rows, same_size_only=table.same_size_only)
            if found is None:
                left_out.append((rows[0], _no_size(record)))
            else:
                known.append(_Match(found, record))
        if name not in ids:
            made = table.new_model(name)
            if made is None:
                left_out.append((rows[0], table.unknown))
            elif made.id in records or alike(made.name) in names:
                left_out.append((rows[0], f"is no model of this store, and another one has the name {made.name}"))
            else:
                # Neither may two new models of one table be alike.
                names.add(alike(made.name))
                row = _smallest(rows)
                new.append(_Match(row, replace(made, input_size=made.input_size or row.input_size)))
    return _Joined(tuple(known), tuple(new), tuple(left_out))


def _row_for(record: ModelRecord, rows: Sequence[ForeignRow], *, same_size_only: bool) -> ForeignRow | None:
    """The row at the input size that a model has here; None where the table has none.

    Where the size is not known, a speed says nothing, and of accuracies that of the smallest size is taken.
    """
    if record.input_size is None:
        return None if same_size_only else _smallest(rows)
    return next((row for row in rows if row.input_size in (None, record.input_size)), None)


def _smallest(rows: Sequence[ForeignRow]) -> ForeignRow:
    """The row of the smallest images: timm lists the size of training and, for some, a larger one for tests."""
    return min(rows, key=lambda row: row.input_size or 0)


def _no_size(record: ModelRecord) -> str:
    if record.input_size is None:
        return f"has no speed for {record.id}, whose input size is not known"
    return f"has no row at {record.input_size} pixels, the input size of {record.id}"


def _refuse_unknown(joined: _Joined) -> None:
    absent = [RowError(each.row.line, _MODEL, short_text(each.row.model), _ABSENT) for each in joined.new]
    absent += [
        RowError(row.line, _MODEL, short_text(row.model), f"{reason}; partial=true leaves it out.")
        for row, reason in joined.left_out
    ]
    if absent:
        raise rejection(sorted(absent, key=lambda each: each.line))


def _forget_other_values(session: Session, matches: Sequence[_Match], held: _Held) -> _Held:
    """Take values out of the store that a table has measured anew; those that are left."""
    other = {
        (match.record.id, key)
        for match in matches
        for key, each in match.row.values.items()
        if (there := held.get((match.record.id, key))) is not None
        and there.value != each.value
        and there.source in REPLACEABLE
    }
    for model_id, key in other:
        remove_replaceable_value(session, model_id, STUDY_BENCHMARK, PROTOCOL, key)
    return {place: value for place, value in held.items() if place not in other}


def _refuse_contradictions(matches: Sequence[_Match], held: _Held) -> None:
    errors = [
        RowError(match.row.line, key, f"{each.value:g}", _contradiction(match.record.id, there))
        for match in matches
        for key, each in match.row.values.items()
        if (there := held.get((match.record.id, key))) is not None and there.value != each.value
    ]
    if errors:
        raise rejection(errors)


def _contradiction(model_id: str, held: MeasuredValue) -> str:
    return (
        f"contradicts the store, where {model_id} has {held.value} from another file; delete that import first "
        "(`wellbehaved import --list` names it)."
    )


def _measurements(match: _Match, table: ForeignTable, file: TableFile, held: _Held) -> list[EvaluatedMeasurement]:
    return [
        EvaluatedMeasurement(
            model_id=match.record.id,
            benchmark=STUDY_BENCHMARK,
            protocol=PROTOCOL,
            dimension=key,
            value=each.value,
            missing_reason=None,
            source=_SOURCE,
            sample_count=each.sample_count,
            standard_error=each.standard_error,
            parts={},
            note=f"{match.row.conditions}; {file.provenance}",
            evaluation_id=None,
            library_versions=table.versions,
            device=table.device,
            precision=table.precision,
            seed=None,
            measured_at=table.measured_at,
        )
        for key, each in match.row.values.items()
        if (match.record.id, key) not in held
    ]
