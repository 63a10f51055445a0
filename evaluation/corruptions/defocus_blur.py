"""Defocus blur: the lens is focused elsewhere."""

import numpy as np
from scipy import signal

from evaluation.corruptions.corruption import Corruption, Picture, scale_of
from evaluation.corruptions.kernels import as_picture, disk

_RADIUS_AND_SOFTNESS = ((3, 0.1), (4, 0.5), (6, 0.5), (8, 0.5), (10, 0.5))


def defocus_blur(image: Picture, severity: int, rng: np.random.Generator) -> Picture:  # noqa: ARG001 - nothing random
    """Spread every point over a disk with a soft rim."""
    radius, softness = (length * scale_of(image) for length in _RADIUS_AND_SOFTNESS[severity - 1])
    kernel = disk(radius, softness)
    margin = kernel.shape[0] // 2
    # Mirrored: zeros outside would darken the rim, which no lens does.
    padded = np.pad(image, ((margin, margin), (margin, margin), (0, 0)), mode="symmetric")
    return as_picture(signal.fftconvolve(padded, kernel[..., None], mode="valid", axes=(0, 1)))


CORRUPTION = Corruption(key="defocus_blur", position=3, apply=defocus_blur)
