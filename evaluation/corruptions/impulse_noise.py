"""Impulse noise: single values fail, dark or bright."""

import numpy as np

from evaluation.corruptions.corruption import Corruption
from evaluation.corruptions.two_parts import Drawn, Pixels, Size, TwoParts, arrays_of

_SHARES = (0.03, 0.06, 0.09, 0.17, 0.27)
_DARK, _BRIGHT, _SOUND = 0, 1, 2


def _failures(size: Size, severity: int, rng: np.random.Generator) -> Drawn:
    """What becomes of each value, in one byte."""
    share = _SHARES[severity - 1]
    # One draw per value and not per pixel: single channels fail, as in the published program.
    draws = rng.random((*size, 3))
    return (np.where(draws < share / 2, _DARK, np.where(draws < share, _BRIGHT, _SOUND)).astype(np.uint8),)


def _with_failures(images: Pixels, _severity: int, drawn: tuple[Pixels, ...]) -> Pixels:
    """Set a share of the values to 0 or to 1, each with the same chance."""
    (failures,) = drawn
    changed: Pixels = arrays_of(images).where(failures == _SOUND, images, failures)
    return changed


impulse_noise = TwoParts(draw=_failures, change=_with_failures)

CORRUPTION = Corruption(key="impulse_noise", position=2, apply=impulse_noise)
