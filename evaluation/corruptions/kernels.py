"""What several corruptions are made of: disks, smears, zooms and clouds."""

import math

import cv2
import numpy as np
from jaxtyping import Float
from scipy import ndimage

from evaluation.corruptions.corruption import Picture

_LEAST_DEVIATION = 0.5

Pixels = Float[np.ndarray, "height width ..."]


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


def motion_smear(image: Pixels, radius: float, deviation: float, degrees: float) -> Pixels:
    """Smear along one direction: a weighted mean of shifted copies, the unshifted one weighing most.

    Each pixel takes from those ahead of it, to the right at 0 degrees and below at 90, as ImageMagick does.
    """
    steps = max(1, math.ceil(2 * radius))
    offsets = np.arange(steps + 1)
    # On a very small image the scaled deviation would be a fraction of a pixel and the smear none at all.
    weights = np.exp(-(offsets**2) / (2 * max(deviation, _LEAST_DEVIATION) ** 2))
    weights /= weights.sum()
    down, right = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))
    places = [(round(offset * down), round(offset * right)) for offset in offsets]
    # With a margin as wide as the furthest shift each copy is a view; to gather its pixels takes ten times as long.
    (above, below), (before, after) = ((max(0, -far), max(0, far)) for far in places[-1])
    roomy = np.pad(image, ((above, below), (before, after), (0, 0)), mode="edge")
    smeared, copy = np.zeros_like(image), np.empty_like(image)
    height, width = image.shape[:2]
    for (row, column), weight in zip(places, weights, strict=True):
        shifted = roomy[above + row : above + row + height, before + column : before + column + width]
        smeared += np.multiply(shifted, np.float32(weight), out=copy)
    return smeared


def zoom(image: Pixels, factor: float) -> Pixels:
    """The centre of the image, enlarged to the full size with linear interpolation; factor 1 or more."""
    rows, columns = ((np.arange(side) - (side - 1) / 2) / factor + (side - 1) / 2 for side in image.shape[:2])
    return taken_from(image, np.stack(np.meshgrid(rows, columns, indexing="ij")), border=cv2.BORDER_REPLICATE)


def taken_from(image: Pixels, places: Float[np.ndarray, "2 rows columns"], *, border: int) -> Pixels:
    """What an image has at these rows and columns, by linear interpolation; of as many channels as the image.

    Args:
        image: of 32-bit values.
        places: in pixels, between them too; beyond the image `border` decides, one of OpenCV's `BORDER_` constants.
        border: how the image goes on beyond its border.
    """
    rows, columns = places.astype(np.float32)
    found = cv2.remap(image, columns, rows, cv2.INTER_LINEAR, borderMode=border)
    # OpenCV leaves out an axis of one channel.
    return np.asarray(found).reshape(*rows.shape, *image.shape[2:])


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
