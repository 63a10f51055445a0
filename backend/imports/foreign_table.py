"""What a reader makes of somebody else's table: own dimensions, and a row of values for each model that it names."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import NoReturn, TypeAlias

from backend.imports.columns import DECIMAL
from backend.imports.csv_file import (
    MAX_ROWS,
    Faults,
    ImportRejected,
    Lines,
    RowError,
    decoded_text,
    short_text,
)
from backend.store.dimension_definition import DimensionDefinition, definition_of
from backend.store.models import ModelRecord
from backend.store.names import acceptable
from backend.store.tables import JsonObject
from quba.errors import Refusal

LONGEST_NAME = 200
# RobustBench says set and threat by folders: `imagenet/Linf/MODEL.json`.
_FOLDERS_SHOWN = 3
# Per cent are written with three digits behind the point, so that two of them may miss 100 by one of the last.
_ROUNDING = Decimal("0.0015")
_HUNDRED = Decimal(100)

Models: TypeAlias = Mapping[str, ModelRecord]


@dataclass(frozen=True, kw_only=True, slots=True)
class TableFile:
    """A table as it was handed in.

    Attributes:
        data: what the file holds.
        name: what it is called, with the folders that its reader needs; None where nobody said.
        dimension: which set its values are of, where somebody said so beside the name.
        day: of the import.
        origin: where the values are from that no file brought, such as an evaluation.
    """

    data: bytes
    name: str | None
    dimension: str | None
    day: date
    origin: str | None = None

    @property
    def provenance(self) -> str:
        """File, digest and day, for whoever asks where a value comes from.

        >>> TableFile(data=b"a", name="b.csv", dimension=None, day=date(2026, 11, 26)).provenance
        'b.csv, sha256 ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb, imported 2026-11-26'
        """
        if self.origin is not None:
            return self.origin
        called = acceptable(self.name, LONGEST_NAME) if self.name else "a file without a name"
        return f"{called}, sha256 {hashlib.sha256(self.data).hexdigest()}, imported {self.day.isoformat()}"

    @property
    def base_name(self) -> str:
        """The name without folders; empty where nobody said one."""
        return self.folders[-1] if self.folders else ""

    @property
    def folders(self) -> tuple[str, ...]:
        """The last parts of the name as it was given, the file's own at the end."""
        # Windows parts folders by backslashes.
        return tuple((self.name or "").replace("\\", "/").split("/")[-_FOLDERS_SHOWN:]) if self.name else ()


@dataclass(frozen=True, kw_only=True, slots=True)
class ForeignValue:
    """One value of a table, in the unit of its dimension.

    Attributes:
        value: a finite number.
        sample_count: images that it rests on, where that is known.
        standard_error: where the value is a share of that many images.
    """

    value: float
    sample_count: int | None = None
    standard_error: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ForeignRow:
    """What a table says of one model.

    Attributes:
        line: where it stands.
        model: what the table calls the model.
        values: by the key of the dimension; a value that the table lacks is not there.
        conditions: under which it was measured, in words.
        input_size: height and width of the images in pixels, where the table says it.
        facts: what the table says of the model beside values, by `backend.store.models.FACT_FIELDS`; it counts where
            nothing else is known.
    """

    line: int
    model: str
    values: Mapping[str, ForeignValue]
    conditions: str
    input_size: int | None = None
    facts: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class ForeignTable:
    """A table without a fault of its own.

    Attributes:
        definitions: the dimensions that its values are of.
        rows: what it says; of one model, rows differ by their input size.
        ids_by_name: gives, for the models of a store, which of them the table means by each name.
        new_model: makes a model of a name that the store has none of; None where the name does not tell weights.
        unknown: why a name that makes no model is left out.
        same_size_only: whether a value says something at its input size alone, as a speed does.
        device: that was measured on, for a speed.
        precision: of the arithmetic, for a speed.
        versions: of the libraries that computed, by name, where the table says them.
        measured_at: where the table says it.
        replaces: whether another value takes the place of the one that the store has: it was measured anew, where a
            published figure is never overwritten.
    """

    definitions: tuple[DimensionDefinition, ...]
    rows: tuple[ForeignRow, ...]
    ids_by_name: Callable[[Models], Mapping[str, Sequence[str]]]
    new_model: Callable[[str], ModelRecord | None]
    unknown: str
    same_size_only: bool = False
    device: str | None = None
    precision: str | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    measured_at: datetime | None = None
    replaces: bool = False


Reader: TypeAlias = Callable[[TableFile], ForeignTable]


def refuse_file(value: str, rule: str) -> NoReturn:
    """Refuse a table as a whole.

    Raises:
        ImportRejected: with this one fault.
    """
    raise ImportRejected((RowError(1, None, short_text(value), rule),))


def own_definition(file: TableFile, title: str, told: JsonObject) -> DimensionDefinition:
    """The dimension that a table's values are of, with the file that brought it first as its source.

    Args:
        file: the table.
        title: whose table it is.
        told: the keys of a definition but for the source.

    Raises:
        ImportRejected: its key or its texts break a rule, which the name of a file can make them do.
    """
    source = f"{title}; added by {file.provenance}. The note of each value says where it is from."
    try:
        return definition_of({**told, "source": source})
    except Refusal as refusal:
        refuse_file(file.name or "", f"makes no dimension: {refusal.message} Name it with the option dimension.")


def csv_rows(data: bytes, needed: Sequence[str], faults: Faults) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows of a table in CSV with the lines that they start on.

    Args:
        data: the file.
        needed: columns without which it is another kind of table; others are passed over.
        faults: where rows of another length than the header are noted.

    Raises:
        ImportRejected: it cannot be read, or a needed column is missing or there twice.
    """
    lines = iter(Lines(decoded_text(data)))
    line, header = next(lines, (1, []))
    wrong = [
        RowError(line, column, "", f"is {'missing' if column not in header else 'there twice'}; {_FORM}")
        for column in needed
        if header.count(column) != 1
    ]
    # Without its columns no row can be read, so that what follows would say nothing more.
    faults.add(wrong)
    faults.refuse()
    for count, (number, cells) in enumerate(lines, start=1):
        if count > MAX_ROWS:
            faults.add([RowError(number, None, "", f"is beyond {MAX_ROWS} rows, the most in one file; split it.")])
            faults.refuse()
        if len(cells) != len(header):
            rule = f"must have as many cells as the header, {len(header)}; quote a cell that holds a comma."
            faults.add([RowError(number, None, f"{len(cells)} cells", rule)])
            continue
        yield number, dict(zip(header, cells, strict=True))


_FORM = "import the file as it was published."


def number_violation(cell: str, low: float, high: float, unit: str) -> str | None:
    """The rule that a number of a table breaks; None for a good one.

    >>> number_violation("76.1", 0, 100, "per cent")
    >>> number_violation("nan", 0, 100, "per cent")
    'must be a plain number in per cent; correct it or delete the row.'
    >>> number_violation("761", 0, 100, "per cent")
    'must be 0 to 100 per cent; correct it or delete the row.'
    """
    if not DECIMAL.fullmatch(cell):
        return f"must be a plain number in {unit}; correct it or delete the row."
    if not low <= float(cell) <= high:
        return f"must be {low:g} to {high:g} {unit}; correct it or delete the row."
    return None


def fraction(cell: str) -> float:
    """Per cent as a fraction, without the error that dividing binary numbers would add.

    >>> fraction("91.144")
    0.91144
    """
    return float(Decimal(cell) / _HUNDRED)


def makes_hundred(cell: str, other: str) -> bool:
    """Whether two shares in per cent make up all, but for rounding.

    >>> makes_hundred("91.144", "8.856"), makes_hundred("0.91144", "0.08856")
    (True, False)
    """
    return abs(Decimal(cell) + Decimal(other) - _HUNDRED) <= _ROUNDING
