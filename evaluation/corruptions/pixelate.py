"""Pixelate: a small image shown large."""

from PIL.Image import Resampling

from evaluation.corruptions.corruption import Corruption
from evaluation.corruptions.kernels import at_size
from evaluation.corruptions.two_parts import Pixels, TwoParts, size_of

_SHARES_OF_SIDE = (0.6, 0.5, 0.4, 0.3, 0.25)


def _in_large_pixels(images: Pixels, severity: int, _drawn: tuple[Pixels, ...]) -> Pixels:
    """Shrink by averaging, and enlarge by repeating pixels."""
    height, width = size_of(images)
    share = _SHARES_OF_SIDE[severity - 1]
    small = at_size(images, (max(1, int(height * share)), max(1, int(width * share))), Resampling.BOX)
    return at_size(small, (height, width), Resampling.NEAREST)


pixelate = TwoParts(change=_in_large_pixels)

CORRUPTION = Corruption(key="pixelate", position=13, apply=pixelate)
