"""Contrast: differences of brightness fade."""

import numpy as np

from evaluation.corruptions.corruption import Corruption, Picture

_FACTORS = (0.4, 0.3, 0.2, 0.1, 0.05)


def contrast(image: Picture, severity: int, rng: np.random.Generator) -> Picture:  # noqa: ARG001 - nothing random
    """Draw every value towards the mean of its channel."""
    # Per channel and not of all: a grey mean would take the colour out as well.
    mean = image.mean(axis=(0, 1), keepdims=True)
    faded: Picture = (image - mean) * np.float32(_FACTORS[severity - 1]) + mean
    return faded


CORRUPTION = Corruption(key="contrast", position=11, apply=contrast)
