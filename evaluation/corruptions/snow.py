"""Snow: bright flakes that fall aslant."""

import numpy as np

from evaluation.corruptions.corruption import Corruption, Picture, scale_of
from evaluation.corruptions.kernels import grey, motion_smear, zoom

# Mean and deviation of the flakes' brightness, zoom, least brightness of a flake, radius and deviation of the fall's
# blur, share of the image that stays.
_PARAMETERS = (
    (0.1, 0.3, 3.0, 0.5, 10, 4, 0.8),
    (0.2, 0.3, 2.0, 0.5, 12, 4, 0.7),
    (0.55, 0.3, 4.0, 0.9, 12, 8, 0.7),
    (0.55, 0.3, 4.5, 0.85, 12, 8, 0.65),
    (0.55, 0.3, 2.5, 0.85, 12, 12, 0.55),
)
_FALL_DEGREES = (-135.0, -45.0)


def snow(image: Picture, severity: int, rng: np.random.Generator) -> Picture:
    """Whiten the image and lay two layers of falling flakes over it."""
    mean, deviation, factor, least, radius, blur, share = _PARAMETERS[severity - 1]
    flakes = zoom(rng.normal(mean, deviation, (*image.shape[:2], 1)).astype(np.float32), factor)
    flakes = np.where(flakes < least, np.float32(0), np.clip(flakes, 0, 1))
    falling = motion_smear(flakes, radius * scale_of(image), blur * scale_of(image), rng.uniform(*_FALL_DEGREES))
    whitened = np.maximum(image, grey(image) * np.float32(1.5) + np.float32(0.5))
    snowed: Picture = share * image + (1 - share) * whitened + falling + falling[::-1, ::-1]
    return snowed


CORRUPTION = Corruption(key="snow", position=7, apply=snow)
