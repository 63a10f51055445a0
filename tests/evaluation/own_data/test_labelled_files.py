import os
from pathlib import Path

import pytest

from evaluation.own_data.labelled_files import LabelledFiles, in_class_folders, in_table, same_place
from quba.errors import Refusal
from tests.evaluation.own_data.conftest import Folder


def test_class_folders_are_read_to_the_bottom_and_through_links(empty: Folder, tmp_path: Path) -> None:
    outside = Folder(tmp_path / "outside")
    outside.draw("deep/a.png", 0, 1)
    outside.draw("b.png", 0, 2)
    empty.draw("val/rose/c d.PNG".lower(), 0, 3)
    (empty.path / "val/daisy").symlink_to(outside.path)
    (empty.path / "val/rose/linked.png").symlink_to(outside.path / "b.png")
    (empty.path / "val/rose/dead.png").symlink_to(outside.path / "nowhere")
    empty.write("val/rose/notes.txt", b"")
    empty.write("val/rose/.hidden.png", b"")
    empty.write("val/.cache/a.png", b"")
    empty.write("val/readme.png", b"")
    found = in_class_folders(empty.path / "val")
    assert found.classes == ("daisy", "rose")
    assert [file.path for file in found.files] == [
        "daisy/b.png", "daisy/deep/a.png", "rose/c d.png", "rose/dead.png", "rose/linked.png",
    ]  # fmt: skip
    assert found.passed_over == 1
    assert [file.stamp[0] > 0 for file in found.files] == [True, True, True, False, True]


def test_a_loop_of_links_is_noticed(empty: Folder) -> None:
    empty.draw("val/rose/a.png", 0, 1)
    (empty.path / "val/rose/again").symlink_to(empty.path / "val/rose")
    with pytest.raises(Refusal) as refused:
        in_class_folders(empty.path / "val")
    assert refused.value.code == "link_loop"
    (empty.path / "val/rose/again").unlink()
    (empty.path / "val/rose/again").symlink_to(empty.path / "val")
    with pytest.raises(Refusal, match="leads back"):
        in_class_folders(empty.path / "val")


def test_one_folder_may_be_linked_twice(empty: Folder, tmp_path: Path) -> None:
    Folder(tmp_path / "outside").draw("a.png", 0, 1)
    for name in ("one", "two"):
        (empty.path / name).symlink_to(tmp_path / "outside")
    assert len(in_class_folders(empty.path).files) == 2


def test_no_class_folders(empty: Folder) -> None:
    with pytest.raises(Refusal, match="neither folders nor images"):
        in_class_folders(empty.path)
    empty.draw("a.png", 0, 1)
    with pytest.raises(Refusal) as refused:
        in_class_folders(empty.path)
    assert refused.value.code == "no_class_folders"
    assert "1 images and no folders" in refused.value.message
    with pytest.raises(Refusal, match="not a folder that is there"):
        in_class_folders(empty.path / "a.png")


def test_a_folder_that_may_not_be_read(empty: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "scandir", refuse)
    with pytest.raises(Refusal) as refused:
        in_class_folders(empty.path)
    assert refused.value.code == "unreadable_folder"


def test_a_class_named_in_no_text_is_refused(empty: Folder) -> None:
    Path(os.fsdecode(os.fsencode(empty.path) + b"/\xff")).mkdir()
    with pytest.raises(Refusal) as refused:
        in_class_folders(empty.path)
    assert refused.value.code == "bad_class_name"


def test_a_table_lists_what_is_there(empty: Folder) -> None:
    empty.draw("b.png", 0, 1)
    empty.draw("a.png", 0, 2)
    empty.write("labels.csv", b"path,label\nb.png,x\na.png,y\n")
    found = in_table(empty.path / "labels.csv")
    assert (found.root, found.classes, found.passed_over) == (empty.path, ("x", "y"), 0)
    empty.write("labels.csv", b"path,label\nb.png,x\nc.png,y\n")
    with pytest.raises(Refusal) as refused:
        in_table(empty.path / "labels.csv")
    assert refused.value.code == "listed_files_absent"
    assert "lists 1 files that are not there: c.png" in refused.value.message


def test_images_come_by_label_and_then_by_path(empty: Folder) -> None:
    for name in ("rose/b.png", "rose/a.png", "daisy/c.png"):
        empty.draw(name, 0, 1)
    found = in_class_folders(empty.path)
    files = LabelledFiles.of(found.root, found.files, ("rose", "daisy"))
    assert files.paths == ("rose/a.png", "rose/b.png", "daisy/c.png")
    assert (files.labels.tolist(), files.counts(3), len(files)) == ([0, 0, 1], [2, 1, 0], 3)
    assert files.stamps.shape == (3, 3)


def test_a_mask_lies_under_the_images_path() -> None:
    assert same_place("rose/a.b.jpg", ".png") == "rose/a.b.png"
