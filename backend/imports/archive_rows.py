"""The rows of an archive of results: which columns they have, the rules that they obey, and what they say.

Files may be larger than memory: rows are read one after the other, and what must be remembered of all of them, to find
repetitions, lies in a temporary file.
"""

import hashlib
import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from types import MappingProxyType
from typing import Any, BinaryIO, NamedTuple

from backend.imports.columns import FIXED, FLAG_SEPARATOR, MOST_COUNTED, cell_violation, dimensions_of_files
from backend.imports.csv_file import WATCHED_ROWS, Faults, Lines, RowError, decoded_lines, short_text
from backend.imports.first_lines import FirstLines
from backend.imports.flags import FLAGS
from backend.store.measurements import CIRCUMSTANCES, WHICH, EvaluatedMeasurement
from backend.store.models import FACT_FIELDS, MODEL_FIELDS, ModelRecord
from backend.store.tables import SOURCES, JsonObject
from quba.dimension import Missing
from quba.dimensions import DIMENSIONS
from quba.vocabulary import PROTOCOLS, UNKNOWN

MODEL_COLUMNS = {"model_id": "id", "model_note": "note"}
OF_MODEL = tuple(
    next((column for column, own in MODEL_COLUMNS.items() if own == field), field)
    for field in MODEL_FIELDS
    if field not in FACT_FIELDS
)
OF_VALUE = ("benchmark", "protocol", "dimension", *CIRCUMSTANCES, "benchmark_digest")
COLUMNS = (*OF_MODEL, *OF_VALUE, *FACT_FIELDS)
_MODEL_PART = (*OF_MODEL, *FACT_FIELDS)
# Files from before ingredients, versions of benchmarks and facts of models were kept end some columns earlier.
_LATER = 2 + len(FACT_FIELDS)
# More than the header has; the rest may be larger than memory.
_HEADER_BYTES = 4096
_LARGEST_SEED = 2**63 - 1


class ArchiveRow(NamedTuple):
    """One measurement of an archive, with its model.

    Attributes:
        line: where the row starts, as an editor numbers lines.
        model: what the row says of the model.
        measurement: what it says of the value.
    """

    line: int
    model: ModelRecord
    measurement: EvaluatedMeasurement


def is_archive(file: BinaryIO) -> bool:
    """Whether a file is an archive, by its first line; it is left at its start."""
    file.seek(0)
    start = file.read(_HEADER_BYTES)
    file.seek(0)
    return start.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(",".join(COLUMNS[:-_LATER]).encode())


def check_archive(file: BinaryIO, watch: Callable[[int], None] = lambda _: None) -> None:
    """Find every fault that an archive has of its own, whatever the store holds.

    Args:
        file: the archive.
        watch: called again and again with the number of rows that are checked.

    Raises:
        ImportRejected: it breaks a rule; the error lists every place, up to `csv_file.MOST_FOUND`.
    """
    faults = Faults()
    first = FirstLines()
    try:
        count = 0
        for count, (line, cells) in enumerate(_filled_lines(file), 1):
            if count % WATCHED_ROWS == 0:
                watch(count)
            found = _faults(line, cells)
            # A row that breaks a rule cannot be read further; the next one can.
            faults.add(found or _repeats(_row(line, cells), first))
        if not count:
            faults.add([RowError(1, None, "", "The file has a header and no results.")])
        faults.refuse()
        watch(count)
    finally:
        first.close()


def archive_rows(file: BinaryIO) -> Iterator[ArchiveRow]:
    """The rows of an archive that `check_archive` found no fault in, in the order of the file."""
    for line, cells in _filled_lines(file):
        yield _row(line, cells)


def _filled_lines(file: BinaryIO) -> Iterator[tuple[int, list[str]]]:
    """The rows below the header, each with a cell for all columns that there are today."""
    file.seek(0)
    lines = iter(Lines(decoded_lines(file)))
    _, header = next(lines)
    absent = len(COLUMNS) - len(header)
    filling = [""] * absent if 0 < absent <= _LATER else []
    for line, cells in lines:
        yield line, [*cells, *filling]


def _repeats(row: ArchiveRow, first: FirstLines) -> list[RowError]:
    errors = []
    model_id, measured = row.model.id, row.measurement
    # In the place of the text itself, for a file may have millions of rows.
    content = hashlib.blake2b(repr(row.model).encode(), digest_size=16).hexdigest()
    model = first.earlier(("model", model_id), row.line, content)
    if model is not None and model[1] != content:
        errors.append(
            RowError(row.line, "model_id", model_id, f"is another model than on line {model[0]}; rename one.")
        )
    value = first.earlier(("value", *(getattr(measured, name) for name in WHICH)), row.line)
    if value is not None:
        rule = f"is on line {value[0]} already for this model, benchmark and protocol; delete one."
        errors.append(RowError(row.line, "dimension", measured.dimension, rule))
    return errors


def _row(line: int, cells: list[str]) -> ArchiveRow:
    row = dict(zip(COLUMNS, cells, strict=True))
    return ArchiveRow(line, _model(_model_cells(cells)), _measurement(row))


def _faults(line: int, cells: list[str]) -> list[RowError]:
    if len(cells) != len(COLUMNS):
        return [RowError(line, None, f"{len(cells)} cells", f"must have as many cells as the header, {len(COLUMNS)}.")]
    row = dict(zip(COLUMNS, cells, strict=True))
    found = [
        *_model_violations(_model_cells(cells)),
        *((column, _violation(column, row[column])) for column in OF_VALUE),
    ]
    errors = [RowError(line, column, short_text(row[column]), rule) for column, rule in found if rule is not None]
    if (row["value"] == "") == (row["missing_reason"] == ""):
        rule = "either a value or the reason why there is none must be given; leave one of the two empty."
        errors.append(RowError(line, "value", short_text(row["value"]), rule))
    # Only once the cells can be read: `float` of a word would end the import without a line.
    if not errors and row["value"] and (violated := DIMENSIONS[row["dimension"]].violation(float(row["value"]))):
        errors.append(RowError(line, "value", short_text(row["value"]), f"cannot be: {violated}."))
    return errors


def _model_cells(cells: list[str]) -> tuple[str, ...]:
    """What a row says of its model, in the order of `_MODEL_PART`."""
    return (*cells[: len(OF_MODEL)], *cells[-len(FACT_FIELDS) :])


# The rows of a model follow each other in what an export wrote: each model is read once and not once a value.
@lru_cache(maxsize=64)
def _model_violations(cells: tuple[str, ...]) -> tuple[tuple[str, str | None], ...]:
    return tuple((column, _violation(column, cell)) for column, cell in zip(_MODEL_PART, cells, strict=True))


@lru_cache(maxsize=64)
def _model(cells: tuple[str, ...]) -> ModelRecord:
    said = zip(_MODEL_PART, cells, strict=True)
    return ModelRecord(**{MODEL_COLUMNS.get(column, column): _READ.get(column, _text)(cell) for column, cell in said})


def _violation(column: str, cell: str) -> str | None:
    if column == "dimension":
        rule = f"must be one of {', '.join(dimensions_of_files())}; add one of your own before its values."
        return None if cell in DIMENSIONS and not DIMENSIONS[cell].of_facts else rule
    if column in _CHOICES:
        known = _CHOICES[column]
        return None if cell in known else f"must be one of {', '.join(filter(None, known))}."
    if column in _FLAGGED:
        return (
            None if set(filter(None, cell.split(FLAG_SEPARATOR))) <= set(FLAGS) else f"must hold of {', '.join(FLAGS)}."
        )
    if column in _FACT_TEXTS:
        return cell_violation(column, cell) if cell else None
    if column in OF_MODEL:
        named = MODEL_COLUMNS.get(column, column) if column != "model_id" else column
        return cell_violation(named, cell) if named in FIXED else None
    if column not in _READ:
        return None
    try:
        _READ[column](cell)
    except ValueError as error:
        return f"cannot be read: {error}."
    return None


def _measurement(row: Mapping[str, str]) -> EvaluatedMeasurement:
    columns = {column: _READ.get(column, _text)(row[column]) for column in ("model_id", *OF_VALUE)}
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


def _seed(cell: str) -> int | None:
    number = _whole(cell)
    # What the column holds: a seed that was stored comes back, whatever it was chosen by.
    if number is not None and not 0 <= number <= _LARGEST_SEED:
        raise ValueError(f"it must be from 0 to {_LARGEST_SEED}")
    return number


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
    # What nearly all are, and reading it takes longer than comparing.
    if cell == "{}":
        return {}
    # Python's reader takes NaN and Infinity, which are no JSON and which Postgres refuses.
    found = json.loads(cell, parse_constant=_no_number, parse_float=_finite)
    if not isinstance(found, dict):
        raise ValueError("it must be a JSON object")
    return found


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _no_number(text)


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
        "seed": _seed,
        "measured_at": _moment,
        "benchmark_digest": str,
        "licence": _licence,
        "macs_billions": _not_negative,
        "activations_millions": _not_negative,
        "input_size": _positive_count,
    }
)
