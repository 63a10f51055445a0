"""Gaussian noise: as from too little light."""

import numpy as np

from evaluation.corruptions.corruption import Corruption, Picture

_DEVIATIONS = (0.08, 0.12, 0.18, 0.26, 0.38)


def gaussian_noise(image: Picture, severity: int, rng: np.random.Generator) -> Picture:
    """Add normal noise to every value."""
    return image + rng.normal(scale=_DEVIATIONS[severity - 1], size=image.shape).astype(np.float32)


CORRUPTION = Corruption(key="gaussian_noise", position=0, apply=gaussian_noise)
