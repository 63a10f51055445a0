import errno
from itertools import islice
from pathlib import Path

import pytest

from backend.room import await_room, await_turn, has_room, is_full, pauses


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


def test_only_want_of_room_is_want_of_room() -> None:
    for code in (errno.ENOENT, errno.EACCES, errno.EROFS, errno.EIO, None):
        assert not is_full(OSError(code, "other") if code else OSError("other"))


def test_what_is_awaited_is_looked_at_after_the_first_pause_and_never_before(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr("backend.room.time", clock)
    looked: list[float] = []

    def holds() -> bool:
        looked.append(clock.now)
        return len(looked) == 5

    assert await_turn(holds, wanted=lambda: True)
    assert looked == [1.0, 3.0, 7.0, 15.0, 31.0]
    # Asleep for a second at most, so that whoever no longer wants it is heard.
    assert set(clock.slept) == {1.0}


def test_who_no_longer_wants_it_is_heard_within_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    monkeypatch.setattr("backend.room.time", clock)
    looked: list[float] = []

    def holds() -> bool:
        looked.append(clock.now)
        return False

    assert not await_turn(holds, wanted=lambda: clock.now < 10)
    assert (clock.now, looked) == (10.0, [1.0, 3.0, 7.0])


class Clock:
    """A time that passes by sleeping alone."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
