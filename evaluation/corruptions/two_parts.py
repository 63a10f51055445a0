"""Corruptions in two parts: what is drawn at random, and what is done with it wherever the images lie."""

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Protocol, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

Pixels = TypeVar("Pixels", NDArray[Any], Tensor)
"""One image of height x width x channels in NumPy, or some of one size in torch, with one more axis in front."""

Size = tuple[int, int]
"""Height and width in pixels."""

Drawn = tuple[NDArray[Any], ...]
"""What was drawn for one image; of several, torch has each array with one more axis in front."""

Draw = Callable[[Size, int, np.random.Generator], Drawn]
"""From a size, a severity and a source of randomness to what is drawn."""


class Change(Protocol):
    """What is done to images with what was drawn for them; the same lines serve NumPy and torch."""

    def __call__(self, images: Pixels, severity: int, drawn: tuple[Pixels, ...], /) -> Pixels:
        """The corrupted images; values that leave [0, 1] are clipped afterwards."""


def nothing(size: Size, severity: int, rng: np.random.Generator) -> Drawn:  # noqa: ARG001 - a corruption without chance
    """Draws nothing."""
    return ()


@dataclass(frozen=True, kw_only=True, slots=True)
class TwoParts:
    """A corruption whose chance does not depend on the image, so that it is drawn before, by NumPy, on the processor.

    That keeps the same chance on every device: torch's own generators give other numbers, and on each device others.

    Attributes:
        change: what is done to the images.
        draw: what is drawn for one of them.
    """

    change: Change
    draw: Draw = nothing

    def __call__(self, image: NDArray[Any], severity: int, rng: np.random.Generator) -> NDArray[Any]:
        """Both parts, one after the other, for one image of values in [0, 1], height x width x 3."""
        return self.change(image, severity, self.draw(size_of(image), severity, rng))


def arrays_of(images: NDArray[Any] | Tensor) -> ModuleType:
    """The library of an array, `numpy` or `torch`, whose functions of one name do the same.

    >>> arrays_of(np.zeros(3)).__name__
    'numpy'
    """
    return torch if isinstance(images, Tensor) else np


def size_of(images: NDArray[Any] | Tensor) -> Size:
    """Height and width of an image, or of each of several.

    >>> size_of(np.zeros((4, 6, 3))), size_of(torch.zeros(8, 4, 6, 3))
    ((4, 6), (4, 6))
    """
    height, width, _ = images.shape[-3:]
    return height, width


def quotient(values: Pixels, divisor: float) -> Pixels:
    """Values divided by a number, in 32 bits and rounded alike on every device.

    >>> quotient(np.array([51], dtype=np.float32), 255).tolist()
    [0.20000000298023224]
    """
    # Of a plain number torch multiplies by the reciprocal on CUDA. That is off by one bit, and 8-bit values, which are
    # cut off and not rounded, then come back one lower.
    divided: Pixels = values / arrays_of(values).full(
        (), divisor, dtype=values.dtype, device=values.device
    )  # fmt: skip
    return divided
