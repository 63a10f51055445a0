"""Defocus blur: the lens is focused elsewhere."""

from evaluation.corruptions.corruption import Corruption, scale_of
from evaluation.corruptions.kernels import as_pictures, disk, spread
from evaluation.corruptions.two_parts import Pixels, TwoParts, size_of

_RADIUS_AND_SOFTNESS = ((3, 0.1), (4, 0.5), (6, 0.5), (8, 0.5), (10, 0.5))


def _out_of_focus(images: Pixels, severity: int, _drawn: tuple[Pixels, ...]) -> Pixels:
    """Spread every point over a disk with a soft rim."""
    radius, softness = (length * scale_of(size_of(images)) for length in _RADIUS_AND_SOFTNESS[severity - 1])
    return as_pictures(spread(images, disk(radius, softness)))


defocus_blur = TwoParts(change=_out_of_focus)

CORRUPTION = Corruption(key="defocus_blur", position=3, apply=defocus_blur)
