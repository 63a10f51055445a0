"""How a value compares with those of the other models, in words for page and terminal."""

from __future__ import annotations

from collections.abc import Mapping


def standing_text(standing: Mapping[str, int] | None) -> str:
    """E.g. "better than 1 of 1 other model"; says who is level.

    Args:
        standing: of one dimension, as the service counts it; None where the value is missing.

    Returns:
        A clause without a full stop; empty where there is no value, or no other model to compare it with.
    """
    # "Better than 0 of 0" would say something where there is nothing to say.
    if standing is None or standing["others"] == 0:
        return ""
    others = standing["others"]
    text = f"better than {standing['better_than']:,} of {others:,} other model{'s' if others > 1 else ''}"
    return f"{text}, level with {standing['level_with']:,}" if standing["level_with"] else text
