"""Which of the 1,000 ImageNet classes belong to the coarser classes of the other data sets."""

import json
from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

_MAPS: dict[str, Any] = json.loads((files(__package__) / "class_maps.json").read_text(encoding="utf-8"))


def _indices(values: list[int]) -> NDArray[np.int64]:
    array = np.array(values, dtype=np.int64)
    # Shared by every data set of the process; a write would relabel images silently.
    array.setflags(write=False)
    return array


WNIDS: tuple[str, ...] = tuple(_MAPS["imagenet_wnids"])
"""WordNet identifiers of the 1,000 classes, in the order of a model's outputs."""

CATEGORIES: Mapping[str, NDArray[np.int64]] = MappingProxyType(
    # By name: the labels of model-vs-human are the categories in alphabetical order.
    {name: _indices(members) for name, members in sorted(_MAPS["sixteen_categories"].items())}
)
"""Class indices of each of the 16 categories of model-vs-human, in the order of their labels."""

IMAGENET_R: NDArray[np.int64] = _indices(_MAPS["imagenet_r_indices"])
"""The 200 classes of ImageNet-R."""

IMAGENET_R_WNIDS: tuple[str, ...] = tuple(WNIDS[index] for index in IMAGENET_R.tolist())

IMAGENET_9: NDArray[np.int64] = _indices(_MAPS["imagenet_9_of_class"])
"""For each of the 1,000 classes its class of ImageNet-9; -1 for those that have none."""

IMAGENET_9_FOLDERS: tuple[str, ...] = (
    "00_dog",
    "01_bird",
    "02_wheeled vehicle",
    "03_reptile",
    "04_carnivore",
    "05_insect",
    "06_musical instrument",
    "07_primate",
    "08_fish",
)
"""Folder names of the nine classes, in the order of their labels."""
