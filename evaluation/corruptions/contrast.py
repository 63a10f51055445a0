"""Contrast: differences of brightness fade."""

from evaluation.corruptions.corruption import Corruption
from evaluation.corruptions.two_parts import Pixels, TwoParts, arrays_of

_FACTORS = (0.4, 0.3, 0.2, 0.1, 0.05)


def _less_contrast(images: Pixels, severity: int, _drawn: tuple[Pixels, ...]) -> Pixels:
    """Draw every value towards the mean of its channel."""
    # Per channel and not of all: a grey mean would take the colour out as well.
    mean = arrays_of(images).mean(images, axis=(-3, -2), keepdims=True)
    faded: Pixels = (images - mean) * _FACTORS[severity - 1] + mean
    return faded


contrast = TwoParts(change=_less_contrast)

CORRUPTION = Corruption(key="contrast", position=11, apply=contrast)
