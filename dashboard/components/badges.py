"""What kind of model it is, in a few words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dashboard.wording import badge_label
from quba.vocabulary import REFUSED, UNKNOWN

FIELDS = ("architecture", "training", "pretraining_data", "recipe", "head")
NON_COMMERCIAL = "Non-commercial"


def badges(row: Mapping[Any, Any]) -> list[str]:
    """The kinds that a model has, and whether its licence refuses commercial use; what is not known is left out."""
    known = (row[name] for name in FIELDS if isinstance(row[name], str) and row[name] != UNKNOWN)
    return [*(badge_label(kind) for kind in known), *([NON_COMMERCIAL] if row["commercial_use"] == REFUSED else [])]
