"""Resizes 8-bit images in torch, on any device, to the very values that Pillow gives pictures on the processor.

torchvision resizes tensors too, but on a GPU it rounds once where Pillow rounds after each direction.
"""

from functools import lru_cache

import numpy as np
import torch
from jaxtyping import UInt8
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

# Pillow's own: weights are whole multiples of 2 ** -22, so that sums are those of whole numbers of 32 bits.
_BITS = 22
_ORDERS = ((-1, -2), (-2, -1))
_PICTURES = 8
_WHOLE, _CORNER = slice(None), slice(32)
# Values of 32 bits: 256 MB.
_MOST_TAKEN = 2**26

Size = tuple[int, int]


def at_size(
    images: UInt8[Tensor, "images channels height width"], size: Size, resampling: Image.Resampling
) -> UInt8[Tensor, "images channels rows columns"]:
    """Images at another size, each equal to what Pillow makes of it.

    Args:
        images: 8-bit values.
        size: new height and width.
        resampling: Pillow's filter.

    >>> at_size(torch.tensor([[[[0, 100]]]], dtype=torch.uint8), (1, 1), Image.Resampling.BOX).tolist()
    [[[[50]]]]
    """
    height, width = images.shape[-2:]
    return _in_order(images, size, resampling, _order((height, width), size, resampling))


def _along(images: Tensor, axis: int, length: int, resampling: Image.Resampling, part: slice = _WHOLE) -> Tensor:
    """Images resized in one direction, in whole steps again; of each line the whole or a part."""
    places, weights = (each[:, part] for each in _taps_on(images.device, images.shape[axis], length, resampling))
    # Against the last axis as it is, and against the one before it with one axis more.
    each_weight = weights if axis == -1 else weights[..., None]
    # All taps of a value at once, for on a GPU each step is paid for; of so many lines as memory bears.
    across = -3 - axis
    lines = max(1, _MOST_TAKEN // max(1, images[..., 0, 0].numel() * places.numel()))
    summed = [
        torch.sum(
            torch.unflatten(some.index_select(axis, places.flatten()), axis, places.shape) * each_weight,
            axis - 1, dtype=torch.int32,
        )
        for some in torch.split(images, lines, dim=across)
    ]  # fmt: skip
    together = summed[0] if len(summed) == 1 else torch.cat(summed, dim=across)
    # Nobody else holds the sums.
    return together.add_(1 << _BITS - 1).bitwise_right_shift_(_BITS).clip_(0, 255).to(torch.uint8)


@lru_cache(maxsize=1024)
def _taps_on(device: torch.device, old: int, new: int, resampling: Image.Resampling) -> tuple[Tensor, Tensor]:
    """The same as tensors: to copy them anew for each image would keep the processor waiting for the device."""
    places, weights = (torch.from_numpy(each).to(device) for each in _taps(old, new, resampling))
    return places, weights


@lru_cache(maxsize=1024)
def _taps(old: int, new: int, resampling: Image.Resampling) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """From which old values of a line each new one is made, and their weights, both of taps x new values.

    The weights are what Pillow makes of lines in which one value alone is there.
    """
    single = Image.fromarray(np.eye(old, dtype=np.int32) << _BITS)
    weights = np.asarray(single.resize((new, old), resampling))
    taken = weights != 0
    first, last = taken.argmax(axis=0), old - 1 - taken[::-1].argmax(axis=0)
    places = np.minimum(first + np.arange((last - first).max() + 1)[:, None], old - 1)
    # Beyond the last value there is nothing more to take.
    within = first + np.arange(len(places))[:, None] <= last
    return places.astype(np.int32), np.where(within, np.take_along_axis(weights, places, axis=0), 0).astype(np.int32)


@lru_cache(maxsize=2**16)
def _order(old: Size, new: Size, resampling: Image.Resampling) -> tuple[int, int]:
    """Along which axis Pillow resizes first, which it decides by the sizes: seen by what it makes of noise."""
    rng = np.random.default_rng(0)
    # Both orders may lead to the same bytes of one picture by chance, or always.
    for _ in range(_PICTURES):
        noise = rng.integers(0, 256, old, dtype=np.uint8)
        expected = np.asarray(Image.fromarray(noise).resize(new[::-1], resampling))[_CORNER, _CORNER]
        lines = torch.from_numpy(noise)[None]
        made = [_in_order(lines, new, resampling, axes, _CORNER)[0].numpy() for axes in _ORDERS]
        across_first, down_first = (np.array_equal(each, expected) for each in made)
        if across_first != down_first:
            return _ORDERS[0] if across_first else _ORDERS[1]
    return _ORDERS[0]


def _in_order(
    images: Tensor, size: Size, resampling: Image.Resampling, axes: tuple[int, int], part: slice = _WHOLE
) -> Tensor:
    for axis in axes:
        images = _along(images, axis, size[axis], resampling, part)
    return images
