"""Glass blur: seen through frosted glass."""

import numpy as np
from jaxtyping import Int
from scipy import ndimage

from evaluation.corruptions.corruption import Corruption, Picture, scale_of

# Standard deviation of the blur, furthest neighbour, rounds.
_PARAMETERS = ((0.7, 1, 2), (0.9, 2, 1), (1.0, 2, 3), (1.1, 3, 2), (1.5, 4, 2))


def glass_blur(image: Picture, severity: int, rng: np.random.Generator) -> Picture:
    """Blur, let pixels take the values of near neighbours, blur again."""
    deviation, furthest, rounds = _PARAMETERS[severity - 1]
    sigma = deviation * scale_of(image)
    reach = max(1, round(furthest * scale_of(image)))
    # The published program keeps whole eight-bit values between the steps.
    taken = np.floor(_gaussian_blur(image, sigma) * 255) / np.float32(255)
    height, width = image.shape[:2]
    for _ in range(rounds):
        taken = taken.reshape(-1, 3)[_sources(height, width, reach, rng)].reshape(image.shape)
    return _gaussian_blur(taken, sigma)


def _gaussian_blur(image: Picture, sigma: float) -> Picture:
    blurred: Picture = ndimage.gaussian_filter(image, (sigma, sigma, 0), mode="nearest")
    return blurred


def _sources(height: int, width: int, reach: int, rng: np.random.Generator) -> Int[np.ndarray, " pixels"]:
    """Which pixel each one has the value of after a round.

    The published program means to exchange a pixel with a neighbour, one after the other from the last to the first;
    as it is written, the pixel takes the neighbour's value and the neighbour keeps it. A neighbour that came before has
    another's value by then. One pixel after the other would take seconds, so these chains are followed for all pixels
    at once, twice as far each time.
    """
    first = reach + 1
    rows, columns = np.mgrid[first : max(first, height - reach + 1), first : max(first, width - reach + 1)]
    inner = (rows * width + columns).ravel()
    shifts = rng.integers(-reach, reach, (2, inner.size))
    source = np.arange(height * width)
    source[inner] = inner + shifts[0] * width + shifts[1]
    follows = np.zeros(height * width, dtype=bool)
    follows[inner] = True
    follows &= follows[source] & (source > np.arange(height * width))
    while follows.any():
        source, follows = np.where(follows, source[source], source), follows & follows[source]
    return source


CORRUPTION = Corruption(key="glass_blur", position=4, apply=glass_blur)
