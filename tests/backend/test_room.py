import errno
from itertools import islice
from pathlib import Path

import pytest

from backend.room import await_room, has_room, is_full, pauses


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


def test_pauses_grow_up_to_a_minute() -> None:
    assert list(islice(pauses(), 8)) == [1, 2, 4, 8, 16, 32, 60, 60]


def test_room_is_awaited_as_long_as_it_is_wanted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_PAUSE_SECONDS", "_LOOK_SECONDS"):
        monkeypatch.setattr(f"backend.room.{name}", 0.01)
    looks = iter([False, False, True])
    monkeypatch.setattr("backend.room.has_room", lambda _: next(looks))
    assert await_room(tmp_path, wanted=lambda: True)
    assert next(looks, None) is None
    assert not await_room(tmp_path, wanted=lambda: False)
