"""What kind of model it is, in a few words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dashboard.wording import badge_label

FIELDS = ("architecture", "training", "pretraining_data", "recipe", "head")


def badges(row: Mapping[Any, Any]) -> list[str]:
    """The kinds that a model has; what is absent is left out."""
    return [badge_label(row[name]) for name in FIELDS if isinstance(row[name], str)]
