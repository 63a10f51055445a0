"""Elastic transform: the image is stretched and bent in small regions."""

from functools import lru_cache

import cv2
import numpy as np
from jaxtyping import Float
from scipy import fft

from evaluation.corruptions.corruption import REFERENCE_SIZE, Corruption, Picture
from evaluation.corruptions.kernels import taken_from

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
    field = strength * _smooth(rng.uniform(-1, 1, (2, height, width)), smoothness)
    # One after the other, each with its interpolation, as published: that blurs twice.
    bent = taken_from(image, place, border=cv2.BORDER_REFLECT_101)
    return taken_from(bent, grid + field, border=cv2.BORDER_REFLECT)


def _smooth(noise: Float[np.ndarray, "2 height width"], deviation: float) -> Float[np.ndarray, "2 height width"]:
    """A Gaussian blur of both fields, which go on beyond their borders as in a mirror.

    At the first severity the deviation is three quarters of the image. In the cosine transform, whose waves go on in
    the same way, a blur is a product, however wide it is.
    """
    _, height, width = noise.shape
    response = _gaussian_response(height, deviation)[:, None] * _gaussian_response(width, deviation)
    return np.asarray(fft.idctn(fft.dctn(noise, axes=(1, 2)) * response, axes=(1, 2)))


@lru_cache(maxsize=32)
def _gaussian_response(side: int, deviation: float) -> Float[np.ndarray, " side"]:
    """What a Gaussian blur leaves of each wave of the cosine transform of so many values."""
    reach = int(_TRUNCATE * deviation + 0.5)
    offsets = np.arange(-reach, reach + 1)
    weights = np.exp(-0.5 * (offsets / deviation) ** 2)
    return np.asarray(weights @ np.cos(np.pi / side * np.outer(offsets, np.arange(side))) / weights.sum())


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
