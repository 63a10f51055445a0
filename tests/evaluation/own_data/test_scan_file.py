from pathlib import Path

import numpy as np
import pytest

from evaluation.own_data.definition import definition_of
from evaluation.own_data.image_sets import image_sets
from evaluation.own_data.scan_file import Scan, load_scan, save_scan
from tests.evaluation.own_data.conftest import LONG_AGO, Folder


def scan(folder: Folder, settled_before: int = 2 * LONG_AGO * 10**9) -> Scan:
    sets = image_sets(folder.path, definition_of({"clean": {"folder": "val"}}))
    count = len(sets.clean)
    return Scan.of(
        sets,
        "settings",
        "sha256:0",
        {"clean": np.ones((count, 32), dtype=np.uint8)},
        {"clean": np.zeros(count, dtype=np.uint8)},
        settled_before=settled_before,
    )


def test_what_is_saved_is_found_again(flowers: Folder, tmp_path: Path) -> None:
    place = tmp_path / "cache/a.npz"
    assert load_scan(place) is None
    save_scan(place, scan(flowers))
    found = load_scan(place)
    assert found is not None
    sets = image_sets(flowers.path, definition_of({"clean": {"folder": "val"}}))
    assert found.is_of(sets, "settings")
    assert not found.is_of(sets, "other settings")
    assert next(iter(found.rows("clean"))) == ("daisy/image 00.jpg", b"\1" * 32)
    assert [each.name for each in place.parent.iterdir()] == ["a.npz"]


def test_files_that_may_still_change_are_not_known(flowers: Folder) -> None:
    sets = image_sets(flowers.path, definition_of({"clean": {"folder": "val"}}))
    young = scan(flowers, settled_before=LONG_AGO * 10**9)
    assert (young.stamps["clean"] == -1).all()
    assert not young.is_of(sets, "settings")


def test_another_format_and_damage_are_as_nothing(flowers: Folder, tmp_path: Path) -> None:
    place = tmp_path / "a.npz"
    np.savez(place, format=np.array(99))
    assert load_scan(place) is None
    place.write_bytes(b"PK damaged")
    assert load_scan(place) is None
    # A bit of the header that says the entries are encrypted.
    save_scan(place, scan(flowers))
    content = bytearray(place.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] ^= 1
    place.write_bytes(content)
    assert load_scan(place) is None


def test_a_write_that_fails_leaves_nothing(flowers: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(OSError, match="No space"):
        save_scan(tmp_path / "cache/a.npz", scan(flowers))
    assert list((tmp_path / "cache").iterdir()) == []
