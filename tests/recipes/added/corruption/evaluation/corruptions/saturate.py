"""Saturate: colours fade or glow."""

import numpy as np

from evaluation.corruptions.corruption import Corruption, Picture

_FACTORS = (0.7, 0.5, 0.3, 2.0, 5.0)


def saturate(image: Picture, severity: int, rng: np.random.Generator) -> Picture:
    """Stretch every pixel away from its grey."""
    grey = image.mean(axis=2, keepdims=True)
    changed: Picture = grey + (image - grey) * np.float32(_FACTORS[severity - 1])
    return changed


CORRUPTION = Corruption(key="saturate", position=15, apply=saturate)
