"""What strangers had in the place of a data set, and what they are told."""

from dataclasses import replace
from pathlib import Path

import pytest

from evaluation.datasets import DATA_SETS
from evaluation.datasets.dataset import DataSet
from evaluation.datasets.installation.findings import findings
from evaluation.datasets.layouts import ClassFolders, SessionFiles

NAMES = ("n01440764", "n01443537", "n01484850")
READER = ClassFolders(folder="imagenet/val", names=NAMES, image_count=6, how_to_get="Run this.")
VAL = replace(DATA_SETS["imagenet-val"], read=READER)


def told(root: Path, *files: str, data_set: DataSet = VAL) -> str:
    for file in files:
        path = root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        if not file.endswith("/"):
            path.touch()
        else:
            path.mkdir()
    return " ".join(findings(data_set, root, "")).replace(f"{root}/", "")


def test_folders_with_other_names(tmp_path: Path) -> None:
    assert told(tmp_path, *(f"imagenet/val/{name}/1.png" for name in ("goldfish", "great_white_shark", "tench"))) == (
        "imagenet/val has 0 of 3 class folders and 3 other folders: goldfish, great_white_shark, tench. "
        "None of them is the name of a class; those are like n01440764, n01443537, n01484850. Name each folder so, for "
        "the order of other names would give the images wrong labels."
    )


@pytest.mark.parametrize(
    ("place", "beside"),
    [
        ("val", ()),
        ("val", ("imagenet/val/a/",)),
        # An archive that has the whole path in it, unpacked where only its last folder belongs.
        ("imagenet/val", ("imagenet/val/imagenet/readme.txt",)),
        ("a/b/c", ()),
        # Those for training come first by name.
        ("val", ("imagenet/val/train/n01440764/1.png",)),
        ("x/val", ("imagenet/val/train/n01440764/1.png",)),
        # A move that broke off.
        ("val", ("imagenet/val/n01440764/1.png",)),
    ],
)
def test_class_folders_that_lie_deeper_are_to_be_moved_and_not_renamed(
    tmp_path: Path, place: str, beside: tuple[str, ...]
) -> None:
    found = told(tmp_path, *(f"imagenet/val/{place}/{name}/1.png" for name in NAMES), *beside)
    assert f"3 of the 3 class folders lie deeper, in imagenet/val/{place}. Move what is in it to imagenet/val;" in found
    assert "ame each folder" not in found
    assert "lie in imagenet. " not in found


def test_folders_are_not_searched_without_end(tmp_path: Path) -> None:
    found = told(tmp_path, *(f"imagenet/val/a/b/c/d/{name}/1.png" for name in NAMES))
    assert "lie deeper" in found
    assert "lie deeper" not in told(tmp_path / "2", *(f"imagenet/val/a/b/c/d/e/{name}/1.png" for name in NAMES))


@pytest.mark.parametrize("place", ["ILSVRC/Data/CLS-LOC/val", "imagenet/val"])
def test_class_folders_of_a_place_that_is_not_there(tmp_path: Path, place: str) -> None:
    training = [f"imagenet/train/{name}/1.png" for name in NAMES]
    # Of the images for training nobody is told that they are those for testing.
    assert told(tmp_path, *training) == "imagenet is there and holds train."
    found = told(tmp_path, *(f"imagenet/{place}/{name}/1.png" for name in NAMES))
    assert found.endswith(
        f"3 of the 3 class folders lie deeper, in imagenet/{place}. Move imagenet/{place} to imagenet/val."
    )


def test_a_variant_that_lies_deeper_is_not_taken_for_another(tmp_path: Path) -> None:
    fog = replace(VAL, variants=("fog/1", "fog/2"), read=replace(READER, folder="c"))
    for variant in ("2", "c/fog/1"):
        for name in NAMES:
            (tmp_path / "c" / "fog" / variant / name).mkdir(parents=True)
    found = " ".join(findings(fog, tmp_path, "fog/1")).replace(f"{tmp_path}/", "")
    assert found == (
        "c/fog is there and holds 2, c. 3 of the 3 class folders lie deeper, in c/fog/c/fog/1. "
        "Move c/fog/c/fog/1 to c/fog/1."
    )
    assert "lie deeper" not in " ".join(findings(fog, tmp_path, "snow/1"))


@pytest.mark.parametrize("place", ["imagenet", "."])
def test_class_folders_further_up(tmp_path: Path, place: str) -> None:
    found = told(tmp_path, *(f"{place}/{name}/1.png" for name in NAMES), "imagenet/val/")
    above = tmp_path if place == "." else place
    assert found == f"3 class folders lie in {above}. Move them to imagenet/val."


def test_images_one_folder_deeper(tmp_path: Path) -> None:
    assert told(tmp_path, *(f"imagenet/val/{name}/images/1.JPEG" for name in NAMES)) == (
        "imagenet/val has 3 of 3 class folders. 3 class folders hold their images one folder deeper, such as "
        "imagenet/val/n01440764/images. Move the images up into their class folder."
    )


def test_part_of_the_images(tmp_path: Path) -> None:
    found = told(tmp_path, *(f"imagenet/val/{name}/1.JPEG" for name in NAMES))
    assert found.startswith(
        "imagenet/val has 3 of 3 class folders. They hold 1 images each, and 2 are needed. A part of the set cannot be"
    )
    assert "They hold 1 to 2 images each" in told(tmp_path, "imagenet/val/n01440764/2.JPEG")


def test_more_images_than_there_are(tmp_path: Path) -> None:
    found = told(tmp_path, *(f"imagenet/val/{name}/{number}.JPEG" for name in NAMES for number in range(9)))
    assert found.endswith("This looks like another set, or like the training images.")


def test_a_set_whose_labels_differ_in_size(tmp_path: Path) -> None:
    uneven = replace(VAL, read=replace(READER, balanced=False))
    found = told(tmp_path, *(f"imagenet/val/{name}/1.JPEG" for name in NAMES), data_set=uneven)
    assert found.endswith("They hold 1 images each, 3 in all, of 6.")


def test_empty_class_folders_and_whole_ones(tmp_path: Path) -> None:
    assert told(tmp_path, *(f"imagenet/val/{name}/" for name in NAMES)) == "imagenet/val has 3 of 3 class folders."
    full = told(tmp_path, *(f"imagenet/val/{name}/{number}.png" for name in NAMES for number in (1, 2)))
    assert full == "imagenet/val has 3 of 3 class folders."


def test_names_that_differ_in_capitals(tmp_path: Path) -> None:
    found = told(tmp_path, "imagenet/val/N01440764/1.png", "imagenet/val/n01443537/1.png")
    assert "1 of them differ in capitals or spaces only: name 'N01440764' 'n01440764'." in found
    assert "one other" not in told(tmp_path, "imagenet/val/spare/1.png")


def test_files_that_are_not_read(tmp_path: Path) -> None:
    found = told(tmp_path, *(f"imagenet/val/{name}/1.HEIC" for name in NAMES), "imagenet/val/x.tar")
    assert found.endswith(
        "3 files end in .heic, which is no image that is read here. Convert or unpack them. "
        "1 files end in .tar, which is no image that is read here. Convert or unpack them."
    )


def test_the_nearest_folder_above_is_looked_at(tmp_path: Path) -> None:
    assert told(tmp_path) == ""
    assert told(tmp_path, "imagenet/") == ""
    assert told(tmp_path, "imagenet/ILSVRC2012_img_val.tar") == ("imagenet is there and holds ILSVRC2012_img_val.tar.")
    found = told(tmp_path, *(f"imagenet/{name}/1.png" for name in NAMES))
    assert found.endswith("3 class folders lie in imagenet. Move them to imagenet/val.")


def test_a_place_that_is_a_file_or_leads_out(tmp_path: Path) -> None:
    (tmp_path / "imagenet").touch()
    assert findings(VAL, tmp_path, "") == ()


def test_images_of_a_session(tmp_path: Path) -> None:
    session = replace(VAL, read=SessionFiles(folder="s", names=NAMES, image_count=6, how_to_get="Run this."))
    assert told(tmp_path, data_set=session) == ""
    assert told(tmp_path, "s/", data_set=session) == ""
    assert told(tmp_path, "s/deep/1.png", data_set=session) == (
        "1 images lie in folders below s: deep. Move them up into it."
    )
    assert told(tmp_path, "s/1.png", data_set=session) == "s holds 1 images, and 6 are needed."


def test_a_reader_of_another_kind_tells_nothing(tmp_path: Path) -> None:
    assert findings(replace(VAL, read=lambda root, variant: READER(root, variant)), tmp_path, "") == ()
