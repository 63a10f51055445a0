"""Answers about rankings; written by `make answers`."""

from __future__ import annotations

from typing import TypedDict


class StandardisedScoresAnswer(TypedDict):
    """One pool, column by column; every list of a model's facts is in the order of `model_ids`."""

    data_version: str
    benchmark: str
    protocol: str
    quality: str
    normalisation: str
    tie_tolerance: float
    coverage: str
    dimensions: list[str]
    model_ids: list[str]
    identities: dict[str, list[str | None]]
    name_order: list[int]
    searched: list[str]
    values: dict[str, list[float | None]]
    costs: dict[str, list[float | None]]
    standardised: dict[str, list[float | None]]
    percentiles: dict[str, list[float | None]]
    missing: list[dict[str, str]]
    flags: list[list[str]]
    flagged: list[dict[str, list[str]]]
