"""The client's results: everything that was measured, as a file, and files that are imported."""

from __future__ import annotations

from wellbehaved.client.answers.imports import ImportAnswer, ImportList
from wellbehaved.client.answers.shared import RemovalAnswer
from wellbehaved.client.calls import Manner, Part, call, segment
from wellbehaved.client.exchange import Request, Steps

_PATH = "/v1/imports"


class Results(Part[Manner]):
    """``client.results``. All but `export` need a token."""

    @call
    def export(self) -> Steps[bytes]:
        """Every measurement with error, parts and circumstances, as the CSV file that `add` reads back."""
        return self._exchange.content("/v1/results", {})

    @call
    def add(self, csv: bytes, filename: str | None = None) -> Steps[ImportAnswer]:
        """Add results from a CSV file, from `export` or in the columns of the published scores: all rows or none.

        The ``import_id`` of the answer is what `delete_import` takes.
        """
        query = {"filename": filename[:200]} if filename else {}
        return self._exchange.document(Request("POST", _PATH, query, csv, {"Content-Type": "text/csv"}))

    @call
    def imports(self, limit: int | None = None) -> Steps[ImportList]:
        """Files that were imported, the newest first; ``without_id`` counts what came before."""
        return self._exchange.get(_PATH, {"limit": str(limit)} if limit else None)

    @call
    def delete_import(self, import_id: str) -> Steps[RemovalAnswer]:
        """Delete what an import brought and nothing newer replaced."""
        return self._exchange.delete(f"{_PATH}/{segment(import_id)}")
