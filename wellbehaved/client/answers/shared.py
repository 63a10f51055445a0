"""Parts of answers that several subjects share; written by `make answers`."""

from __future__ import annotations

from typing import Any, TypeAlias, TypedDict

JsonValue: TypeAlias = Any


class ReignItem(TypedDict):
    """An interval of one weight in which one model leads."""

    from_weight: float
    to_weight: float | None
    leader: str
    leader_name: str
    current: bool


class RemovalAnswer(TypedDict):
    """The identifier of what was deleted."""

    deleted: str
    data_version: str


class Standing(TypedDict):
    """The comparison of a value with those of the other models."""

    better_than: int
    level_with: int
    others: int
