import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from evaluation.own_data import contents as module
from evaluation.own_data.contents import Changes, Marks, changes_since, contents, read_files
from evaluation.own_data.definition import Definition, definition_of
from evaluation.own_data.image_sets import image_sets
from evaluation.own_data.registration import Registration, inspect
from quba.errors import Refusal
from tests.evaluation.own_data.conftest import Folder

DEFINITION: Definition = definition_of({"clean": {"folder": "val"}})


def added(folder: Folder, tmp_path: Path) -> Registration:
    return inspect(folder.path, key="flowers", cache=tmp_path / "cache")


def changes(folder: Folder, known: Registration, tmp_path: Path) -> Changes:
    return changes_since(folder.path, known.definition, known.digest, tmp_path / "cache")


def test_the_digest_of_a_file_is_that_of_its_bytes(flowers: Folder) -> None:
    paths = [flowers.path / "val/daisy/image 01.png", flowers.path / "nowhere.png", flowers.path / "val"]
    digests, marks = read_files(paths)
    assert bytes(digests[0]) == hashlib.sha256(paths[0].read_bytes()).digest()
    assert marks.tolist() == [0, Marks.UNREADABLE, Marks.UNREADABLE]
    assert not digests[1:].any()


def test_a_second_look_reads_nothing(flowers: Folder, tmp_path: Path) -> None:
    sets = image_sets(flowers.path, DEFINITION)
    first = contents(flowers.path, DEFINITION, sets, tmp_path / "cache")
    again = contents(flowers.path, DEFINITION, sets, tmp_path / "cache")
    assert (first.files_read, again.files_read) == (40, 0)
    assert again.digest == first.digest
    assert again.marks["clean"].tolist() == first.marks["clean"].tolist()


def test_files_that_are_being_written_are_read_again(flowers: Folder, tmp_path: Path) -> None:
    os.utime(flowers.path / "val/daisy/image 01.png")
    sets = image_sets(flowers.path, DEFINITION)
    contents(flowers.path, DEFINITION, sets, tmp_path / "cache")
    assert contents(flowers.path, DEFINITION, sets, tmp_path / "cache").files_read == 1


def test_nothing_changed(flowers: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = added(flowers, tmp_path)

    def opens(*_: object, **__: object) -> None:
        pytest.fail("a file was opened")

    monkeypatch.setattr(module, "read_files", opens)
    found = changes(flowers, known, tmp_path)
    assert not found
    assert found.sentence == ""


def test_the_folder_may_move_and_its_files_may_be_copied(flowers: Folder, tmp_path: Path) -> None:
    known = added(flowers, tmp_path)
    moved = flowers.path.rename(tmp_path / "moved")
    assert not changes_since(moved, known.definition, known.digest, tmp_path / "cache")
    # Neither times nor what is no image belong to the contents.
    os.utime(moved / "val/daisy/image 01.png")
    (moved / "val/daisy/readme.txt").write_text("hello")
    assert not changes_since(moved, known.definition, known.digest, tmp_path / "cache")
    assert not changes_since(moved, known.definition, known.digest, tmp_path / "another cache")


EDITS: dict[str, tuple[Callable[[Folder], object], str]] = {
    "added": (lambda folder: folder.draw("val/daisy/new.png", 0, 99), "1 file was added: clean/daisy/new.png."),
    "removed": (
        lambda folder: (folder.path / "val/daisy/image 01.png").unlink(),
        "1 file was removed: clean/daisy/image 01.png.",
    ),
    "altered": (
        lambda folder: folder.draw("val/daisy/image 01.png", 0, 99),
        "1 file was altered: clean/daisy/image 01.png.",
    ),
}


@pytest.mark.parametrize("edit", EDITS)
def test_what_changed_is_named(edit: str, flowers: Folder, tmp_path: Path) -> None:
    known = added(flowers, tmp_path)
    change, sentence = EDITS[edit]
    change(flowers)
    assert changes(flowers, known, tmp_path).sentence == sentence
    # A look at the edited folder must not make it the one that was registered.
    assert changes(flowers, known, tmp_path).sentence == sentence
    assert added(flowers, tmp_path).digest != known.digest
    assert changes(flowers, known, tmp_path).sentence == sentence


def test_an_edit_of_the_same_length_in_the_same_second_is_seen(flowers: Folder, tmp_path: Path) -> None:
    place = flowers.path / "val/daisy/image 03.bmp"
    os.utime(place)
    known = added(flowers, tmp_path)
    status = place.stat()
    data = bytearray(place.read_bytes())
    data[-1] ^= 1
    place.write_bytes(bytes(data))
    os.utime(place, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert changes(flowers, known, tmp_path).altered == ("clean/daisy/image 03.bmp",)


def test_on_another_machine_files_are_not_named(flowers: Folder, tmp_path: Path) -> None:
    known = added(flowers, tmp_path)
    flowers.draw("val/daisy/new.png", 0, 99)
    found = changes_since(flowers.path, known.definition, known.digest, tmp_path / "another cache")
    assert "which files differ is not known" in found.sentence


def test_order_and_settings_belong_to_the_version(flowers: Folder, tmp_path: Path) -> None:
    known = added(flowers, tmp_path)
    clean = {"clean": {"folder": "val"}}
    other: list[dict[str, object]] = [
        {**clean, "clean": {"folder": "val", "exif": "ignore"}},
        {**clean, "generated": {"renditions": ["edge"]}},
    ]
    for definition in other:
        found = changes_since(flowers.path, definition, known.digest, tmp_path / "cache")
        assert "the order of the classes or a setting is another" in found.sentence
    (flowers.path / "classes.txt").write_text("tülip\ndaisy\nred rose\n", encoding="utf-8")
    assert changes_since(flowers.path, {**clean, "classes": {"file": "classes.txt"}}, known.digest, tmp_path / "cache")
    # What a thing is called does not.
    assert not changes_since(flowers.path, {**clean, "label": "Other"}, known.digest, tmp_path / "cache")


def test_a_cache_that_is_damaged_is_made_again(flowers: Folder, tmp_path: Path) -> None:
    known = added(flowers, tmp_path)
    for place in (tmp_path / "cache").iterdir():
        place.write_bytes(b"damaged")
    assert not changes(flowers, known, tmp_path)


def test_a_folder_that_is_gone_is_said(flowers: Folder, tmp_path: Path) -> None:
    known = added(flowers, tmp_path)
    flowers.path.rename(tmp_path / "elsewhere")
    with pytest.raises(Refusal) as refused:
        changes(flowers, known, tmp_path)
    assert refused.value.code == "no_such_folder"


def test_marks_of_a_folder(flowers: Folder, tmp_path: Path) -> None:
    sets = image_sets(flowers.path, DEFINITION)
    found = contents(flowers.path, DEFINITION, sets, tmp_path / "cache")
    marks = dict(zip(sets.clean.paths, found.marks["clean"].tolist(), strict=True))
    assert {path: mark for path, mark in marks.items() if mark} == {
        "daisy/image 05.jpg": Marks.UNREADABLE,
        "red rose/image 00.jpg": Marks.EXIF_ROTATED,
        "red rose/image 01.gif": Marks.ANIMATED | Marks.NOT_RGB,
        "tülip/image 01.png": Marks.DEEP | Marks.NOT_RGB,
    }
