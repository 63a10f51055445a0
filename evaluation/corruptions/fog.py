"""Fog: bright haze of uneven thickness."""

import numpy as np

from evaluation.corruptions.corruption import Corruption
from evaluation.corruptions.kernels import plasma
from evaluation.corruptions.two_parts import Drawn, Pixels, Size, TwoParts, arrays_of

_THICKNESS_AND_DECAY = ((1.5, 2.0), (2.0, 2.0), (2.5, 1.7), (2.5, 1.5), (3.0, 1.4))


def _haze(size: Size, severity: int, rng: np.random.Generator) -> Drawn:
    _, decay = _THICKNESS_AND_DECAY[severity - 1]
    return (plasma(*size, decay, rng)[..., None],)


def _in_fog(images: Pixels, severity: int, drawn: tuple[Pixels, ...]) -> Pixels:
    """Add a fractal haze, and darken so that white stays white."""
    (haze,) = drawn
    thickness, _ = _THICKNESS_AND_DECAY[severity - 1]
    brightest = arrays_of(images).amax(images, axis=(-3, -2, -1), keepdims=True)
    # The haze is 1 at most, so that the brightest value ends where it was or below.
    fogged: Pixels = (images + thickness * haze) * (brightest / (brightest + thickness))
    return fogged


fog = TwoParts(draw=_haze, change=_in_fog)

CORRUPTION = Corruption(key="fog", position=9, apply=fog)
