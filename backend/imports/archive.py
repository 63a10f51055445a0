"""A store's results as one CSV file, one row a measurement: what is written here is read back without loss."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.imports.columns import FLAG_SEPARATOR, KNOWN, MOST_COUNTED, cell_violation
from backend.imports.csv_file import Lines, RowError, decoded_text, rejection, short_text
from backend.imports.flags import FLAGS
from backend.store.measurements import CIRCUMSTANCES, WHICH, EvaluatedMeasurement
from backend.store.models import FACT_FIELDS, MODEL_FIELDS, ModelRecord, facts, model_records
from backend.store.tables import PUBLIC, SOURCES, JsonObject, Measurement
from quba.dimension import Missing
from quba.dimensions import DIMENSIONS
from quba.vocabulary import PROTOCOLS, UNKNOWN

MAX_MEASUREMENTS = 100_000
_MODEL_COLUMNS = {"model_id": "id", "model_note": "note"}
_OF_MODEL = tuple(
    next((column for column, own in _MODEL_COLUMNS.items() if own == field), field)
    for field in MODEL_FIELDS
    if field not in FACT_FIELDS
)
_OF_VALUE = ("benchmark", "protocol", "dimension", *CIRCUMSTANCES, "benchmark_digest")
COLUMNS = (*_OF_MODEL, *_OF_VALUE, *FACT_FIELDS)
# Files from before ingredients, versions of benchmarks and facts of models were kept end some columns earlier.
_LATER = 2 + len(FACT_FIELDS)


def archive(session: Session, *, private: bool) -> bytes:
    """All models with all their measurements, in the order of their ids; in a session from `reading`.

    Args:
        session: from `reading`.
        private: whether models are in it that are not published.
    """
    models = {key: each for key, each in model_records(session).items() if private or each.visibility == PUBLIC}
    rows = [row for row in session.scalars(select(Measurement)) if row.model_id in models]
    # Databases sort texts differently; an export must be the same bytes from either.
    rows.sort(key=lambda row: (row.model_id, row.benchmark, row.benchmark_digest, row.protocol, row.dimension))
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        model = models[row.model_id]
        own = [_cell_text(getattr(model, _MODEL_COLUMNS.get(column, column))) for column in _OF_MODEL]
        known = [_cell_text(each) for each in facts(model).values()]
        writer.writerow([*own, *(_cell_text(getattr(row, column)) for column in _OF_VALUE), *known])
    return file.getvalue().encode()


def is_archive(data: bytes) -> bool:
    """Whether a file is one of these, by its first line."""
    return data.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(",".join(COLUMNS[:-_LATER]).encode())


def read_archive(data: bytes) -> tuple[dict[str, tuple[int, ModelRecord]], list[tuple[int, EvaluatedMeasurement]]]:
    """The models of a file by id, and its measurements, each with the line it stands on.

    Raises:
        ImportRejected: it breaks a rule; the error lists every place.
    """
    lines = iter(Lines(decoded_text(data)))
    _, header = next(lines)
    absent = len(COLUMNS) - len(header)
    filling = [""] * absent if 0 < absent <= _LATER else []
    models: dict[str, tuple[int, ModelRecord]] = {}
    measurements: dict[tuple[str, ...], tuple[int, EvaluatedMeasurement]] = {}
    errors: list[RowError] = []
    for count, (line, cells) in enumerate(lines, start=1):
        if count > MAX_MEASUREMENTS:
            raise rejection([RowError(line, None, "", f"is beyond {MAX_MEASUREMENTS} rows, the most in one file.")])
        cells = [*cells, *filling]
        faults = _faults(line, cells)
        errors += faults
        # A row that breaks a rule cannot be read further; the next one can.
        if faults:
            continue
        row = dict(zip(COLUMNS, cells, strict=True))
        model = _model(row)
        known = models.setdefault(model.id, (line, model))
        if known[1] != model:
            errors.append(
                RowError(line, "model_id", model.id, f"is another model than on line {known[0]}; rename one.")
            )
        measured = _measurement(row)
        key = tuple(getattr(measured, name) for name in WHICH)
        if key in measurements:
            rule = f"is on line {measurements[key][0]} already for this model, benchmark and protocol; delete one."
            errors.append(RowError(line, "dimension", measured.dimension, rule))
        measurements[key] = (line, measured)
    if not measurements and not errors:
        raise rejection([RowError(1, None, "", "The file has a header and no results.")])
    if errors:
        raise rejection(errors)
    return models, list(measurements.values())


def _cell_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        # The shortest text that reads back as the same number; str() and %g lose digits.
        return repr(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return FLAG_SEPARATOR.join(value)
    return json.dumps(value, sort_keys=True, allow_nan=False) if isinstance(value, dict) else str(value)


def _faults(line: int, cells: list[str]) -> list[RowError]:
    if len(cells) != len(COLUMNS):
        return [RowError(line, None, f"{len(cells)} cells", f"must have as many cells as the header, {len(COLUMNS)}.")]
    row = dict(zip(COLUMNS, cells, strict=True))
    found = ((column, _violation(column, cell)) for column, cell in row.items())
    errors = [RowError(line, column, short_text(row[column]), rule) for column, rule in found if rule is not None]
    if (row["value"] == "") == (row["missing_reason"] == ""):
        rule = "either a value or the reason why there is none must be given; leave one of the two empty."
        errors.append(RowError(line, "value", short_text(row["value"]), rule))
    # Only once the cells can be read: `float` of a word would end the import without a line.
    if not errors and row["value"] and (violated := DIMENSIONS[row["dimension"]].violation(float(row["value"]))):
        errors.append(RowError(line, "value", short_text(row["value"]), f"cannot be: {violated}."))
    return errors


def _violation(column: str, cell: str) -> str | None:
    if column in _CHOICES:
        known = _CHOICES[column]
        return None if cell in known else f"must be one of {', '.join(filter(None, known))}."
    if column in _FLAGGED:
        return (
            None if set(filter(None, cell.split(FLAG_SEPARATOR))) <= set(FLAGS) else f"must hold of {', '.join(FLAGS)}."
        )
    if column in _FACT_TEXTS:
        return cell_violation(column, cell) if cell else None
    if column in _OF_MODEL:
        named = _MODEL_COLUMNS.get(column, column) if column != "model_id" else column
        return cell_violation(named, cell) if named in KNOWN else None
    if column not in _READ:
        return None
    try:
        _READ[column](cell)
    except ValueError as error:
        return f"cannot be read: {error}."
    return None


def _model(row: Mapping[str, str]) -> ModelRecord:
    told = (*_OF_MODEL, *FACT_FIELDS)
    columns = {_MODEL_COLUMNS.get(column, column): _READ.get(column, _text)(row[column]) for column in told}
    return ModelRecord(**columns)


def _measurement(row: Mapping[str, str]) -> EvaluatedMeasurement:
    columns = {column: _READ.get(column, _text)(row[column]) for column in ("model_id", *_OF_VALUE)}
    return EvaluatedMeasurement(**columns)


def _text(cell: str) -> str | None:
    return cell or None


def _licence(cell: str) -> str:
    return cell or UNKNOWN


def _flags(cell: str) -> tuple[str, ...]:
    return tuple(filter(None, cell.split(FLAG_SEPARATOR)))


def _number(cell: str) -> float | None:
    return float(cell) if cell else None


def _whole(cell: str) -> int | None:
    return int(cell) if cell else None


def _not_negative(cell: str) -> float | None:
    number = _number(cell)
    if number is not None and not 0 <= number < float("inf"):
        raise ValueError("it must be 0 or more")
    return number


def _positive_count(cell: str) -> int | None:
    number = _whole(cell)
    if number is not None and number < 1:
        raise ValueError("it must be 1 or more")
    if number is not None and number > MOST_COUNTED:
        raise ValueError(f"it must be {MOST_COUNTED} or less")
    return number


def _object(cell: str) -> JsonObject:
    # Python's reader takes NaN and Infinity, which are no JSON and which Postgres refuses.
    found = json.loads(cell, parse_constant=_no_number)
    if not isinstance(found, dict):
        raise ValueError("it must be a JSON object")
    return found


def _no_number(text: str) -> float:
    raise ValueError(f"{text} is no number of JSON")


def _moment(cell: str) -> datetime | None:
    found = datetime.fromisoformat(cell) if cell else None
    if found is not None and found.tzinfo is None:
        raise ValueError("it must have a zone, such as +00:00")
    return found


_CHOICES: Mapping[str, Iterable[str]] = MappingProxyType(
    {
        "visibility": ("public", "private"),
        "protocol": PROTOCOLS,
        "dimension": tuple(DIMENSIONS),
        "missing_reason": ("", *(reason.value for reason in Missing)),
        "source": SOURCES,
    }
)
_FLAGGED = ("label_flags", "flags")
_FACT_TEXTS = ("licence", "licence_source", "cost_source")
_READ: Mapping[str, Callable[[str], Any]] = MappingProxyType(
    {
        "published_row": _whole,
        "label_flags": _flags,
        "model_note": str,
        "note": str,
        "value": _number,
        "standard_error": _not_negative,
        "sample_count": _positive_count,
        "parts": _object,
        "flags": _flags,
        "library_versions": _object,
        "seed": _whole,
        "measured_at": _moment,
        "benchmark_digest": str,
        "licence": _licence,
        "macs_billions": _not_negative,
        "activations_millions": _not_negative,
        "input_size": _positive_count,
    }
)
