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


def _along(images: Tensor, axis: int, length: int, resampling: Image.Resampling) -> Tensor:
    """Images resized in one direction, in whole steps again."""
    places, weights = (
        torch.from_numpy(each).to(images.device) for each in _taps(images.shape[axis], length, resampling)
    )
    # Against the last axis as it is, and against the one before it with one axis more.
    each_weight = weights if axis == -1 else weights[..., None]
    values = images.int()
    summed = sum(values.index_select(axis, place) * weight for place, weight in zip(places, each_weight, strict=True))
    return ((torch.as_tensor(summed) + (1 << _BITS - 1)) >> _BITS).clip(0, 255).to(torch.uint8)


@lru_cache(maxsize=64)
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


@lru_cache(maxsize=64)
def _order(old: Size, new: Size, resampling: Image.Resampling) -> tuple[int, int]:
    """Along which axis Pillow resizes first, which it decides by the sizes: seen by what it makes of noise."""
    rng = np.random.default_rng(0)
    # Both orders may lead to the same bytes of one picture by chance, or always.
    for _ in range(_PICTURES):
        noise = rng.integers(0, 256, old, dtype=np.uint8)
        expected = np.asarray(Image.fromarray(noise).resize(new[::-1], resampling))
        made = [_in_order(torch.from_numpy(noise), new, resampling, axes).numpy() for axes in _ORDERS]
        across_first, down_first = (np.array_equal(each, expected) for each in made)
        if across_first != down_first:
            return _ORDERS[0] if across_first else _ORDERS[1]
    return _ORDERS[0]


def _in_order(images: Tensor, size: Size, resampling: Image.Resampling, axes: tuple[int, int]) -> Tensor:
    for axis in axes:
        images = _along(images, axis, size[axis], resampling)
    return images
