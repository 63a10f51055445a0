"""Answers about service; written by `make answers`."""

from __future__ import annotations

from typing import TypedDict


class Version(TypedDict):
    """The versions of the service."""

    wellbehaved: str
    python: str
    schema_revision: str
    data_version: str
