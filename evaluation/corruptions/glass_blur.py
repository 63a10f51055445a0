"""Glass blur: seen through frosted glass."""

import numpy as np
from jaxtyping import Int

from evaluation.corruptions.corruption import Corruption, scale_of
from evaluation.corruptions.kernels import exchange, gaussian_blur
from evaluation.corruptions.two_parts import Drawn, Pixels, Size, TwoParts, arrays_of, quotient, size_of

# Standard deviation of the blur, furthest neighbour, rounds.
_PARAMETERS = ((0.7, 1, 2), (0.9, 2, 1), (1.0, 2, 3), (1.1, 3, 2), (1.5, 4, 2))


def _exchanges(size: Size, severity: int, rng: np.random.Generator) -> Drawn:
    """From which pixel each one has its value after all rounds."""
    _, furthest, rounds = _PARAMETERS[severity - 1]
    reach = max(1, round(furthest * scale_of(size)))
    found = np.arange(size[0] * size[1])
    for _ in range(rounds):
        found = found[_sources(*size, reach, rng)]
    return (found,)


def _through_glass(images: Pixels, severity: int, drawn: tuple[Pixels, ...]) -> Pixels:
    """Blur, let pixels take the values of near neighbours, blur again."""
    (sources,) = drawn
    deviation, _, _ = _PARAMETERS[severity - 1]
    sigma = deviation * scale_of(size_of(images))
    # The published program keeps whole eight-bit values between the steps.
    steps: Pixels = arrays_of(images).floor(gaussian_blur(images, sigma) * 255)
    return gaussian_blur(exchange(quotient(steps, 255), sources), sigma)


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


glass_blur = TwoParts(draw=_exchanges, change=_through_glass)

CORRUPTION = Corruption(key="glass_blur", position=4, apply=glass_blur)
