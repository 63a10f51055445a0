"""Motion blur: the camera moves."""

import numpy as np

from evaluation.corruptions.corruption import Corruption, Picture, scale_of
from evaluation.corruptions.kernels import motion_smear

_RADIUS_AND_DEVIATION = ((10, 3), (15, 5), (15, 8), (15, 12), (20, 15))
_STEEPEST_DEGREES = 45.0


def motion_blur(image: Picture, severity: int, rng: np.random.Generator) -> Picture:
    """Smear along a line of random direction, up to 45 degrees from level."""
    radius, deviation = (length * scale_of(image) for length in _RADIUS_AND_DEVIATION[severity - 1])
    smeared = motion_smear(image, radius, deviation, rng.uniform(-_STEEPEST_DEGREES, _STEEPEST_DEGREES))
    # The published program rounds here, and cuts off everywhere else.
    return (smeared * 255).round() / np.float32(255)


CORRUPTION = Corruption(key="motion_blur", position=5, apply=motion_blur)
