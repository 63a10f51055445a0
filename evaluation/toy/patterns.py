"""Sixteen patterns as functions of the place, with values in [0, 1]: textures of objects, and of backgrounds."""

from collections.abc import Callable

import numpy as np
from jaxtyping import Float

Grid = Float[np.ndarray, "height width"]
Pattern = Callable[[Grid, Grid], Grid]
_TURN = 2 * np.pi


def _wave(phase: Grid) -> Grid:
    return 0.5 + 0.5 * np.sin(_TURN * phase)


def _saw(phase: Grid) -> Grid:
    return phase % 1.0


def _hard(values: Grid, above: float = 0.5) -> Grid:
    return (values > above).astype(float)


def _cells(u: Grid, v: Grid) -> Grid:
    # The same random-looking grey for a cell wherever it is drawn.
    return _saw(np.sin(np.floor(u) * 12.9898 + np.floor(v) * 78.233) * 43758.5453)


PATTERNS: tuple[Pattern, ...] = (
    lambda u, v: _hard(_wave(v + 0 * u)),
    lambda u, v: _hard(_wave(u + 0 * v)),
    lambda u, v: _hard(_wave((u + v) * 0.7)),
    lambda u, v: _hard(_wave((u - v) * 0.7)),
    lambda u, v: (np.floor(u * 1.4) + np.floor(v * 1.4)) % 2,
    lambda u, v: _hard(np.hypot(_saw(u) - 0.5, _saw(v) - 0.5), 0.3),
    lambda u, v: _hard(np.maximum(_wave(u), _wave(v)), 0.93),
    lambda u, v: _wave(np.hypot(u, v)),
    lambda u, v: _hard(_wave(v + 0.35 * np.sin(_TURN * u))),
    lambda u, v: _cells(u * 2, v * 2),
    lambda u, v: _hard(_saw(v + np.abs(_saw(u) - 0.5))),
    lambda u, v: (
        _hard(np.abs(_saw(u + 0.5 * (np.floor(v) % 2)) - 0.5) * 2, 0.8) + _hard(np.abs(_saw(v) - 0.5) * 2, 0.8)
    ),
    lambda u, v: _wave(u) * _wave(v),
    lambda u, v: _hard(_wave(np.arctan2(v, u) * 8 / _TURN)),
    lambda u, v: _saw(u * 0.8 + v * 0.3),
    lambda u, v: _hard(_cells(u * 1.2, v * 1.2), 0.6),
)
"""A pattern's place is the class that it goes with."""


def paint(number: int, u: Grid, v: Grid) -> Grid:
    """A pattern over a grid of places measured in its periods.

    Args:
        number: which pattern, from 0.
        u: places across.
        v: places downwards.

    Returns:
        Values in [0, 1].
    """
    return np.clip(PATTERNS[number](u, v), 0, 1)
