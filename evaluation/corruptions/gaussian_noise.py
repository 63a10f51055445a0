"""Gaussian noise: as from too little light."""

import numpy as np

from evaluation.corruptions.corruption import Corruption
from evaluation.corruptions.two_parts import Drawn, Pixels, Size, TwoParts

_DEVIATIONS = (0.08, 0.12, 0.18, 0.26, 0.38)


def _noise(size: Size, severity: int, rng: np.random.Generator) -> Drawn:
    return (rng.normal(scale=_DEVIATIONS[severity - 1], size=(*size, 3)).astype(np.float32),)


def _noisy(images: Pixels, _severity: int, drawn: tuple[Pixels, ...]) -> Pixels:
    """Add normal noise to every value."""
    (noise,) = drawn
    noisy: Pixels = images + noise
    return noisy


gaussian_noise = TwoParts(draw=_noise, change=_noisy)

CORRUPTION = Corruption(key="gaussian_noise", position=0, apply=gaussian_noise)
