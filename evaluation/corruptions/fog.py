"""Fog: bright haze of uneven thickness."""

import numpy as np

from evaluation.corruptions.corruption import Corruption, Picture
from evaluation.corruptions.kernels import plasma

_THICKNESS_AND_DECAY = ((1.5, 2.0), (2.0, 2.0), (2.5, 1.7), (2.5, 1.5), (3.0, 1.4))


def fog(image: Picture, severity: int, rng: np.random.Generator) -> Picture:
    """Add a fractal haze, and darken so that white stays white."""
    thickness, decay = _THICKNESS_AND_DECAY[severity - 1]
    haze = plasma(image.shape[0], image.shape[1], decay, rng)[..., None]
    brightest = image.max()
    # The haze is 1 at most, so that the brightest value ends where it was or below.
    fogged: Picture = (image + thickness * haze) * (brightest / (brightest + thickness))
    return fogged


CORRUPTION = Corruption(key="fog", position=9, apply=fog)
