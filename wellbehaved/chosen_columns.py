"""Some columns of an answer that came as CSV."""

import csv
import io
import re
from difflib import get_close_matches

from rich.markup import escape
from rich.table import Table

# Five decimals and more: counts, ranks and short numbers stay as they are.
_DECIMALS = re.compile(r"^-?\d+\.\d{5,}(e-?\d+)?$")


class ColumnUnknown(ValueError):
    """An answer has no column of this name; the message says which it has."""


def chosen_names(typed: str | None) -> tuple[str, ...]:
    """The names in a comma-separated text; none where nothing was typed.

    >>> chosen_names("rank, name,score")
    ('rank', 'name', 'score')
    """
    return tuple(name.strip() for name in (typed or "").split(",") if name.strip())


def only_columns(content: bytes, names: tuple[str, ...]) -> bytes:
    """These columns alone, in this order.

    Args:
        content: CSV in UTF-8 with a heading.
        names: of the heading.

    Raises:
        ColumnUnknown: there is none of that name.
    """
    reader = csv.DictReader(io.StringIO(content.decode("utf-8"), newline=""))
    known = list(reader.fieldnames or ())
    for name in names:
        if name not in known:
            nearest = get_close_matches(name, known, n=1)
            meant = f" Did you mean `{nearest[0]}`?" if nearest else ""
            raise ColumnUnknown(f"No column is called {name!r}.{meant} There are: {', '.join(_families(known))}.")
    written = io.StringIO(newline="")
    # A column may be asked for twice; a dictionary would hold it once.
    rows = csv.writer(written)
    rows.writerow(names)
    rows.writerows([row[name] for name in names] for row in reader)
    return written.getvalue().encode("utf-8")


def _families(known: list[str]) -> list[str]:
    """The names, those of one kind for each dimension in one."""
    kinds = [name.partition(".") for name in known]
    return list(dict.fromkeys(f"{kind}.DIMENSION" if dot else kind for kind, dot, _ in kinds))


def table_of(content: bytes) -> Table:
    """CSV as a table for a terminal, decimals as `rank` shows a score; an empty cell is a value that is missing.

    Args:
        content: in UTF-8 with a heading.
    """
    heading, *rows = csv.reader(io.StringIO(content.decode("utf-8"), newline=""))
    table = Table()
    for name in heading:
        table.add_column(escape(name), overflow="fold")
    for row in rows:
        table.add_row(*(_DECIMALS.sub(_short, escape(cell)) or "-" for cell in row))
    return table


def _short(number: re.Match[str]) -> str:
    return f"{float(number[0]):.4f}"
