"""Impulse noise: single values fail, dark or bright."""

import numpy as np

from evaluation.corruptions.corruption import Corruption, Picture

_SHARES = (0.03, 0.06, 0.09, 0.17, 0.27)


def impulse_noise(image: Picture, severity: int, rng: np.random.Generator) -> Picture:
    """Set a share of the values to 0 or to 1, each with the same chance."""
    draws = rng.random(image.shape)
    share = _SHARES[severity - 1]
    # One draw per value and not per pixel: single channels fail, as in the published program.
    return np.where(draws < share / 2, np.float32(0), np.where(draws < share, np.float32(1), image))


CORRUPTION = Corruption(key="impulse_noise", position=2, apply=impulse_noise)
