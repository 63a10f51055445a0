"""Verifying a data set: counting its images and opening some of them."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from evaluation.datasets.dataset import DataSet, DataSetDamaged, DataSetMissing
from evaluation.datasets.installation.status import Status, status

# All that Pillow raises for a file that it cannot read to the end.
_UNREADABLE = (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError)


@dataclass(frozen=True, kw_only=True, slots=True)
class Verified:
    """What a verification found.

    Attributes:
        status: what was counted.
        opened: images that were read to the end.
        unreadable: those that could not be, each with the reason.
    """

    status: Status
    opened: int
    unreadable: tuple[str, ...]


def verify(data_set: DataSet, root: Path, *, sample: int, rng: np.random.Generator) -> Verified:
    """Count the images of a data set and read a random sample of them, spread over its variants.

    Args:
        data_set: what to verify.
        root: the data folder.
        sample: how many images to read, 0 or more; all, if there are fewer.
        rng: chooses them.

    Raises:
        ValueError: for a negative sample.
    """
    if sample < 0:
        raise ValueError(f"sample is {sample}; use 0 or more.")
    counted = status(data_set, root)
    opened, unreadable = 0, []
    count = len(data_set.variants)
    # So that the parts add up to the sample, and none differs from another by more than one.
    shares = [(sample + position) // count for position in range(count)]
    for variant, share in zip(data_set.variants, shares, strict=True):
        for path in _chosen(data_set, root, variant, share, rng):
            fault = _fault(path)
            opened += fault is None
            unreadable += [fault] if fault else []
    return Verified(status=counted, opened=opened, unreadable=tuple(unreadable))


def _chosen(data_set: DataSet, root: Path, variant: str, share: int, rng: np.random.Generator) -> list[Path]:
    if share == 0:
        return []
    try:
        paths = data_set.read(root, variant).paths
    except (DataSetMissing, DataSetDamaged, OSError):
        # The status tells of it; images of a folder that cannot be listed cannot be chosen from.
        return []
    return [paths[number] for number in rng.permutation(len(paths))[:share].tolist()]


def _fault(path: Path) -> str | None:
    try:
        with Image.open(path) as file:
            file.load()
    except _UNREADABLE as error:
        return f"{path}: {error}"
    return None
