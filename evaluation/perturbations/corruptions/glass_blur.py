"""Glass blur: seen through frosted glass."""

import numpy as np
from scipy import ndimage

from evaluation.perturbations.corruptions.corruption import Corruption, Picture, scale_of

# Standard deviation of the blur, furthest exchange, rounds of exchanges.
_PARAMETERS = ((0.7, 1, 2), (0.9, 2, 1), (1.0, 2, 3), (1.1, 3, 2), (1.5, 4, 2))


def glass_blur(image: Picture, severity: int, rng: np.random.Generator) -> Picture:
    """Blur, exchange pixels with near neighbours, blur again.

    Exchanges of one round are drawn at once and carried out on a grid of cells, one pixel of each cell at a time, so
    that no pixel takes part in two exchanges at once; one pixel after the other would take seconds.
    """
    deviation, furthest, rounds = _PARAMETERS[severity - 1]
    sigma = deviation * scale_of(image)
    reach = max(1, round(furthest * scale_of(image)))
    blurred = ndimage.gaussian_filter(image, (sigma, sigma, 0))
    for _ in range(rounds):
        blurred = _exchanged(blurred, reach, rng)
    return np.asarray(ndimage.gaussian_filter(blurred, (sigma, sigma, 0)), dtype=np.float32)


def _exchanged(image: Picture, reach: int, rng: np.random.Generator) -> Picture:
    height, width = image.shape[:2]
    changed = image.copy()
    cell = 2 * reach + 1
    for top in range(cell):
        for left in range(cell):
            rows, columns = np.mgrid[top:height:cell, left:width:cell]
            to_rows = np.clip(rows + rng.integers(-reach, reach + 1, rows.shape), 0, height - 1)
            to_columns = np.clip(columns + rng.integers(-reach, reach + 1, rows.shape), 0, width - 1)
            here, there = changed[rows, columns], changed[to_rows, to_columns]
            changed[rows, columns], changed[to_rows, to_columns] = there, here
    return changed


CORRUPTION = Corruption(key="glass_blur", position=4, apply=glass_blur)
