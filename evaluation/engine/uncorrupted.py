"""Images that the device is to corrupt, with what was drawn for them: what readers hand over instead of pixels."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import UInt8
from numpy.typing import NDArray
from torch import Tensor

from evaluation.corruptions import CORRUPTIONS

_FEW = 16


@dataclass(frozen=True, kw_only=True, slots=True)
class Uncorrupted:
    """Images of one size.

    Attributes:
        corruption: key of the corruption to apply.
        severity: of it.
        pixels: 8-bit, images x height x width x 3.
        drawn: for each image, stacked; in 32 bits where it is large.
        positions: of the images among those of their batch that could be read.
    """

    corruption: str
    severity: int
    pixels: Tensor
    drawn: tuple[Tensor, ...]
    positions: tuple[int, ...] = (0,)

    def with_tensors(self, move: Callable[[Tensor], Tensor]) -> "Uncorrupted":
        """The same, with each tensor moved elsewhere."""
        return self._with(move, self.positions)

    def part(self, start: int, end: int) -> "Uncorrupted":
        """Some of the images."""
        return self._with(lambda each: each[start:end], self.positions[start:end])

    def _with(self, change: Callable[[Tensor], Tensor], positions: tuple[int, ...]) -> "Uncorrupted":
        return Uncorrupted(
            corruption=self.corruption,
            severity=self.severity,
            pixels=change(self.pixels),
            drawn=tuple(map(change, self.drawn)),
            positions=positions,
        )


def before_corruption(
    image: UInt8[np.ndarray, "height width 3"], corruption: str, severity: int, *, seed: int, number: int
) -> Uncorrupted:
    """An image with what is drawn for it.

    Args:
        image: 8-bit colour values.
        corruption: key of one that a device can carry out.
        severity: 1 to 5.
        seed: of the run.
        number: of the image in its data set.
    """
    height, width, _ = image.shape
    drawn = CORRUPTIONS[corruption].draws((height, width), severity, seed=seed, number=number)
    return Uncorrupted(
        corruption=corruption,
        severity=severity,
        # A copy, since torch wants arrays that can be written to.
        pixels=torch.from_numpy(np.array(image))[None],
        drawn=tuple(_narrow(each)[None] for each in drawn),
    )


def in_groups(singles: Sequence[Uncorrupted]) -> tuple[Uncorrupted, ...]:
    """Images of a batch, each as `before_corruption` gave it, put together with those of the same size."""
    by_size: dict[tuple[int, ...], list[int]] = {}
    for position, each in enumerate(singles):
        by_size.setdefault(tuple(each.pixels.shape), []).append(position)
    return tuple(
        Uncorrupted(
            corruption=singles[0].corruption,
            severity=singles[0].severity,
            pixels=torch.cat([singles[position].pixels for position in positions]),
            drawn=tuple(map(torch.cat, zip(*(singles[position].drawn for position in positions), strict=True))),
            positions=tuple(positions),
        )
        for positions in by_size.values()
    )


def _narrow(drawn: NDArray[np.generic]) -> Tensor:
    """What was drawn in at most 32 bits a number, for it travels to another process and to the device.

    A few numbers stay as they are: by an affine map of 32 bits pixels would lie elsewhere.
    """
    found = torch.from_numpy(np.ascontiguousarray(drawn))
    if found.numel() <= _FEW:
        return found
    if found.dtype == torch.float64:
        return found.float()
    return found.int() if found.dtype == torch.int64 else found
