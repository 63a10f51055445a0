"""Elastic transform: the image is stretched and bent in small regions."""

from functools import lru_cache

import cv2
import numpy as np
from jaxtyping import Float
from scipy import fft

from evaluation.corruptions.corruption import REFERENCE_SIZE, Corruption
from evaluation.corruptions.kernels import taken_from
from evaluation.corruptions.two_parts import Drawn, Pixels, Size, TwoParts, arrays_of, size_of

# Strength, smoothness and corner shift, each as a share of the shorter side. The published program takes its shares of
# 244 pixels although the images have 224.
_PARAMETERS = tuple(
    tuple(share * 244 / REFERENCE_SIZE for share in shares)
    for shares in ((2.0, 0.7, 0.1), (2.0, 0.08, 0.2), (0.05, 0.01, 0.02), (0.07, 0.01, 0.02), (0.12, 0.01, 0.02))
)
_TRUNCATE = 3.0


def _displacements(size: Size, severity: int, rng: np.random.Generator) -> Drawn:
    """An affine map that moves three corners, and then where each pixel is taken from by a smooth random field."""
    height, width = size
    side = min(size)
    strength, smoothness, shift = (share * side for share in _PARAMETERS[severity - 1])
    grid = np.asarray(np.mgrid[0:height, 0:width], dtype=np.float32)
    affine = _affine(side, size, shift, rng)
    field = strength * _smooth(rng.uniform(-1, 1, (2, height, width)), smoothness)
    return affine, grid + field


def _bent(images: Pixels, _severity: int, drawn: tuple[Pixels, ...]) -> Pixels:
    """Stretch and turn, then move every pixel a little."""
    affine, bent = drawn
    # One after the other, each with its interpolation, as published: that blurs twice.
    turned = taken_from(images, _affine_places(affine, size_of(images)), border=cv2.BORDER_REFLECT_101)
    return taken_from(turned, bent, border=cv2.BORDER_REFLECT)


def _affine_places(affine: Pixels, size: Size) -> Pixels:
    """Where an affine map takes each pixel: 2 x height x width."""
    arrays = arrays_of(affine)
    lines = (arrays.arange(side, dtype=affine.dtype, device=affine.device) for side in size)
    rows, columns = arrays.meshgrid(*lines, indexing="ij")
    flat = arrays.stack([rows, columns, arrays.ones_like(rows)]).reshape(3, -1)
    mapped: Pixels = (affine @ flat).reshape(*affine.shape[:-1], *size)
    return mapped


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


def _affine(side: int, size: Size, shift: float, rng: np.random.Generator) -> np.ndarray:
    """The 2 x 3 map that takes three moved corners of a central square back to where they were."""
    centre = np.array(size, dtype=np.float64) / 2
    third = side / 3
    # Not the lower left one: it moves furthest.
    corners = centre + np.array([[third, third], [-third, third], [-third, -third]])
    moved = corners + rng.uniform(-shift, shift, corners.shape)
    system = np.column_stack([moved, np.ones(3)])
    return np.asarray(np.linalg.solve(system, corners).T)


elastic_transform = TwoParts(draw=_displacements, change=_bent)

CORRUPTION = Corruption(key="elastic_transform", position=12, apply=elastic_transform)
