from pathlib import Path

import pytest

from evaluation.datasets.class_maps import WNIDS
from evaluation.own_data.definition import definition_of
from evaluation.own_data.image_sets import image_sets, images_beside
from quba.errors import Refusal
from tests.evaluation.own_data.conftest import COUNTS, Folder

CLEAN = {"clean": {"folder": "val"}}


def refused(folder: Folder, **definition: object) -> Refusal:
    with pytest.raises(Refusal) as found:
        image_sets(folder.path, definition_of({**CLEAN, **definition}))
    return found.value


def test_the_order_of_the_classes(empty: Folder) -> None:
    for name in ("c10", "c9", "C1"):
        empty.draw(f"val/{name}/a.png", 0, 1)
    (empty.path / "classes.txt").write_text("c9\nC1\nc10\n", encoding="utf-8")
    orders = {
        "names": {"order": "names"}, "natural": {"order": "natural"}, "file": {"file": "classes.txt"},
    }  # fmt: skip
    found = {key: image_sets(empty.path, definition_of({**CLEAN, "classes": each})) for key, each in orders.items()}
    assert found["names"].classes == ("C1", "c10", "c9")
    assert found["natural"].classes == ("C1", "c9", "c10")
    assert found["file"].classes == ("c9", "C1", "c10")
    assert found["file"].clean.paths == ("c9/a.png", "C1/a.png", "c10/a.png")


def test_all_sets_have_a_name(flowers: Folder) -> None:
    flowers.draw("night/daisy/a.png", 0, 1)
    flowers.draw("masks/daisy/a.png", 0, 1)
    flowers.write("masks/daisy/a.jpg", b"")
    found = image_sets(
        flowers.path, definition_of({**CLEAN, "shifted": {"night": {"folder": "night"}}, "masks": {"folder": "masks"}})
    )
    assert {name: len(each) for name, each in found.by_name.items()} == {"clean": 40, "shifted/night": 1, "masks": 1}
    assert found.masks is not None
    assert found.masks.paths == ("daisy/a.png",)


def test_a_class_only_in_the_shifted_set(flowers: Folder) -> None:
    flowers.draw("night/weed/a.png", 0, 1)
    refusal = refused(flowers, shifted={"night": {"folder": "night"}})
    assert refusal.code == "unknown_classes"
    assert "the shifted set night, has 1 classes that the benchmark does not have: weed" in refusal.message


def test_a_shifted_set_without_images(flowers: Folder) -> None:
    (flowers.path / "night/daisy").mkdir(parents=True)
    assert refused(flowers, shifted={"night": {"folder": "night"}}).code == "empty_set"


def test_a_class_without_images(flowers: Folder) -> None:
    flowers.write("val/weed/notes.txt", b"")
    refusal = refused(flowers)
    assert (refusal.code, "weed" in refusal.message) == ("class_without_images", True)


def test_one_class_alone(empty: Folder) -> None:
    empty.draw("val/daisy/a.png", 0, 1)
    assert refused(empty).code == "too_few_classes"


def test_masks_that_are_not_there(flowers: Folder) -> None:
    assert refused(flowers, masks={"folder": "masks"}).code == "no_such_folder"


def test_the_images_beside(flowers: Folder) -> None:
    definition = definition_of(CLEAN)
    assert images_beside(flowers.path, definition) is None
    flowers.draw("train/daisy/a.png", 0, 1)
    flowers.write("train/daisy/a.txt", b"")
    beside = images_beside(flowers.path, definition)
    assert beside is not None
    assert (beside[0], [path for path, _ in beside[1]]) == (flowers.path / "train", ["daisy/a.png"])
    assert images_beside(flowers.path, definition_of({"clean": {"folder": "train"}})) is None
    assert images_beside(flowers.path, definition_of({"clean": {"folder": "."}})) is None


def test_the_studys_layout_takes_what_is_there(empty: Folder, tmp_path: Path) -> None:
    empty.draw(f"imagenet/val/{WNIDS[3]}/a.png", 0, 1)
    empty.draw(f"imagenet-c/fog/1/{WNIDS[3]}/a.png", 0, 1)
    found = image_sets(empty.path, definition_of({"layout": "imagenet-1k"}))
    assert (found.classes, found.clean.labels.tolist()) == (WNIDS, [3])
    assert set(found.others) == {"imagenet-c/fog/1"}
    empty.draw("imagenet/val/not a wnid/a.png", 0, 1)
    with pytest.raises(Refusal) as refusal:
        image_sets(empty.path, definition_of({"layout": "imagenet-1k"}))
    assert refusal.value.code == "bad_layout"


def test_counts(flowers: Folder) -> None:
    assert image_sets(flowers.path, definition_of(CLEAN)).clean.counts(3) == list(COUNTS.values())
