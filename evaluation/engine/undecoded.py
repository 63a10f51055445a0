"""JPEG files that the device is to decode: what readers hand over instead of pixels."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

import numpy as np
import torch
from torch import Tensor

from evaluation.datasets.reading import ExactJpeg


@dataclass(frozen=True, kw_only=True, slots=True)
class Undecoded:
    """Files of one batch.

    Attributes:
        names: of the files.
        data: their bytes, one file behind the other: one tensor, for each is a file descriptor between processes.
        ends: where each ends in it.
        pixels: how many each has.
        positions: of the images among those of their batch that could be read.
    """

    names: tuple[str, ...]
    data: Tensor
    ends: tuple[int, ...]
    pixels: tuple[int, ...]
    positions: tuple[int, ...]

    def files(self) -> list[Tensor]:
        """The bytes of each."""
        return [self.data[start:end] for start, end in pairwise((0, *self.ends))]

    def parts(self, most_pixels: int) -> Iterator[range]:
        """Places of files that have at most so many pixels together, or of one that has more."""
        start, sum_of_pixels = 0, 0
        for place, pixels in enumerate(self.pixels):
            if place > start and sum_of_pixels + pixels > most_pixels:
                yield range(start, place)
                start, sum_of_pixels = place, 0
            sum_of_pixels += pixels
        yield range(start, len(self.pixels))


def joined_files(jpegs: Sequence[ExactJpeg], positions: Sequence[int]) -> Undecoded:
    """Files put together.

    Args:
        jpegs: one or more.
        positions: of each among the images of the batch that could be read.
    """
    joined = np.frombuffer(b"".join(each.data for each in jpegs), dtype=np.uint8)
    return Undecoded(
        names=tuple(each.name for each in jpegs),
        # A copy, since torch wants arrays that can be written to.
        data=torch.from_numpy(joined.copy()),
        ends=tuple(accumulate(len(each.data) for each in jpegs)),
        pixels=tuple(each.pixels for each in jpegs),
        positions=tuple(positions),
    )
