"""The parts of `kernels.py` that NumPy and torch do not share, for images of one size on any device.

What SciPy, Pillow and OpenCV do on the processor is done here by torch. Weights come from those libraries themselves.
"""

from collections.abc import Sequence
from functools import lru_cache

import cv2
import numpy as np
import torch
from jaxtyping import Float, Int
from PIL.Image import Resampling
from scipy import fft, ndimage
from torch import Tensor
from torch.nn import functional

from evaluation import tensor_resize
from evaluation.corruptions.two_parts import Size, quotient

Images = Float[Tensor, "images height width channels"]

# By OpenCV's name: torch's name of the border, and whether the outermost pixels are mirrored about their middle.
_BORDERS = {
    cv2.BORDER_REPLICATE: ("border", False),
    cv2.BORDER_REFLECT: ("reflection", False),
    cv2.BORDER_REFLECT_101: ("reflection", True),
}


def spread(images: Images, kernel: Float[np.ndarray, "side side"]) -> Images:
    """Every point spread over a kernel; images go on beyond their borders as in a mirror."""
    margin = kernel.shape[0] // 2
    sides = images.shape[1:3]
    rows, columns = (
        torch.from_numpy(np.pad(np.arange(side), margin, mode="symmetric")).to(images.device) for side in sides
    )
    roomy = images[:, rows][:, :, columns]
    # What comes round from the other side ends up in the margin, which is cut off.
    lengths = [fft.next_fast_len(side + 2 * margin, real=True) for side in sides]
    waves = torch.fft.rfft2(roomy, s=lengths, dim=(1, 2))
    response = torch.fft.rfft2(torch.from_numpy(kernel).to(images.device), s=lengths)
    found: Tensor = torch.fft.irfft2(waves * response[..., None], s=lengths, dim=(1, 2))
    return found[:, 2 * margin : 2 * margin + sides[0], 2 * margin : 2 * margin + sides[1]]


def gaussian_blur(images: Images, deviation: float) -> Images:
    """A Gaussian blur down and across; images go on beyond their borders as they end."""
    for axis in (1, 2):
        weights = torch.from_numpy(_blur_of_single_values(images.shape[axis], deviation)).to(images.device)
        # In 64 bits, as SciPy adds: what a blur leaves as it was stays exactly so, and is cut off alike.
        lines = images.double().movedim(axis, -1) @ weights
        images = lines.movedim(-1, axis).float()
    return images


@lru_cache(maxsize=64)
def _blur_of_single_values(side: int, deviation: float) -> Float[np.ndarray, "side side"]:
    """How much of each old value of a line is in each new one."""
    return np.asarray(ndimage.gaussian_filter1d(np.eye(side), deviation, axis=1, mode="nearest"))


def smear(images: Images, steps: Int[Tensor, "images steps 2"], weights: Sequence[float]) -> Images:
    """A weighted mean of shifted copies, for each image along its own path."""
    height, width = images.shape[1:3]
    rows, columns = (torch.arange(side, device=images.device) for side in (height, width))
    each = torch.arange(len(images), device=images.device)[:, None, None]
    smeared = torch.zeros_like(images)
    for step, weight in enumerate(weights):
        down, right = steps[:, step, :1].long(), steps[:, step, 1:].long()
        # Beyond the border the outermost pixel goes on.
        from_rows = (rows + down).clip(0, height - 1)[:, :, None]
        from_columns = (columns + right).clip(0, width - 1)[:, None, :]
        smeared += images[each, from_rows, from_columns] * weight
    return smeared


def taken_from(images: Images, places: Float[Tensor, "images 2 rows columns"], *, border: int) -> Images:
    """What each image has at its rows and columns, by linear interpolation.

    Args:
        images: of 32-bit values.
        places: in pixels, between them too.
        border: how an image goes on beyond its border, one of OpenCV's `BORDER_` constants.
    """
    name, about_the_middle = _BORDERS[border]
    height, width = images.shape[1:3]
    rows, columns = places.float().double().unbind(1)
    # Torch counts from -1 to 1: between the middles of the outermost pixels, or between their outer edges.
    if about_the_middle:
        shares = columns * (2 / max(width - 1, 1)) - 1, rows * (2 / max(height - 1, 1)) - 1
    else:
        shares = (2 * columns + 1) / width - 1, (2 * rows + 1) / height - 1
    found = functional.grid_sample(
        images.double().movedim(-1, 1), torch.stack(shares, dim=-1), padding_mode=name, align_corners=about_the_middle
    )
    return found.movedim(1, -1).float()


def exchange(images: Images, sources: Int[Tensor, "images pixels"]) -> Images:
    """Images whose pixels have the values of others of the same image."""
    pixels = images.flatten(1, 2)
    return pixels.take_along_dim(sources.long()[..., None], dim=1).reshape(images.shape)


def at_size(images: Images, size: Size, resampling: Resampling) -> Images:
    """Images of 8-bit values, given in [0, 1], at another size, as Pillow makes them."""
    eight_bit = (images * 255).round().to(torch.uint8).movedim(-1, 1)
    return quotient(tensor_resize.at_size(eight_bit, size, resampling).movedim(1, -1).float(), 255)
