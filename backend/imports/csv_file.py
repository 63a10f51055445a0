"""Reading a results file: every fault of every row is found before anything is refused, and nothing is guessed."""

import csv
import io
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import BinaryIO

from backend.imports.columns import (
    FLAG_SEPARATOR,
    KEYS,
    MODEL_ID,
    NAME,
    NEEDED,
    cell_violation,
    count_columns,
    dimensions_of_files,
    error_columns,
    key_violations,
    known_columns,
    unknown_column,
)
from backend.imports.first_lines import FirstLines
from backend.imports.flags import label_flags, value_flags
from backend.imports.new_models import described_model
from backend.store.models import ModelRecord
from backend.store.names import alike, normalised_text
from quba.dimensions import DIMENSIONS

# Of a table of others, which is read as a whole.
MAX_BYTES = 16 * 1024 * 1024
MAX_ROWS = 10_000
MOST_FOUND = 10_000
WATCHED_ROWS = 1_000
# Parts make a row long; a file that is one line would fill the memory.
_LONGEST_LINE = 8 * 1024 * 1024
_SHOWN = 80
# How Excel writes, for itself, which sign parts the cells.
_SEPARATOR_LINE = re.compile(r"sep=([,;\t])[,;\t ]*(?:\r\n|\r|\n|$)", re.IGNORECASE)
# The keys of the values that a file has, and the columns of their errors and counts with the keys.
_Figures = tuple[Sequence[str], Sequence[tuple[str, str]], Sequence[tuple[str, str]]]
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class RowError:
    """One fault of a results file.

    Attributes:
        line: where its row starts, as an editor numbers lines; 1 where the file as a whole is at fault.
        column: the column's name, or None where a whole row or the file is at fault.
        value: the text found there, shortened to 80 characters.
        rule: the rule it breaks and what to do.
    """

    line: int
    column: str | None
    value: str
    rule: str

    def __str__(self) -> str:
        place = f"line {self.line}" + (f", {self.column}" if self.column is not None else "")
        return f"{place}: {self.value!r} {self.rule}"


class ImportRejected(ValueError):
    """A results file with faults; nothing of it was stored.

    Args:
        errors: every fault, in the order of the lines.
    """

    def __init__(self, errors: tuple[RowError, ...]) -> None:
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        super().__init__(f"{errors[0]}{more} Nothing was imported; correct the file and import it again.")
        self.errors = errors


class Faults:
    """The faults of a file as they are found.

    A file of the wrong kind has one in every cell: after `MOST_FOUND`, reading on would help nobody.
    """

    def __init__(self) -> None:
        self._errors: list[RowError] = []

    def __bool__(self) -> bool:
        return bool(self._errors)

    def add(self, errors: Iterable[RowError]) -> None:
        """Note what was found.

        Raises:
            ImportRejected: these are as many as are looked for.
        """
        self._errors += errors
        if len(self._errors) >= MOST_FOUND:
            self.refuse()

    def refuse(self) -> None:
        """Refuse the file if a fault was found.

        Raises:
            ImportRejected: with every one.
        """
        if self._errors:
            raise ImportRejected(tuple(self._errors))


@dataclass(frozen=True, kw_only=True, slots=True)
class ResultRow:
    """One model of a results file.

    Attributes:
        line: where its row starts.
        cells: its text by column, for messages.
        record: who the model is; a column that the file lacks is None or empty.
        values: for each dimension that the file has a column of the value, or None where the cell is empty.
        flags: the doubts about single values, dimension -> flags.
        standard_errors: of the values that the file gives one of.
        sample_counts: how many images the values rest on, where the file says so.
    """

    line: int
    cells: Mapping[str, str]
    record: ModelRecord
    values: Mapping[str, float | None]
    flags: Mapping[str, tuple[str, ...]]
    standard_errors: Mapping[str, float]
    sample_counts: Mapping[str, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Results:
    """A results file without a fault of its own.

    Attributes:
        columns: the columns that it has.
        rows: its models.
    """

    columns: tuple[str, ...]
    rows: tuple[ResultRow, ...]

    @property
    def names_models(self) -> bool:
        """Whether it can bring new models; else its values are for models that are there."""
        return MODEL_ID in self.columns and NAME in self.columns


def read_results(data: bytes) -> Results:
    """All of a results file that fits into memory; refused as by `check_results`."""
    file = io.BytesIO(data)
    return Results(columns=check_results(file), rows=tuple(result_rows(file)))


def check_results(file: BinaryIO, watch: Callable[[int], None] = lambda _: None) -> tuple[str, ...]:
    """Find every fault that a results file has of its own, whatever the store holds; gives its columns.

    Args:
        file: the file.
        watch: called again and again with the number of rows that are checked.

    CSV in UTF-8 with commas, in the columns of the published scores, of any size. As spreadsheets write it, too: a
    first line `sep=;` names another separator, rows without any content are passed over, and so are columns without a
    name and without content at the right. A byte order mark of UTF-8 is accepted.

    Raises:
        ImportRejected: it breaks a rule; the error lists every place, up to `MOST_FOUND`.
    """
    # First: where the encoding is another, or the file is none of text, faults of rows would say nothing.
    file.seek(0)
    deque(decoded_lines(file), maxlen=0)
    lines = _lines(file)
    columns = _header(lines)
    faults, first = Faults(), FirstLines()
    try:
        count = 0
        for count, (line, cells) in enumerate(_until_unreadable(lines, faults), 1):
            if count % WATCHED_ROWS == 0:
                watch(count)
            cells = _without_empty_end(cells, len(columns))
            faults.add(_row_faults(line, columns, cells))
            # Also of a row with too few or too many cells: whoever corrects it should hear of the repetition, too.
            faults.add(_repeats(line, dict(zip(columns, cells, strict=False)), first))
        if not count and not faults:
            faults.add([RowError(1, None, "", "The file has a header and no results; add a row for each model.")])
        faults.refuse()
        watch(count)
    finally:
        first.close()
    return columns


def result_rows(file: BinaryIO) -> Iterator[ResultRow]:
    """The rows of a file that `check_results` found no fault in, in the order of the file."""
    lines = _lines(file)
    columns = _header(lines)
    # Once and not for each row, of which a file may have a million.
    errors, counts = (
        [each for each in kind.items() if each[0] in columns] for kind in (error_columns(), count_columns())
    )
    figures = ([key for key in DIMENSIONS if key in columns], errors, counts)
    for line, cells in lines:
        yield _row(line, dict(zip(columns, _without_empty_end(cells, len(columns)), strict=True)), figures)


def _lines(file: BinaryIO) -> "Lines":
    file.seek(0)
    # Split once more, at carriage returns alone, with which old spreadsheets end their rows.
    return Lines(part for line in decoded_lines(file) for part in io.StringIO(line, newline=""))


def _until_unreadable(lines: "Lines", faults: Faults) -> Iterator[tuple[int, list[str]]]:
    """The rows; where the text becomes unreadable, that is a fault behind those that were found before."""
    try:
        yield from lines
    except ImportRejected as unreadable:
        faults.add(unreadable.errors)


def short_text(value: str) -> str:
    """A value in a message, at most 80 characters long."""
    return value if len(value) <= _SHOWN else value[: _SHOWN - 1] + "…"


def rejection(errors: Sequence[RowError]) -> ImportRejected:
    """The refusal of a file for these faults."""
    return ImportRejected(tuple(errors))


def _rejection(line: int, column: str | None, value: str, rule: str) -> ImportRejected:
    return ImportRejected((RowError(line, column, short_text(value), rule),))


def decoded_text(data: bytes, encoding: str = "utf-8-sig") -> str:
    """The text of a file, or of a line of one, in UTF-8.

    Raises:
        ImportRejected: it is too large, or not UTF-8.
    """
    if len(data) > MAX_BYTES:
        raise _rejection(
            1, None, f"{len(data)} bytes", f"is more than {MAX_BYTES}, the most in one file; split the file."
        )
    # Named, for its bytes would be reported as a strange character in line 1.
    if data.startswith(_UTF16_MARKS):
        raise _rejection(1, None, data[:2].hex(), "marks the file as UTF-16; save it as UTF-8.")
    # Python's reader would end at it without a word, and the rows behind it would be lost.
    if b"\0" in data:
        line = _line_ends(data[: data.index(b"\0")]) + 1
        raise _rejection(line, None, "NUL", "must not occur in a text file; save the table as CSV in UTF-8.")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        line = _line_ends(data[: error.start]) + 1
        byte = f"byte {data[error.start]:#04x}"
        raise _rejection(line, None, byte, "is not UTF-8; save the file as CSV in UTF-8.") from error


def _line_ends(data: bytes) -> int:
    """How many lines end in some bytes, as an editor counts them: a carriage return alone ends one, too."""
    return data.count(b"\n") + data.count(b"\r") - data.count(b"\r\n")


def decoded_lines(file: BinaryIO) -> Iterator[str]:
    """The lines of a file in UTF-8, read one after the other; those that carriage returns alone end come many at once.

    Raises:
        ImportRejected: one is not UTF-8, or too long to be one.
    """
    number, rest = 1, b""
    while line := rest + file.readline(_LONGEST_LINE - len(rest)):
        rest = b""
        if len(line) == _LONGEST_LINE and not line.endswith(b"\n"):
            # Not at one that comes last: a line feed may belong to it.
            end = line.rfind(b"\r", 0, -1) + 1
            if not end:
                rule = f"has {_LONGEST_LINE} bytes or more; end each row with a line break."
                raise _rejection(number, None, "a line", rule)
            line, rest = line[:end], line[end:]
        try:
            # Only the file as a whole begins with a byte order mark.
            yield decoded_text(line, "utf-8-sig" if number == 1 else "utf-8")
        except ImportRejected as error:
            found = error.errors[0]
            # It knows the line in what it was given, which begins here.
            raise _rejection(number - 1 + found.line, None, found.value, found.rule) from error
        number += _line_ends(line)


class Lines:
    """The rows of a CSV text that are not blank, each with the line that it starts on.

    Args:
        text: as a whole, or line by line.
    """

    def __init__(self, text: str | Iterable[str]) -> None:
        # newline="" leaves line ends inside quotes alone and lets the reader count every line.
        lines = iter(io.StringIO(text, newline="") if isinstance(text, str) else text)
        first = next(lines, "")
        named = _SEPARATOR_LINE.fullmatch(first)
        self._reader = csv.reader(chain([first], lines), strict=True, delimiter=named.group(1) if named else ",")
        if named:
            next(self._reader)

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        while True:
            line = self._reader.line_num + 1
            try:
                cells = next(self._reader, None)
            except csv.Error as error:
                rule = f"cannot be read as CSV ({error}); check the quotation marks from here on."
                raise _rejection(line, None, "", rule) from error
            if cells is None:
                return
            # A spreadsheet writes its empty rows as separators alone.
            if any(cell.strip() for cell in cells):
                yield line, [normalised_text(cell) for cell in cells]


def _header(lines: Lines) -> tuple[str, ...]:
    line, names = next(iter(lines), (1, []))
    if not names:
        raise _rejection(
            1, None, "", f"The file is empty; start it with the columns {', '.join((*NEEDED, *dimensions_of_files()))}."
        )
    if len(names) == 1 and (";" in names[0] or "\t" in names[0]):
        rule = "has no commas; save the table with commas between the columns, or begin the file with a line sep=;"
        raise _rejection(line, None, names[0], f"{rule}.")
    names, known = _without_empty_end(names, 0), known_columns()
    errors = [
        *(RowError(line, name, short_text(name), unknown_column(name)) for name in names if name not in known),
        *(RowError(line, name, name, "is there twice; delete one.") for name in known if names.count(name) > 1),
        *(RowError(line, *broken) for broken in key_violations(names)),
    ]
    if not errors and not set(names).intersection(DIMENSIONS):
        rule = (
            f"has no values; add a column for each dimension that was measured, of {', '.join(dimensions_of_files())}."
        )
        errors = [RowError(line, None, short_text(",".join(names)), rule)]
    if errors:
        raise ImportRejected(tuple(errors))
    return tuple(names)


def _without_empty_end(cells: list[str], least: int) -> list[str]:
    """The cells less the empty ones at the right, which spreadsheets leave behind, but no fewer than `least`."""
    end = len(cells)
    while end > least and not cells[end - 1].strip():
        end -= 1
    return cells[:end]


def _row_faults(line: int, columns: tuple[str, ...], cells: list[str]) -> list[RowError]:
    if len(cells) != len(columns):
        rule = f"must have as many cells as the header, {len(columns)}; quote a cell that holds a comma."
        return [RowError(line, None, f"{len(cells)} cells", rule)]
    broken = ((column, cell, cell_violation(column, cell)) for column, cell in zip(columns, cells, strict=True))
    return [RowError(line, column, short_text(cell), rule) for column, cell, rule in broken if rule is not None]


def _repeats(line: int, cells: Mapping[str, str], seen: FirstLines) -> list[RowError]:
    errors = []
    for column in (*KEYS, NAME):
        cell = cells.get(column, "")
        first = seen.earlier((column, alike(cell)), line, cell) if cell else None
        if first is None:
            continue
        if first[1] == cell:
            rule = f"is on line {first[0]} already; each model needs a {column} of its own."
        else:
            rule = (
                f"differs from {short_text(first[1])!r} on line {first[0]} by letter case or spaces only; rename one."
            )
        errors.append(RowError(line, column, short_text(cell), rule))
    return errors


def _row(line: int, cells: Mapping[str, str], figures: _Figures) -> ResultRow:
    keys, errors, counts = figures
    model_id = cells.get(MODEL_ID, "")
    flags = tuple(flag for flag in cells.get("flags", "").split(FLAG_SEPARATOR) if flag)
    # Adding zero turns -0.0 into 0.0, which two databases would otherwise not both give back.
    values = {key: float(cells[key]) + 0.0 if cells[key] else None for key in keys}
    doubts = value_flags(flags, model_id)
    return ResultRow(
        line=line,
        cells=cells,
        record=described_model(cells, label_flags(flags)),
        values=values,
        flags={key: doubts[key] for key, value in values.items() if key in doubts and value is not None},
        standard_errors={key: float(cells[column]) for column, key in errors if cells[column]},
        sample_counts={key: int(cells[column]) for column, key in counts if cells[column]},
    )
