"""Sorting the official archive, on a small copy of it: two classes of two images."""

import hashlib
import io
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.io import savemat

from evaluation.datasets.class_maps import WNIDS
from evaluation.datasets.imagenet import VALIDATION
from evaluation.datasets.installation.archive import ArchiveDamaged
from evaluation.datasets.installation.prepare import (
    DEVKIT_NAME,
    IMAGES_NAME,
    Expected,
    PreparationFailed,
    prepare_imagenet,
    validation_labels,
)
from evaluation.datasets.installation.status import State, Status
from evaluation.datasets.layouts import ClassFolders

Pack = Callable[..., bytes]
FIRST, SECOND = WNIDS[:2]
# The kit counts classes in its own order: number 1 is the second identifier here.
NUMBERS = {1: SECOND, 2: FIRST}
TRUTH = [1, 2, 2, 1]
SORTED = {
    SECOND: ["ILSVRC2012_val_00000001.JPEG", "ILSVRC2012_val_00000004.JPEG"],
    FIRST: ["ILSVRC2012_val_00000002.JPEG", "ILSVRC2012_val_00000003.JPEG"],
}
READER = ClassFolders(folder=VALIDATION.folder, names=(FIRST, SECOND), image_count=4, how_to_get="Register.")
SMALL = replace(VALIDATION, image_count=4, label_count=2, read=READER)


def synsets(numbers: Mapping[int, str]) -> bytes:
    kinds = [("ILSVRC2012_ID", "i4"), ("WNID", "U20"), ("words", "U20"), ("gloss", "U20"), ("num_children", "i4")]
    rows = [(number, wnid, "a word", "a gloss", 0) for number, wnid in numbers.items()]
    # A coarser concept, which no image is labelled with.
    table = np.array([*rows, (1001, "n00001740", "entity", "everything", 2)], dtype=kinds)
    buffer = io.BytesIO()
    file: Any = buffer  # The library's types know of paths only.
    savemat(file, {"synsets": table.reshape(-1, 1)})
    return buffer.getvalue()


def devkit_files(truth: list[int], numbers: Mapping[int, str] = NUMBERS) -> dict[str, bytes]:
    folder = "ILSVRC2012_devkit_t12/data"
    lines = "".join(f"{number}\n" for number in truth)
    return {
        "ILSVRC2012_devkit_t12/readme.txt": b"read me",
        f"{folder}/ILSVRC2012_validation_ground_truth.txt": lines.encode(),
        f"{folder}/meta.mat": synsets(numbers),
    }


def image_files(count: int = 4) -> dict[str, bytes]:
    return {f"ILSVRC2012_val_{number:08d}.JPEG": f"image {number}".encode() for number in range(1, count + 1)}


def md5_of(path: Path) -> str:
    return hashlib.md5(path.read_bytes()).hexdigest() if path.exists() else ""


class Preparation:
    """Prepares what lies in the customary folder, believing the archives to be official."""

    def __init__(self, root: Path, pack: Pack) -> None:
        self.root = root
        self.folder = root / "imagenet"
        self.folder.mkdir(parents=True)
        self.images, self.devkit = self.folder / IMAGES_NAME, self.folder / DEVKIT_NAME
        self._pack = pack
        self.told: list[tuple[int, int]] = []
        self.put(image_files(), devkit_files(TRUTH))

    def put(self, images: Mapping[str, bytes], devkit: Mapping[str, bytes]) -> None:
        self.images.write_bytes(self._pack(images, compressed=False))
        self.devkit.write_bytes(self._pack(devkit))

    def __call__(self, **choices: Any) -> Status:  # noqa: ANN401 - the options of the function
        expected = Expected(images=md5_of(self.images), devkit=md5_of(self.devkit))
        told: Callable[[int, int], None] = lambda done, total: self.told.append((done, total))  # noqa: E731
        return prepare_imagenet(self.root, **{"data_set": SMALL, "expected": expected, "progress": told, **choices})

    def left(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir())


@pytest.fixture
def prepare(tmp_path: Path, tarred: Pack) -> Preparation:
    return Preparation(tmp_path / "data", tarred)


def test_images_are_sorted_by_the_labels_of_the_kit(prepare: Preparation) -> None:
    found = prepare()
    assert (found.state, found.found) == (State.COMPLETE, 4)
    val = prepare.folder / "val"
    assert {place.name: sorted(path.name for path in place.iterdir()) for place in val.iterdir()} == SORTED
    assert (val / SECOND / "ILSVRC2012_val_00000004.JPEG").read_bytes() == b"image 4"
    assert prepare.told == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert prepare.left() == [DEVKIT_NAME, IMAGES_NAME, "val"]


def test_nobody_needs_to_listen(prepare: Preparation) -> None:
    assert prepare(progress=None).state is State.COMPLETE


def test_archives_may_lie_elsewhere(prepare: Preparation, tmp_path: Path) -> None:
    images, devkit = prepare.images.rename(tmp_path / "a.tar"), prepare.devkit.rename(tmp_path / "b.tgz")
    expected = Expected(images=md5_of(images), devkit=md5_of(devkit))
    prepare.folder.rmdir()
    assert prepare(images=images, devkit=devkit, expected=expected).state is State.COMPLETE


def test_what_is_prepared_is_not_prepared_again(prepare: Preparation) -> None:
    prepare()
    prepare.images.unlink()
    assert prepare().state is State.COMPLETE


def test_an_empty_folder_is_no_obstacle(prepare: Preparation) -> None:
    (prepare.folder / "val").mkdir()
    assert prepare().state is State.COMPLETE


def test_images_that_are_there_are_never_touched(prepare: Preparation) -> None:
    mine = prepare.folder / "val" / "mine.JPEG"
    mine.parent.mkdir()
    mine.touch()
    with pytest.raises(PreparationFailed, match=r"is not empty and not complete: .* Move it away first"):
        prepare()
    assert mine.exists()


def test_folders_in_an_archive_do_not_matter(prepare: Preparation) -> None:
    prepare.put({f"val/{name}": content for name, content in image_files().items()}, devkit_files(TRUTH))
    assert prepare().state is State.COMPLETE


@pytest.mark.parametrize("name", [IMAGES_NAME, DEVKIT_NAME])
def test_an_archive_that_lacks_is_named(prepare: Preparation, name: str) -> None:
    (prepare.folder / name).unlink()
    with pytest.raises(PreparationFailed, match=rf"{name} is not there\. Register at image-net\.org"):
        prepare()


@pytest.mark.parametrize("name", [IMAGES_NAME, DEVKIT_NAME])
def test_an_archive_that_is_not_the_official_one_is_refused(prepare: Preparation, name: str) -> None:
    sound = Expected(images=md5_of(prepare.images), devkit=md5_of(prepare.devkit))
    wrong = replace(sound, images="0" * 32) if name == IMAGES_NAME else replace(sound, devkit="0" * 32)
    with pytest.raises(PreparationFailed, match=f"{name} is not the official archive, or not whole: its md5 is"):
        prepare(expected=wrong)
    assert not (prepare.folder / "val").exists()


def test_too_few_images_leave_nothing_behind(prepare: Preparation) -> None:
    prepare.put(image_files(3), devkit_files(TRUTH))
    with pytest.raises(ArchiveDamaged, match="has 3 images and must have 4"):
        prepare()
    assert prepare.left() == [DEVKIT_NAME, IMAGES_NAME]


def test_an_image_without_a_label_leaves_nothing_behind(prepare: Preparation) -> None:
    prepare.put(image_files(5), devkit_files(TRUTH))
    with pytest.raises(PreparationFailed, match="an image number 5, for which there is no label"):
        prepare()
    assert prepare.left() == [DEVKIT_NAME, IMAGES_NAME]


def test_the_rest_of_an_attempt_that_was_killed_is_cleared_away(prepare: Preparation) -> None:
    left = prepare.folder / ".val-in-preparation" / "n00000000"
    left.mkdir(parents=True)
    assert prepare().state is State.COMPLETE
    assert prepare.left() == [DEVKIT_NAME, IMAGES_NAME, "val"]


def test_a_kit_for_another_number_of_images_is_refused(prepare: Preparation) -> None:
    prepare.put(image_files(), devkit_files(TRUTH[:3]))
    with pytest.raises(PreparationFailed, match="labels 3 images and must label 4"):
        prepare()


# ---- the development kit -------------------------------------------------------------------------------------------


def kit(folder: Path, pack: Pack, files: Mapping[str, bytes]) -> Path:
    path = folder / DEVKIT_NAME
    path.write_bytes(pack(files))
    return path


def test_labels_are_identifiers_in_the_order_of_the_images(tmp_path: Path, tarred: Pack) -> None:
    assert validation_labels(kit(tmp_path, tarred, devkit_files(TRUTH))) == [SECOND, FIRST, FIRST, SECOND]


@pytest.mark.parametrize("lacking", ["meta.mat", "ILSVRC2012_validation_ground_truth.txt"])
def test_a_kit_without_one_of_its_tables_is_refused(tmp_path: Path, tarred: Pack, lacking: str) -> None:
    files = {name: content for name, content in devkit_files(TRUTH).items() if not name.endswith(lacking)}
    with pytest.raises(PreparationFailed, match=f"lacks {lacking}"):
        validation_labels(kit(tmp_path, tarred, files))


@pytest.mark.parametrize(
    "files",
    [
        devkit_files([7]),
        devkit_files([1001]),
        {**devkit_files(TRUTH), "ILSVRC2012_devkit_t12/data/meta.mat": b"not a table at all" * 20},
        {**devkit_files(TRUTH), "ILSVRC2012_devkit_t12/data/ILSVRC2012_validation_ground_truth.txt": b"one two"},
    ],
    ids=["unknown number", "a concept, not a class", "no table", "no numbers"],
)
def test_tables_that_do_not_fit_are_refused(tmp_path: Path, tarred: Pack, files: dict[str, bytes]) -> None:
    with pytest.raises(PreparationFailed, match=r"cannot be read: .* Fetch"):
        validation_labels(kit(tmp_path, tarred, files))
