"""The label maps against what others publish of them: timm's synset files and the counts in the papers."""

import json
from collections import Counter
from importlib.resources import files

import numpy as np
import pytest
from timm.data.imagenet_info import ImageNetInfo

from evaluation.datasets.class_maps import (
    CATEGORIES,
    IMAGENET_9,
    IMAGENET_9_FOLDERS,
    IMAGENET_R,
    IMAGENET_R_WNIDS,
    WNIDS,
)


def synsets(name: str) -> list[str]:
    return (files("timm.data") / "_info" / name).read_text(encoding="utf-8").split()


def test_the_classes_are_those_of_imagenet_in_its_order() -> None:
    assert list(WNIDS) == synsets("imagenet_synsets.txt")
    assert list(WNIDS) == sorted(set(WNIDS))
    assert (len(WNIDS), WNIDS[0], WNIDS[999]) == (1000, "n01440764", "n15075141")


def test_the_classes_of_imagenet_r_are_those_that_timm_lists() -> None:
    assert list(IMAGENET_R_WNIDS) == sorted(synsets("imagenet_r_synsets.txt"))
    assert IMAGENET_R.tolist() == sorted(int(line) for line in synsets("imagenet_r_indices.txt"))
    assert len(set(IMAGENET_R.tolist())) == 200


def test_there_are_sixteen_categories_of_207_classes_and_none_is_in_two() -> None:
    members = np.concatenate(list(CATEGORIES.values())).tolist()
    assert list(CATEGORIES) == sorted(CATEGORIES)
    assert (len(CATEGORIES), len(members), len(set(members))) == (16, 207, 207)
    assert (len(CATEGORIES["dog"]), len(CATEGORIES["bird"])) == (109, 49)


@pytest.mark.parametrize(
    ("category", "word"),
    [
        ("airplane", "airliner"),
        ("knife", "cleaver"),
        ("oven", "rotisserie"),
        ("elephant", "elephant"),
        ("bear", "bear"),
    ],
)
def test_every_class_of_a_category_is_one_of_its_kind(category: str, word: str) -> None:
    info = ImageNetInfo("imagenet-1k")
    named = [str(info.index_to_description(index)).lower() for index in CATEGORIES[category].tolist()]
    assert named
    assert all(word in name for name in named)


def test_imagenet_9_has_370_classes_and_leaves_630_out() -> None:
    counts = Counter(IMAGENET_9.tolist())
    assert len(IMAGENET_9) == 1000
    assert counts.pop(-1) == 630
    assert sorted(counts) == list(range(len(IMAGENET_9_FOLDERS)))
    # Wheeled vehicles and instruments, which are scattered over the classes.
    assert (counts[2], counts[6]) == (42, 26)


@pytest.mark.parametrize(
    ("first", "last", "folder"),
    [
        (151, 170, "00_dog"), (173, 268, "00_dog"), (7, 24, "01_bird"), (87, 100, "01_bird"), (127, 146, "01_bird"),
        (33, 68, "03_reptile"), (269, 280, "04_carnivore"), (286, 299, "04_carnivore"), (356, 362, "04_carnivore"),
        (387, 388, "04_carnivore"), (300, 326, "05_insect"), (365, 384, "07_primate"), (0, 6, "08_fish"),
        (389, 397, "08_fish"),
    ],
)  # fmt: skip
def test_runs_of_classes_belong_to_their_class_of_imagenet_9(first: int, last: int, folder: str) -> None:
    assert {IMAGENET_9_FOLDERS[label] for label in IMAGENET_9[first : last + 1].tolist()} == {folder}


def test_the_maps_cannot_be_changed_by_accident() -> None:
    for array in (IMAGENET_R, IMAGENET_9, *CATEGORIES.values()):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 7


def test_the_file_says_where_each_map_comes_from() -> None:
    maps = json.loads((files("evaluation.datasets") / "class_maps.json").read_text(encoding="utf-8"))
    assert set(maps.pop("provenance")) == set(maps)
