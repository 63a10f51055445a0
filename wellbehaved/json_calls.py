"""What every part of the client calls: the client itself sends, its parts say what."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from wellbehaved.api_errors import JsonObject


class JsonCalls(ABC):
    """What the parts of `wellbehaved.Client` share."""

    @abstractmethod
    def get(self, path: str, query: dict[str, str] | None = None, timeout: float | None = None) -> JsonObject:
        """The JSON answer of a path."""

    @abstractmethod
    def post(self, path: str, document: Mapping[str, Any], timeout: float | None = None) -> JsonObject:
        """The JSON answer to a document sent to a path."""

    @abstractmethod
    def delete(self, path: str, query: dict[str, str] | None = None) -> JsonObject:
        """The JSON answer to deleting what is at a path."""
