"""Elastic transform: the image is stretched and bent in small regions."""

from typing import Literal

import numpy as np
from jaxtyping import Float
from scipy import ndimage

from evaluation.corruptions.corruption import REFERENCE_SIZE, Corruption, Picture

# Strength, smoothness and corner shift, each as a share of the shorter side. The published program takes its shares of
# 244 pixels although the images have 224.
_PARAMETERS = tuple(
    tuple(share * 244 / REFERENCE_SIZE for share in shares)
    for shares in ((2.0, 0.7, 0.1), (2.0, 0.08, 0.2), (0.05, 0.01, 0.02), (0.07, 0.01, 0.02), (0.12, 0.01, 0.02))
)
_TRUNCATE = 3.0


def elastic_transform(image: Picture, severity: int, rng: np.random.Generator) -> Picture:
    """An affine map that moves three corners, then a smooth random displacement of every pixel."""
    height, width = image.shape[:2]
    side = min(height, width)
    strength, smoothness, shift = (share * side for share in _PARAMETERS[severity - 1])
    grid = np.asarray(np.mgrid[0:height, 0:width], dtype=np.float32)
    flat = np.vstack([grid.reshape(2, -1), np.ones((1, height * width), dtype=np.float32)])
    place = (_affine(side, (height, width), shift, rng) @ flat).reshape(grid.shape)
    field = [
        strength * ndimage.gaussian_filter(rng.uniform(-1, 1, (height, width)), smoothness, truncate=_TRUNCATE)
        for _ in range(2)
    ]
    # One after the other, each with its interpolation, as published: that blurs twice.
    return _taken_from(_taken_from(image, place, mode="mirror"), grid + np.stack(field), mode="reflect")


def _taken_from(
    image: Picture, places: Float[np.ndarray, "2 height width"], *, mode: Literal["mirror", "reflect"]
) -> Picture:
    channels = [ndimage.map_coordinates(image[..., channel], places, order=1, mode=mode) for channel in range(3)]
    return np.stack(channels, axis=2)


def _affine(side: int, size: tuple[int, int], shift: float, rng: np.random.Generator) -> np.ndarray:
    """The 2 x 3 map that takes three moved corners of a central square back to where they were."""
    centre = np.array(size, dtype=np.float64) / 2
    third = side / 3
    # Not the lower left one: it moves furthest.
    corners = centre + np.array([[third, third], [-third, third], [-third, -third]])
    moved = corners + rng.uniform(-shift, shift, corners.shape)
    system = np.column_stack([moved, np.ones(3)])
    return np.asarray(np.linalg.solve(system, corners).T)


CORRUPTION = Corruption(key="elastic_transform", position=12, apply=elastic_transform)
