"""Zoom blur: the camera moves towards the object."""

import numpy as np

from evaluation.corruptions.corruption import Corruption
from evaluation.corruptions.kernels import zoom
from evaluation.corruptions.two_parts import Pixels, TwoParts, quotient

# End and step of the zooms from 1. The end is left out, but for the first row, where the rounding of arange lets it in:
# the published program has the same arange, and so the same zooms.
_END_AND_STEP = ((1.11, 0.01), (1.16, 0.01), (1.21, 0.02), (1.26, 0.02), (1.31, 0.03))


def _mean_of_zooms(images: Pixels, severity: int, _drawn: tuple[Pixels, ...]) -> Pixels:
    """Average the image with zoomed copies of itself."""
    factors = np.arange(1, *_END_AND_STEP[severity - 1]).tolist()
    return quotient(images + sum(zoom(images, factor) for factor in factors), len(factors) + 1)


zoom_blur = TwoParts(change=_mean_of_zooms)

CORRUPTION = Corruption(key="zoom_blur", position=6, apply=zoom_blur)
