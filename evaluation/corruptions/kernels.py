"""What several corruptions are made of: disks, smears, zooms and clouds."""

import math

import numpy as np
from jaxtyping import Float
from scipy import ndimage

from evaluation.corruptions.corruption import Picture

_LEAST_DEVIATION = 0.5


def as_picture(image: Float[np.ndarray, "..."]) -> Picture:
    """The image as 32-bit values, with what arithmetic left outside [0, 1] brought back."""
    within: Picture = np.clip(image, 0, 1).astype(np.float32)
    return within


def disk(radius: float, softness: float) -> Float[np.ndarray, "side side"]:
    """A disk that sums to 1; pixels on its rim count by the share that it covers, so that radii need not be whole."""
    reach = math.ceil(radius) + 1
    rows, columns = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    covered = np.clip(radius - np.hypot(rows, columns) + 0.5, 0, 1)
    if softness > 0:
        covered = ndimage.gaussian_filter(covered, softness)
    return np.asarray(covered / covered.sum(), dtype=np.float32)


def motion_smear(image: Picture, radius: float, deviation: float, degrees: float) -> Picture:
    """Smear along one direction: a weighted mean of shifted copies, the unshifted one weighing most.

    Each pixel takes from those ahead of it, to the right at 0 degrees and below at 90, as ImageMagick does.
    """
    steps = max(1, math.ceil(2 * radius))
    offsets = np.arange(steps + 1)
    # On a very small image the scaled deviation would be a fraction of a pixel and the smear none at all.
    weights = np.exp(-(offsets**2) / (2 * max(deviation, _LEAST_DEVIATION) ** 2))
    weights /= weights.sum()
    down, right = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))
    smeared = np.zeros_like(image)
    for offset, weight in zip(offsets, weights, strict=True):
        smeared += np.float32(weight) * _shift(image, round(offset * down), round(offset * right))
    return smeared


def _shift(image: Picture, down: int, right: int) -> Picture:
    """Take from so many whole pixels further down and right; the border repeats the outermost pixels."""
    rows = np.clip(np.arange(image.shape[0]) + down, 0, image.shape[0] - 1)
    columns = np.clip(np.arange(image.shape[1]) + right, 0, image.shape[1] - 1)
    return image[rows[:, None], columns[None, :]]


def zoom(image: Picture, factor: float) -> Picture:
    """The centre of the image, enlarged to the full size with linear interpolation; factor 1 or more."""
    height, width = image.shape[:2]
    rows = (np.arange(height) - (height - 1) / 2) / factor + (height - 1) / 2
    columns = (np.arange(width) - (width - 1) / 2) / factor + (width - 1) / 2
    # One axis after the other: linear interpolation is separable, and this is many times faster than a general map.
    return _interpolate(_interpolate(image, rows, axis=0), columns, axis=1)


def _interpolate(image: Picture, places: Float[np.ndarray, " places"], *, axis: int) -> Picture:
    low = np.floor(places).astype(np.intp)
    high = np.minimum(low + 1, image.shape[axis] - 1)
    share = (places - low).astype(np.float32)
    share = share[:, None, None] if axis == 0 else share[None, :, None]
    between: Picture = image.take(low, axis=axis) * (1 - share) + image.take(high, axis=axis) * share
    return between


def grey(image: Picture) -> Float[np.ndarray, "height width 1"]:
    """Brightness as the eye weighs the colours (ITU-R BT.601)."""
    return np.asarray(image @ np.array([[0.299], [0.587], [0.114]], dtype=np.float32))


def plasma(height: int, width: int, decay: float, rng: np.random.Generator) -> Float[np.ndarray, "height width"]:
    """A cloud in [0, 1] by diamond-square: each halving of the grid adds noise that is `decay` times weaker.

    Fournier, Fussell and Carpenter 1982, Computer rendering of stochastic models.
    """
    side = 1 << max(1, math.ceil(math.log2(max(height, width))))
    cloud = np.zeros((side, side), dtype=np.float64)
    step, roughness = side, 1.0
    while step > 1:
        half = step // 2
        corners = cloud[::step, ::step]
        right, below = np.roll(corners, -1, axis=1), np.roll(corners, -1, axis=0)
        centre = (corners + right + below + np.roll(right, -1, axis=0)) / 4
        centre += rng.uniform(-roughness, roughness, centre.shape)
        cloud[half::step, half::step] = centre
        left_of, above = np.roll(centre, 1, axis=1), np.roll(centre, 1, axis=0)
        top_edge = (corners + right + centre + above) / 4
        left_edge = (corners + below + centre + left_of) / 4
        cloud[::step, half::step] = top_edge + rng.uniform(-roughness, roughness, centre.shape)
        cloud[half::step, ::step] = left_edge + rng.uniform(-roughness, roughness, centre.shape)
        step, roughness = half, roughness / decay
    cloud -= cloud.min()
    return np.asarray((cloud / cloud.max())[:height, :width], dtype=np.float32)
