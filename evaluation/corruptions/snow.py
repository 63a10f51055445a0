"""Snow: bright flakes that fall aslant."""

import numpy as np

from evaluation.corruptions.corruption import Corruption, scale_of
from evaluation.corruptions.kernels import grey, path, smear, zoom
from evaluation.corruptions.two_parts import Drawn, Pixels, Size, TwoParts, arrays_of, size_of

# Mean and deviation of the flakes' brightness, zoom, least brightness of a flake, radius and deviation of the fall's
# blur, share of the image that stays.
_PARAMETERS = (
    (0.1, 0.3, 3.0, 0.5, 10, 4, 0.8),
    (0.2, 0.3, 2.0, 0.5, 12, 4, 0.7),
    (0.55, 0.3, 4.0, 0.9, 12, 8, 0.7),
    (0.55, 0.3, 4.5, 0.85, 12, 8, 0.65),
    (0.55, 0.3, 2.5, 0.85, 12, 12, 0.55),
)
_FALL_DEGREES = (-135.0, -45.0)


def _flakes(size: Size, severity: int, rng: np.random.Generator) -> Drawn:
    """Flakes of one channel that stand still, and the line along which they fall."""
    mean, deviation, factor, least, radius, _, _ = _PARAMETERS[severity - 1]
    # Here and not on the device: a bit more or less beside the least brightness is a flake or none.
    flakes = zoom(rng.normal(mean, deviation, (*size, 1)).astype(np.float32), factor)
    flakes = np.where(flakes < least, np.float32(0), np.clip(flakes, 0, 1))
    return flakes, path(radius * scale_of(size), rng.uniform(*_FALL_DEGREES))


def _in_snow(images: Pixels, severity: int, drawn: tuple[Pixels, ...]) -> Pixels:
    """Whiten the image and lay two layers of falling flakes over it."""
    flakes, fall = drawn
    *_, blur, share = _PARAMETERS[severity - 1]
    arrays = arrays_of(images)
    falling = smear(flakes, fall, blur * scale_of(size_of(images)))
    whitened = arrays.maximum(images, grey(images) * 1.5 + 0.5)
    snowed: Pixels = share * images + (1 - share) * whitened + falling + arrays.flip(falling, (-3, -2))
    return snowed


snow = TwoParts(draw=_flakes, change=_in_snow)

CORRUPTION = Corruption(key="snow", position=7, apply=snow)
