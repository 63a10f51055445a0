"""Motion blur: the camera moves."""

import numpy as np

from evaluation.corruptions.corruption import Corruption, scale_of
from evaluation.corruptions.kernels import path, smear
from evaluation.corruptions.two_parts import Drawn, Pixels, Size, TwoParts, quotient, size_of

_RADIUS_AND_DEVIATION = ((10, 3), (15, 5), (15, 8), (15, 12), (20, 15))
_STEEPEST_DEGREES = 45.0


def _motion(size: Size, severity: int, rng: np.random.Generator) -> Drawn:
    """A line of random direction, up to 45 degrees from level."""
    radius, _ = _RADIUS_AND_DEVIATION[severity - 1]
    return (path(radius * scale_of(size), rng.uniform(-_STEEPEST_DEGREES, _STEEPEST_DEGREES)),)


def _in_motion(images: Pixels, severity: int, drawn: tuple[Pixels, ...]) -> Pixels:
    """Smear along a line."""
    (motion,) = drawn
    _, deviation = _RADIUS_AND_DEVIATION[severity - 1]
    smeared = smear(images, motion, deviation * scale_of(size_of(images)))
    # The published program rounds here, and cuts off everywhere else.
    return quotient((smeared * 255).round(), 255)


motion_blur = TwoParts(draw=_motion, change=_in_motion)

CORRUPTION = Corruption(key="motion_blur", position=5, apply=motion_blur)
