"""Tables that say which image is of which class: CSV with path,label or JSON lines with file_name,label."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from quba.errors import Refusal

_COLUMNS = {".csv": ("path", "label"), ".jsonl": ("file_name", "label")}
_SHOWN = 100
_NEXT = "Correct the table and add the folder again."

Row = tuple[str, str]
"""A path below the table's folder, and a class."""


def read_table(table: Path) -> list[Row]:
    """The rows of a table, in its own order.

    Paths are relative to the table's folder and stay below it: `..` and absolute paths are refused, for who allows a
    folder has not allowed what lies beside it. Linked folders are followed.

    Raises:
        Refusal: `no_such_table`, or `bad_table` with the line and the rule that it breaks.
    """
    try:
        found = _labels(table)
    except FileNotFoundError:
        raise Refusal("no_such_table", f"{table} is not there.", "Name a table that is there in [clean].") from None
    except OSError as error:
        raise Refusal("bad_table", f"{table} cannot be read: {error.strerror}.", _NEXT) from None
    except UnicodeDecodeError:
        raise Refusal("bad_table", f"{table} is not written in UTF-8.", _NEXT) from None
    except csv.Error as error:
        raise Refusal("bad_table", f"{table} is not valid CSV: {error}.", _NEXT) from None
    if not found:
        raise Refusal("bad_table", f"{table} lists no images.", _NEXT)
    return list(found.items())


def _labels(table: Path) -> dict[str, str]:
    reader = _csv_rows if table.suffix.lower() == ".csv" else _json_rows
    found: dict[str, str] = {}
    with table.open(encoding="utf-8-sig", newline="") as file:
        for line, path, label in reader(table, file):
            place = _checked_path(table, line, path)
            if not label.strip():
                raise _bad(table, line, "its label is empty")
            if place in found:
                raise _bad(table, line, f"{place[:_SHOWN]!r} is listed a second time")
            found[place] = label.strip()
    return found


def _csv_rows(table: Path, file: Iterator[str]) -> Iterator[tuple[int, str, str]]:
    reader = csv.DictReader(file)
    columns = _COLUMNS[".csv"]
    if not set(columns) <= set(reader.fieldnames or ()):
        shown = ", ".join(reader.fieldnames or ())[:_SHOWN] or "none"
        raise _bad(table, 1, f"the columns path and label must be there, and it has {shown}")
    for row in reader:
        path, label = (row[name] for name in columns)
        if path is None or label is None:
            raise _bad(table, reader.line_num, "it has too few columns")
        yield reader.line_num, path, label


def _json_rows(table: Path, file: Iterator[str]) -> Iterator[tuple[int, str, str]]:
    for line, text in enumerate(file, start=1):
        if not text.strip():
            continue
        try:
            row = json.loads(text)
        except (ValueError, RecursionError):
            raise _bad(table, line, "it is not a JSON object") from None
        path, label = (row.get(name) for name in _COLUMNS[".jsonl"]) if isinstance(row, dict) else (None, None)
        # A number is as good a name as a word; True is an int for Python, and no class.
        if not isinstance(path, str) or isinstance(label, bool) or not isinstance(label, str | int):
            raise _bad(table, line, "it must be an object with file_name and label")
        yield line, path, str(label)


def _checked_path(table: Path, line: int, path: str) -> str:
    parts = PurePosixPath(path)
    if not path or "\0" in path or parts.is_absolute() or ".." in parts.parts:
        raise _bad(table, line, f"{path[:_SHOWN]!r} does not lie below the table's folder; link it into that folder")
    return parts.as_posix()


def _bad(table: Path, line: int, fault: str) -> Refusal:
    return Refusal("bad_table", f"{table}, line {line}: {fault}.", _NEXT)
