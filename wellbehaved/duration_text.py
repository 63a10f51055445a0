"""Lengths of time, written one way on the page and in the terminal."""

from __future__ import annotations

_SECONDS, _MINUTES = 60, 60


def duration(seconds: float) -> str:
    """A length of time in the units that a reader plans by: "45 s", "12 min", "3 h 5 min".

    Args:
        seconds: 0 or more.

    Example:
        >>> duration(44_000)
        '12 h 13 min'
    """
    whole = round(seconds)
    if whole < _SECONDS:
        return f"{whole} s"
    # Of the rounded seconds and not anew, so that 59.6 s is 1 min and never 60 s.
    minutes = round(whole / _SECONDS)
    if minutes < _MINUTES:
        return f"{minutes} min"
    hours, rest = divmod(minutes, _MINUTES)
    return f"{hours} h {rest} min" if rest else f"{hours} h"
