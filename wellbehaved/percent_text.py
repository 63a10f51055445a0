"""Shares in per cent, written one way on the page and in the terminal."""

from __future__ import annotations


def percent(share: float, decimals: int = 0) -> str:
    """A share as "55 %", with a space as in the documents.

    Args:
        share: 0 to 1.
        decimals: how many digits follow the point.

    Example:
        >>> percent(0.554)
        '55 %'
    """
    return f"{share:.{decimals}%}".replace("%", " %")
