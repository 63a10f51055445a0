"""Brightness: too long an exposure."""

from evaluation.corruptions.corruption import Corruption
from evaluation.corruptions.two_parts import Pixels, TwoParts, arrays_of

_GAINS = (0.1, 0.2, 0.3, 0.4, 0.5)


def _brighter(images: Pixels, severity: int, _drawn: tuple[Pixels, ...]) -> Pixels:
    """Raise the value of every pixel in the sense of hue, saturation and value, and keep the other two.

    Hue and saturation stay exactly when all three channels are multiplied alike; black, which has neither, turns grey.
    """
    arrays = arrays_of(images)
    value = arrays.amax(images, axis=-1, keepdims=True)
    raised = arrays.clip(value + _GAINS[severity - 1], 0, 1)
    # The floor only keeps the branch that is not taken from dividing by 0.
    changed: Pixels = arrays.where(value > 0, images * (raised / arrays.clip(value, 1e-6, None)), raised)
    return changed


brightness = TwoParts(change=_brighter)

CORRUPTION = Corruption(key="brightness", position=10, apply=brightness)
