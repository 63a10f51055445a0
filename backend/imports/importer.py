"""Storing results: the published study's, and a user's own from a CSV file. All rows or none."""

import io
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from importlib.resources import files
from itertools import islice
from typing import BinaryIO, Literal, NamedTuple

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from backend.imports.archive_rows import check_archive, is_archive
from backend.imports.columns import TIMM_TAG, count_columns, error_columns
from backend.imports.csv_file import (
    Faults,
    ImportRejected,
    ResultRow,
    Results,
    RowError,
    check_results,
    read_results,
    result_rows,
    short_text,
)
from backend.imports.import_progress import RowCounter, Watch
from backend.imports.known_models import named_records, of_known_models, stored_keys
from backend.imports.model_facts import refresh_facts, with_facts
from backend.imports.outliers import Outlier, outliers_of
from backend.imports.restoring import Restored, restore
from backend.store import data_versions, imports
from backend.store.engine import reading
from backend.store.imports import ImportRecord
from backend.store.measurements import (
    MeasuredValue,
    NewMeasurement,
    measured_values,
)
from backend.store.models import ModelRecord, identity
from backend.store.names import alike
from backend.store.staging import Stage, make_change
from backend.store.tables import Model
from quba.benchmarks import STUDY, STUDY_BENCHMARK
from quba.dimension import Missing
from quba.dimensions import DIMENSIONS
from quba.measuring.uncertainty import binomial_standard_error

__all__ = [
    "ImportRejected",
    "ImportReport",
    "Results",
    "RowError",
    "import_results",
    "import_study",
    "read_results",
]

PROTOCOL = STUDY.default_protocol
# The protocol tells the number of images for accuracy alone; the other values combine several counts.
_STUDY_SAMPLES = {"accuracy": 50_000}

# Rows that are compared with the store, and stored, at once: a file may be larger than memory.
_ROWS_AT_ONCE = 2_000

Source = Literal["study", "import"]
Stored = dict[str, dict[str, MeasuredValue]]


class LeftOut(NamedTuple):
    """A row of a table that was not taken: where it stands, what the table calls the model, and why."""

    line: int
    model: str
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportReport:
    """What an import did.

    Attributes:
        added: models that got values.
        unchanged: models that the store held already, with the same values.
        data_version: public name of the data version after it.
        outliers: values of the file that are so far from all others that no norm of the pool counts them.
        import_id: under which what was added can be deleted; None where nothing was, and for the study.
        new_models: of those added, how many the store did not have before.
        left_out: rows of somebody else's table that are of no model.
        dimensions: keys of those that somebody else's table is of.
    """

    added: int
    unchanged: int
    data_version: str
    outliers: tuple[Outlier, ...] = ()
    import_id: str | None = None
    new_models: int = 0
    left_out: tuple[LeftOut, ...] = ()
    dimensions: tuple[str, ...] = ()


def published_scores() -> bytes:
    """The study's figures as the file that ships with the program."""
    return (files("backend.imports") / "published_scores.csv").read_bytes()


def import_study(engine: Engine, *, now: datetime | None = None) -> ImportReport:
    """Store the figures of the 326 published models with their facts; a second time adds nothing.

    Args:
        engine: of a migrated store.
        now: time to record for the data version; the current one when absent.

    Raises:
        ImportRejected: the store holds a model of this id or name with other values.
        StoreUnavailable: the database does not answer or was never migrated.
    """
    report = import_results(engine, published_scores(), source="study", now=now)
    refresh_facts(engine, now=now)
    with reading(engine) as session:
        return replace(report, data_version=data_versions.current_name(session))


def import_results(
    engine: Engine,
    data: bytes | BinaryIO,
    *,
    source: Source = "import",
    filename: str | None = None,
    now: datetime | None = None,
    watch: Watch = lambda _: None,
) -> ImportReport:
    """Store the results of a CSV file as measurements of the study's benchmark and protocol, all rows or none.

    A file that `backend.imports.archive` wrote brings its own benchmarks and protocols.

    A file without names has values for models that are there, by `model_id` or `timm_tag`.
    A model that the store holds with the same values is left alone. The columns that the file lacks are not compared.
    Values on dimensions that the store knows nothing of for a model are added to those it holds.

    Args:
        engine: of a migrated store.
        data: the file, see `check_results`, or what it holds; of any size.
        source: where the values come from.
        filename: what the file is called, to be listed.
        now: time to record for the data version and the import; the current one when absent.
        watch: called again and again while the file is worked on.

    Raises:
        ImportRejected: the file breaks a rule, or contradicts what the store holds; the error lists every place.
        StoreUnavailable: the database does not answer or was never migrated.
    """
    now = now or datetime.now(UTC)
    file = io.BytesIO(data) if isinstance(data, bytes) else data
    counter = RowCounter(watch)
    if is_archive(file):
        return _restore_archive(engine, file, filename, now, counter)
    columns = check_results(file, counter.note_checked)
    seen: set[str] = set()

    def compare(stage: Stage) -> Callable[[Session], ImportReport]:
        taking = _Taking(stage, columns, source=source, filename=filename, now=now)
        rows, done = result_rows(file), 0
        while part := tuple(islice(rows, _ROWS_AT_ONCE)):
            taking.take(part)
            done += len(part)
            counter.note_compared(done)
        taking.refuse_faults()
        seen.update(taking.seen)
        counter.note_storing()
        return taking.finish

    return _with_outliers(engine, make_change(engine, compare), seen)


class _Taking:
    """A results file without faults of its own on its way to the store."""

    def __init__(
        self, stage: Stage, columns: tuple[str, ...], *, source: Source, filename: str | None, now: datetime
    ) -> None:
        self._stage = stage
        self._session = session = stage.session
        self._columns = columns
        self._source = source
        self._filename = filename
        self._now = now
        # Which model has a name, for two may not have names that read alike.
        names = session.execute(select(Model.id, Model.name))
        self._owners = {alike(name): (model_id, name) for model_id, name in names}
        self._faults = Faults()
        self._import_id = imports.new_id() if source == "import" else None
        self.seen: set[str] = set()
        self._added = 0

    def take(self, rows: tuple[ResultRow, ...]) -> None:
        """Put on the stage what is new in some rows, unless a fault was found; then only look for others."""
        results = Results(columns=self._columns, rows=rows)
        try:
            records = named_records(self._session, results)
            # An earlier part has had its suggestions.
            keys = list[str] if self._faults else partial(stored_keys, self._session, results)
            results = of_known_models(results, records, keys)
        except ImportRejected as rejected:
            self._faults.add(rejected.errors)
            return
        ids = {row.record.id for row in results.rows}
        stored = _stored_values(self._session, ids)
        self._faults.add(_contradictions(results, self._owners, records, stored))
        self.seen |= ids
        if not self._faults:
            fresh = [row for row in (_new_part(row, stored.get(row.record.id)) for row in results.rows) if row.values]
            self._store(fresh, records)

    def _store(self, fresh: list[ResultRow], records: Mapping[str, ModelRecord]) -> None:
        added = [row.record for row in fresh if row.record.id not in records]
        self._stage.add_models([with_facts(each) for each in added] if self._source == "study" else added)
        values = [each for row in fresh for each in _measurements(row, self._source)]
        self._stage.add_measurements(values, import_id=self._import_id)
        for row in fresh:
            self._stage.version.add(_change(row, self._source))
        self._added += len(fresh)

    def refuse_faults(self) -> None:
        """Refuse the file if a fault was found.

        Raises:
            ImportRejected: with every one.
        """
        self._faults.refuse()

    def finish(self, session: Session) -> ImportReport:
        """Note the import and the version of the data that it leads to, in the transaction that stores it."""
        import_id = self._import_id if self._added else None
        if import_id is not None:
            record = ImportRecord(
                import_id=import_id, filename=self._filename, row_count=len(self.seen), model_count=self._added,
                benchmarks=(STUDY_BENCHMARK,), imported_at=self._now,
            )  # fmt: skip
            imports.add(session, record)
        if self._added:
            reason = f"{self._source}, models added: {self._added}"
            self._stage.version.record(reason=reason, created_at=self._now, session=session)
        return ImportReport(
            added=self._added,
            unchanged=len(self.seen) - self._added,
            data_version=data_versions.current_name(session),
            import_id=import_id,
        )


def _restore_archive(
    engine: Engine, file: BinaryIO, filename: str | None, now: datetime, counter: RowCounter
) -> ImportReport:
    """Store a file that an export wrote."""
    check_archive(file, counter.note_checked)

    def compare(stage: Stage) -> Callable[[Session], Restored]:
        finish = restore(stage, file, filename, now, counter.note_compared)
        counter.note_storing()
        return finish

    done = make_change(engine, compare)
    report = ImportReport(
        added=done.added, unchanged=done.unchanged, data_version=done.data_version, import_id=done.import_id
    )
    return _with_outliers(engine, report, done.model_ids)


def _with_outliers(engine: Engine, report: ImportReport, mine: Collection[str]) -> ImportReport:
    # Behind the transaction, in which nobody else can write: the whole pool takes seconds to look through.
    with reading(engine) as session:
        return replace(report, outliers=outliers_of(mine, session))


def _new_part(row: ResultRow, stored: dict[str, MeasuredValue] | None) -> ResultRow:
    """A row less the values that the store holds; of a model that it holds, an empty cell is no news either."""
    if stored is None:
        return row
    return replace(
        row, values={key: value for key, value in row.values.items() if key not in stored and value is not None}
    )


def _change(row: ResultRow, source: Source) -> list[object]:
    told: list[object] = [source, identity(row.record), dict(row.values), dict(row.flags)]
    certainty = [dict(row.standard_errors), dict(row.sample_counts)]
    # Files without certainty make the same version as they did before it was kept.
    return told + certainty if any(certainty) else told


def _stored_values(session: Session, model_ids: Collection[str]) -> Stored:
    stored: Stored = {}
    for each in measured_values(session, STUDY_BENCHMARK, PROTOCOL, model_ids):
        stored.setdefault(each.model_id, {})[each.dimension] = each
    return stored


def _measurements(row: ResultRow, source: Source) -> list[NewMeasurement]:
    return [
        NewMeasurement(
            model_id=row.record.id,
            benchmark=STUDY_BENCHMARK,
            protocol=PROTOCOL,
            dimension=key,
            value=value,
            missing_reason=Missing.NOT_MEASURED.value if value is None else None,
            source=source,
            sample_count=_STUDY_SAMPLES.get(key) if source == "study" else row.sample_counts.get(key),
            standard_error=_standard_error(row, key),
            flags=row.flags.get(key, ()),
        )
        for key, value in row.values.items()
    ]


def _standard_error(row: ResultRow, key: str) -> float | None:
    """As the file says; of a share of a known number of images it follows from the two."""
    value, count = row.values[key], row.sample_counts.get(key)
    if value is None or key in row.standard_errors:
        return row.standard_errors.get(key)
    return binomial_standard_error(value, count) if key == "accuracy" and count else None


def _contradictions(
    results: Results, owners: Mapping[str, tuple[str, str]], records: Mapping[str, ModelRecord], stored: Stored
) -> list[RowError]:
    errors: list[RowError] = []
    for row in results.rows:
        owner = owners.get(alike(row.record.name))
        if owner is not None and owner[0] != row.record.id and row.record.id not in records:
            exactly = owner[1] == row.record.name
            only = "" if exactly else f", {short_text(owner[1])!r}, but for letter case or spaces"
            rule = f"is the name of the stored model {owner[0]} already{only}; choose another name."
            errors.append(RowError(row.line, "name", short_text(row.record.name), rule))
        elif row.record.id in records:
            known = records[row.record.id]
            errors.extend(
                RowError(row.line, column, short_text(row.cells[column]), _contradiction(row.record.id, held))
                for column, held in _differences(results.columns, row, known, stored.get(row.record.id))
            )
    return errors


def _contradiction(model_id: str, held: object) -> str:
    shown = "nothing" if held in {None, ""} else short_text(repr(held))
    return (
        f"contradicts the store, where model {model_id} exists already with other values, here {shown}; "
        "use another model_id, or the stored value."
    )


def _differences(
    columns: tuple[str, ...],
    row: ResultRow,
    known: ModelRecord,
    stored: dict[str, MeasuredValue] | None,
) -> list[tuple[str, object]]:
    """The columns in which a row differs from the stored model, with what the store holds."""
    found: list[tuple[str, object]] = []
    errors, counts = error_columns(), count_columns()
    # A tag is no column of the store: it found the model.
    for column in (each for each in columns if each != TIMM_TAG):
        # What the store knows nothing of is no contradiction: the value is added.
        if column in DIMENSIONS:
            held: object = None if stored is None or column not in stored else stored[column].value
            differs = stored is not None and column in stored and held != row.values[column]
        elif column in errors or column in counts:
            key, kind = (errors[column], "standard_error") if column in errors else (counts[column], "sample_count")
            given = _standard_error(row, key) if column in errors else row.sample_counts.get(key)
            held = None if stored is None or key not in stored else getattr(stored[key], kind)
            differs = stored is not None and key in stored and given is not None and held != given
        elif column == "flags":
            flagged = {} if stored is None else {key: each.flags for key, each in stored.items() if each.flags}
            held = ";".join(sorted({*known.label_flags, *(flag for flags in flagged.values() for flag in flags)}))
            told = {key: flags for key, flags in row.flags.items() if stored is not None and key in stored}
            differs = known.label_flags != row.record.label_flags or (stored is not None and flagged != told)
        else:
            field = "id" if column == "model_id" else column
            held = getattr(known, field)
            differs = held != getattr(row.record, field)
        if differs:
            found.append((column, held))
    return found
