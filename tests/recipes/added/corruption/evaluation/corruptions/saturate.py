"""Saturate: colours fade."""

import numpy as np

from evaluation.corruptions.corruption import Corruption, Picture

_FACTORS = (0.8, 0.6, 0.4, 0.2, 0.0)


def saturate(image: Picture, severity: int, rng: np.random.Generator) -> Picture:
    """Draw every pixel towards its grey."""
    grey = image.mean(axis=2, keepdims=True)
    changed: Picture = grey + (image - grey) * np.float32(_FACTORS[severity - 1])
    return changed


CORRUPTION = Corruption(key="saturate", position=15, apply=saturate)
