"""Answers about imports; written by `make answers`."""

from __future__ import annotations

from typing import TypedDict


class Import(TypedDict):
    """A file of results that came in."""

    import_id: str
    imported_at: str
    filename: str | None
    row_count: int
    model_count: int
    benchmarks: list[str]
    values_held: int


class ImportAnswer(TypedDict):
    """The result of an import."""

    import_id: str | None
    added: int
    new_models: int
    unchanged: int
    data_version: str
    outliers: list[ImportedOutlier]
    dimensions: list[str]
    left_out: list[LeftOutRow]


class ImportList(TypedDict):
    """A page of imports, the newest first."""

    items: list[Import]
    without_id: ImportsWithoutId
    next_cursor: str | None


class ImportedOutlier(TypedDict):
    """A value that was taken, though it is very far from all others."""

    model_id: str
    dimension: str
    value: float


class ImportsWithoutId(TypedDict):
    """The results from before imports were listed, whose models can only be deleted one by one."""

    models: int
    values: int


class LeftOutRow(TypedDict):
    """A row of somebody else's table that was not taken."""

    line: int
    model: str
    reason: str
