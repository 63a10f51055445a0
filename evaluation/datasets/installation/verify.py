"""Verifying a data set: counting its images and opening some of them."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from evaluation.datasets.dataset import DataSet, DataSetDamaged, DataSetMissing
from evaluation.datasets.installation.status import Status, status
from evaluation.datasets.reading import Kind, Unreadable, kind_of, read_picture


@dataclass(frozen=True, kw_only=True, slots=True)
class Verified:
    """What a verification found.

    Attributes:
        status: what was counted.
        opened: images that were read to the end.
        unreadable: those that could not be, each with the reason.
        kinds: of those opened, how many each field of `Kind` is true of.
        exif: whether orientation is applied to them, or ignored.
    """

    status: Status
    opened: int
    unreadable: tuple[str, ...]
    kinds: Mapping[str, int]
    exif: str


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
    kinds, unreadable = [], []
    count = len(data_set.variants)
    # So that the parts add up to the sample, and none differs from another by more than one.
    shares = [(sample + position) // count for position in range(count)]
    for variant, share in zip(data_set.variants, shares, strict=True):
        for path in _sample(data_set, root, variant, share, rng):
            try:
                read_picture(path, exif=data_set.exif)
                kinds.append(kind_of(path))
            except Unreadable as error:
                unreadable.append(f"{path}: {error}")
    return Verified(
        status=counted,
        opened=len(kinds),
        unreadable=tuple(unreadable),
        kinds={each.name: sum(getattr(kind, each.name) for kind in kinds) for each in fields(Kind)},
        exif=data_set.exif.value,
    )


def _sample(data_set: DataSet, root: Path, variant: str, share: int, rng: np.random.Generator) -> list[Path]:
    if share == 0:
        return []
    try:
        paths = data_set.read(root, variant).paths
    except (DataSetMissing, DataSetDamaged, OSError):
        # The status tells of it; images of a folder that cannot be listed cannot be chosen from.
        return []
    return [paths[number] for number in rng.permutation(len(paths))[:share].tolist()]
