"""The client's results: everything that was measured, as a file, and files that are imported."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal, get_args

from typing_extensions import TypeIs

from quba.vocabulary import TableFormat
from wellbehaved.client.answers.imports import ImportAnswer, ImportList
from wellbehaved.client.answers.shared import RemovalAnswer
from wellbehaved.client.calls import Manner, Part, call, segment
from wellbehaved.client.exchange import FILE_TIMEOUT, Request, Steps
from wellbehaved.client.file_blocks import Progress, file_blocks
from wellbehaved.client.work_events import RowProgress

_RESULTS, _IMPORTS = "/v1/results", "/v1/imports"
Format = Literal["csv", "ndjson", "parquet"]


def is_format(name: str) -> TypeIs[Format]:
    """Whether results can be written so.

    >>> is_format("csv"), is_format("json")
    (True, False)
    """
    return name in get_args(Format)


class Results(Part[Manner]):
    """``client.results``. All but `export` and `save` need a token."""

    @call
    def export(self, format: Format = "csv") -> Steps[bytes]:
        """Every measurement with error, parts and circumstances; the CSV file is what `add` reads back."""
        return self._exchange.content(_RESULTS, {"format": format}, FILE_TIMEOUT)

    @call
    def save(self, path: Path | str, format: Format = "csv") -> Steps[None]:
        """Write what `export` gives to a file, whatever its size."""
        return self._exchange.save(_RESULTS, {"format": format}, Path(path))

    @call
    def add(
        self,
        csv: bytes | Path,
        filename: str | None = None,
        progress: Progress | None = None,
        row_progress: RowProgress | None = None,
    ) -> Steps[ImportAnswer]:
        """Add results from a CSV file, from `export` or in the columns of the published scores: all rows or none.

        The ``import_id`` of the answer is what `delete_import` takes.

        Args:
            csv: what the file holds, or where it lies.
            filename: name under which it is listed; that of the path when absent.
            progress: called with the bytes of a path that were sent and those there are, again and again.
            row_progress: called with the phase (checking, comparing, storing), the rows that it is done with and those
                there are (None while they are counted), again and again once the file has arrived.
        """
        content: bytes | Iterator[bytes] = csv if isinstance(csv, bytes) else file_blocks(csv, progress)
        name = filename or (None if isinstance(csv, bytes) else csv.name)
        headers = {"Content-Type": "text/csv"}
        if isinstance(csv, Path):
            # So that one too large is refused before it is sent.
            headers["Content-Length"] = str(csv.stat().st_size)
        query = {"filename": name[:200]} if name else {}
        request = Request("POST", _IMPORTS, query, content, headers, FILE_TIMEOUT, once=True)
        if row_progress is None:
            return self._exchange.document(request)
        return self._exchange.events(request, row_progress)

    @call
    def add_table(
        self,
        table: bytes | Path,
        format: TableFormat,
        filename: str | None = None,
        *,
        dimension: str | None = None,
        partial: bool = False,
    ) -> Steps[ImportAnswer]:
        """Add somebody else's table as dimensions of their own, which weigh 0.

        It is one of timm, of RobustBench, or what ``wellbehaved cost --json`` wrote.

        Args:
            table: what the file holds, or where it lies.
            format: whose table it is.
            filename: says what the table is of, such as ``imagenet/Linf/MODEL.json``; the last three parts of a
                path of RobustBench's when absent, and the last one of timm's.
            dimension: which set, device or threat it is of, where the name does not say it.
            partial: whether models that are not there are added, and rows of no model left out; else either refuses.
        """
        content = table if isinstance(table, bytes) else table.read_bytes()
        name = filename or (None if isinstance(table, bytes) else _name_of(table, format))
        # The end of the name, which says what the file is.
        query = {"format": format, **({"filename": name[-200:]} if name else {})}
        query |= {"dimension": dimension} if dimension else {}
        query |= {"partial": "true"} if partial else {}
        headers = {"Content-Type": "application/octet-stream"}
        return self._exchange.document(Request("POST", _IMPORTS, query, content, headers, FILE_TIMEOUT, once=True))

    @call
    def imports(self, limit: int | None = None) -> Steps[ImportList]:
        """Files that were imported, the newest first; ``without_id`` counts what came before."""
        return self._exchange.get(_IMPORTS, {"limit": str(limit)} if limit else None)

    @call
    def delete_import(self, import_id: str) -> Steps[RemovalAnswer]:
        """Delete what an import brought and nothing newer replaced."""
        return self._exchange.delete(f"{_IMPORTS}/{segment(import_id)}")


def _name_of(path: Path, format: TableFormat) -> str:
    # RobustBench says by its folders which data set and threat a file is about.
    return "/".join(path.absolute().parts[-3:]) if format == "robustbench" else path.name
