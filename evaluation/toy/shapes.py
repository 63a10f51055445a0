"""Sixteen shapes as outlines in a square from -1 to 1: the classes of the toy benchmark."""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from jaxtyping import Float

Outline = Float[np.ndarray, "corners 2"]
_ROUND = 48


def _regular(corners: int, turned: float = 0.0) -> Outline:
    return _polar(np.ones(corners), turned)


def _polar(radii: Float[np.ndarray, " corners"], turned: float = 0.0) -> Outline:
    angles = np.linspace(0, 2 * np.pi, len(radii), endpoint=False) - np.pi / 2 + turned
    return np.stack([radii * np.cos(angles), radii * np.sin(angles)], axis=1)


def _heart() -> Outline:
    t = np.linspace(0, 2 * np.pi, _ROUND, endpoint=False)
    x = 16 * np.sin(t) ** 3
    y = 13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)
    return np.stack([x / 17, -y / 17], axis=1)


def _crescent() -> Outline:
    outer = np.linspace(0.25 * np.pi, 1.75 * np.pi, _ROUND)
    inner = np.linspace(1.75 * np.pi, 0.25 * np.pi, _ROUND)
    return np.concatenate(
        [
            np.stack([np.cos(outer), np.sin(outer)], axis=1),
            np.stack([0.707 + 0.72 * (np.cos(inner) - 0.707) - 0.12, 0.72 * np.sin(inner)], axis=1),
        ]
    )


def _corners(*corners: tuple[float, float]) -> Outline:
    return np.array(corners)


SHAPES: Mapping[str, Outline] = MappingProxyType(
    {
        "arrow": _corners((0, -1), (0.9, 0), (0.35, 0), (0.35, 1), (-0.35, 1), (-0.35, 0), (-0.9, 0)),
        "bolt": _corners((0.3, -1), (-0.65, 0.15), (-0.05, 0.15), (-0.3, 1), (0.65, -0.25), (0.05, -0.25)),
        "circle": _regular(_ROUND) * 0.9,
        "corner": _corners((-0.8, -0.8), (-0.25, -0.8), (-0.25, 0.25), (0.8, 0.25), (0.8, 0.8), (-0.8, 0.8)),
        "crescent": _crescent(),
        "cross": _corners(
            (-0.32, -1), (0.32, -1), (0.32, -0.32), (1, -0.32), (1, 0.32), (0.32, 0.32),
            (0.32, 1), (-0.32, 1), (-0.32, 0.32), (-1, 0.32), (-1, -0.32), (-0.32, -0.32),
        ),
        "diamond": _corners((0, -1), (0.6, 0), (0, 1), (-0.6, 0)),
        "ellipse": _regular(_ROUND) * np.array([1.0, 0.5]),
        "flower": _polar(0.72 + 0.28 * np.cos(5 * np.linspace(0, 2 * np.pi, 2 * _ROUND, endpoint=False))),
        "gear": _polar(np.tile([1.0, 1.0, 0.68, 0.68], 8)),
        "heart": _heart(),
        "hourglass": _corners((-0.8, -0.95), (0.8, -0.95), (0.12, 0), (0.8, 0.95), (-0.8, 0.95), (-0.12, 0)),
        "square": _corners((-0.8, -0.8), (0.8, -0.8), (0.8, 0.8), (-0.8, 0.8)),
        "star": _polar(np.tile([1.0, 0.42], 5)),
        "trapezoid": _corners((-0.4, -0.65), (0.4, -0.65), (1, 0.65), (-1, 0.65)),
        "triangle": _regular(3),
    }
)  # fmt: skip
"""Outline by name, in alphabetical order: a shape's place is its class."""

CLASSES: tuple[str, ...] = tuple(SHAPES)
