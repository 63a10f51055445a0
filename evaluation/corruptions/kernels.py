"""What several corruptions are made of: disks, smears, zooms and clouds."""

import math

import cv2
import numpy as np
from jaxtyping import Float, Int
from PIL import Image
from scipy import ndimage, signal
from torch import Tensor

from evaluation.corruptions import device_kernels
from evaluation.corruptions.two_parts import Pixels, Size, arrays_of, size_of

_LEAST_DEVIATION = 0.5


def as_pictures(images: Pixels) -> Pixels:
    """Images as 32-bit values, with what arithmetic left outside [0, 1] brought back."""
    arrays = arrays_of(images)
    within: Pixels = arrays.asarray(arrays.clip(images, 0, 1), dtype=arrays.float32)
    return within


def disk(radius: float, softness: float) -> Float[np.ndarray, "side side"]:
    """A disk that sums to 1; pixels on its rim count by the share that it covers, so that radii need not be whole."""
    reach = math.ceil(radius) + 1
    rows, columns = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    covered = np.clip(radius - np.hypot(rows, columns) + 0.5, 0, 1)
    if softness > 0:
        covered = ndimage.gaussian_filter(covered, softness)
    return np.asarray(covered / covered.sum(), dtype=np.float32)


def spread(images: Pixels, kernel: Float[np.ndarray, "side side"]) -> Pixels:
    """Every point spread over a kernel of odd sides; images go on beyond their borders as in a mirror."""
    if isinstance(images, Tensor):
        return device_kernels.spread(images, kernel)
    margin = kernel.shape[0] // 2
    # Mirrored: zeros outside would darken the rim, which no lens does.
    roomy = np.pad(images, ((margin, margin), (margin, margin), (0, 0)), mode="symmetric")
    return np.asarray(signal.fftconvolve(roomy, kernel[..., None], mode="valid", axes=(0, 1)))


def gaussian_blur(images: Pixels, deviation: float) -> Pixels:
    """A Gaussian blur of so many pixels down and across; images go on beyond their borders as they end."""
    if isinstance(images, Tensor):
        return device_kernels.gaussian_blur(images, deviation)
    return np.asarray(ndimage.gaussian_filter(images, (deviation, deviation, 0), mode="nearest"))


def path(radius: float, degrees: float) -> Int[np.ndarray, "steps 2"]:
    """How many pixels down and right each step of a smear is from the first, in a line twice the radius long.

    To the right at 0 degrees and down at 90, as ImageMagick has it.
    """
    offsets = range(max(1, math.ceil(2 * radius)) + 1)
    down, right = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))
    return np.array([(round(offset * down), round(offset * right)) for offset in offsets])


def smear(images: Pixels, steps: Pixels, deviation: float) -> Pixels:
    """A weighted mean of shifted copies, the unshifted one weighing most: each pixel takes from those ahead of it.

    Args:
        images: of any number of channels.
        steps: as `path` gives them, of each image its own.
        deviation: of the weights, in steps.
    """
    offsets = np.arange(steps.shape[-2])
    # On a very small image the scaled deviation would be a fraction of a pixel and the smear none at all.
    weights = np.exp(-(offsets**2) / (2 * max(deviation, _LEAST_DEVIATION) ** 2))
    weights /= weights.sum()
    if isinstance(images, Tensor):
        return device_kernels.smear(images, steps, weights.tolist())
    # With a margin as wide as the furthest shift each copy is a view; to gather its pixels takes ten times as long.
    (above, below), (before, after) = ((max(0, -far), max(0, far)) for far in steps[-1].tolist())
    roomy = np.pad(images, ((above, below), (before, after), (0, 0)), mode="edge")
    smeared, copy = np.zeros_like(images), np.empty_like(images)
    height, width = size_of(images)
    for (row, column), weight in zip(steps.tolist(), weights, strict=True):
        shifted = roomy[above + row : above + row + height, before + column : before + column + width]
        smeared += np.multiply(shifted, np.float32(weight), out=copy)
    return smeared


def zoom(images: Pixels, factor: float) -> Pixels:
    """The centre of images, enlarged to the full size with linear interpolation; factor 1 or more."""
    arrays = arrays_of(images)
    middle = [(side - 1) / 2 for side in size_of(images)]
    rows, columns = (
        (arrays.arange(side, dtype=arrays.float64, device=images.device) - half) / factor + half
        for side, half in zip(size_of(images), middle, strict=True)
    )
    places = arrays.stack(arrays.meshgrid(rows, columns, indexing="ij"))
    # One place for all images, which torch wants of each.
    each: Pixels = places.expand(len(images), *places.shape) if isinstance(images, Tensor) else places
    return taken_from(images, each, border=cv2.BORDER_REPLICATE)


def taken_from(images: Pixels, places: Pixels, *, border: int) -> Pixels:
    """What images have at these rows and columns, by linear interpolation; of as many channels as the images.

    Args:
        images: of 32-bit values.
        places: 2 x rows x columns, in pixels, between them too; beyond the image `border` decides. Of each image its
            own.
        border: how images go on beyond their borders, one of OpenCV's `BORDER_` constants.
    """
    if isinstance(images, Tensor):
        return device_kernels.taken_from(images, places, border=border)
    rows, columns = places.astype(np.float32)
    found = cv2.remap(images, columns, rows, cv2.INTER_LINEAR, borderMode=border)
    # OpenCV leaves out an axis of one channel.
    return np.asarray(found).reshape(*rows.shape, *images.shape[2:])


def exchange(images: Pixels, sources: Pixels) -> Pixels:
    """Images whose pixels have the values of others of the same image, row by row by their numbers."""
    if isinstance(images, Tensor):
        return device_kernels.exchange(images, sources)
    return np.asarray(images.reshape(-1, images.shape[-1])[sources].reshape(images.shape))


def at_size(images: Pixels, size: Size, resampling: Image.Resampling) -> Pixels:
    """Images of 8-bit values, given in [0, 1], at another height and width, as Pillow makes them."""
    if isinstance(images, Tensor):
        return device_kernels.at_size(images, size, resampling)
    picture = Image.fromarray((images * 255).round().astype(np.uint8))
    return np.asarray(picture.resize(size[::-1], resampling), dtype=np.float32) / 255


def grey(images: Pixels) -> Pixels:
    """Brightness as the eye weighs the colours (ITU-R BT.601), in one channel."""
    weights = arrays_of(images).asarray([[0.299], [0.587], [0.114]], dtype=images.dtype, device=images.device)
    brightness: Pixels = images @ weights
    return brightness


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
