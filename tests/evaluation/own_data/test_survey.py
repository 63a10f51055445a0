from pathlib import Path

import pytest

from evaluation.own_data.registration import inspect
from evaluation.own_data.survey import MOST_EXAMPLES, Report
from quba.errors import Refusal
from tests.evaluation.own_data.conftest import Folder


def report(folder: Folder, tmp_path: Path) -> Report:
    return Report.model_validate(inspect(folder.path, cache=tmp_path / "cache").report)


def test_the_folder_of_forty_images_is_told_as_it_is(flowers: Folder, tmp_path: Path) -> None:
    found = report(flowers, tmp_path)
    assert [(each.name, each.count) for each in found.classes] == [("daisy", 20), ("red rose", 12), ("tülip", 8)]
    assert (found.class_count, found.smallest.name, found.largest.name) == (3, "tülip", "daisy")
    assert (found.unreadable.count, found.unreadable.examples) == (1, ["val/daisy/image 05.jpg"])
    assert (found.exif_rotated.count, found.exif_rotated.examples) == (1, ["val/red rose/image 00.jpg"])
    assert (found.deep.count, found.deep.examples) == (1, ["val/tülip/image 01.png"])
    assert (found.animated.count, found.animated.examples) == (1, ["val/red rose/image 01.gif"])
    assert found.not_rgb.examples == ["val/red rose/image 01.gif", "val/tülip/image 01.png"]
    same = found.duplicates.within_class
    assert (same.count, same.examples) == (1, [("val/daisy/image 01.png", "val/daisy/image 11.png")])
    assert found.duplicates.between_classes.count == 0


def test_duplicates_across_classes_sets_and_training_images(flowers: Folder, tmp_path: Path) -> None:
    flowers.define('[clean]\nfolder = "val"\n[shifted.night]\nfolder = "night"\n')
    one = (flowers.path / "val/daisy/image 01.png").read_bytes()
    for name in ("val/tülip/copy.png", "night/daisy/copy.png", "train/weed/deep/copy.png", "train/weed/other.png"):
        flowers.write(name, one if "copy" in name else b"another" + one)
    found = report(flowers, tmp_path).duplicates
    assert found.between_classes.examples == [("val/daisy/image 01.png", "val/tülip/copy.png")]
    assert found.clean_and_shifted.examples == [("val/daisy/image 01.png", "night/daisy/copy.png")]
    assert found.clean_and_train.examples == [("val/daisy/image 01.png", "train/weed/deep/copy.png")]
    notes = " ".join(report(flowers, tmp_path).notes)
    assert "Images that a model was trained on" in notes
    assert "lies in two classes" in notes
    assert "The shifted set night has no images of 2 of the 3 classes." in notes


def test_training_images_of_other_sizes_are_not_read(
    flowers: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    large = flowers.write("train/daisy/large.png", b"x" * 100_000)
    read: list[Path] = []
    plain = Path.read_bytes

    def noted(path: Path) -> bytes:
        read.append(path)
        return plain(path)

    monkeypatch.setattr(Path, "read_bytes", noted)
    assert report(flowers, tmp_path).duplicates.clean_and_train.count == 0
    assert large not in read
    assert len(read) == 40


def test_what_lies_beside_unused_is_named(flowers: Folder, tmp_path: Path) -> None:
    flowers.draw("night/daisy/a.png", 0, 1)
    flowers.draw("other/weed/a.png", 0, 1)
    flowers.write("val/daisy/notes.txt", b"")
    notes = " ".join(report(flowers, tmp_path).notes)
    assert '[shifted.night] folder = "night" adds it' in notes
    assert "other" not in notes
    assert "1 files of clean have no image's name" in notes


def test_many_examples_are_counted_and_some_are_named(flowers: Folder, tmp_path: Path) -> None:
    for number in range(9):
        flowers.write(f"val/daisy/broken{number}.png", b"no picture")
    found = report(flowers, tmp_path)
    assert (found.unreadable.count, len(found.unreadable.examples)) == (10, MOST_EXAMPLES)
    assert "10 of 49 images of clean cannot be read" in " ".join(found.notes)


def test_a_class_of_which_nothing_can_be_read_is_refused(flowers: Folder, tmp_path: Path) -> None:
    for place in (flowers.path / "val/tülip").iterdir():
        place.write_bytes(b"no picture")
    with pytest.raises(Refusal) as refused:
        report(flowers, tmp_path)
    assert refused.value.code == "class_without_images"
    assert "tülip" in refused.value.message


def test_masks_are_counted(flowers: Folder, tmp_path: Path) -> None:
    flowers.draw("masks/daisy/image 00.png", 0, 1)
    flowers.draw("masks/daisy/none.png", 0, 1)
    found = report(flowers, tmp_path)
    assert "1 of 40 clean images have a mask." in found.notes
    # Masks are grey by nature, and no images that somebody sees.
    assert all(not each.startswith("masks/") for each in found.not_rgb.examples)
