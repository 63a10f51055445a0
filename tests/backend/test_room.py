import errno
from pathlib import Path

import pytest

from backend.room import has_room, is_full


def test_room_is_tried_and_the_trial_leaves_nothing(tmp_path: Path) -> None:
    assert has_room(tmp_path / "steps")
    assert list((tmp_path / "steps").iterdir()) == []


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_want_of_room_has_several_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    def full(_: int) -> None:
        raise OSError(code, "full")

    monkeypatch.setattr("backend.room.os.fsync", full)
    assert not has_room(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_another_fault_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match=r"exists|directory") as fault:
        has_room(tmp_path / "file" / "steps")
    assert not is_full(fault.value)
