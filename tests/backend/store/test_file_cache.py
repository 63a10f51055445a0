"""Copies of files: bounded, never deleted while they are open, fetched again when they are gone."""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from backend.store.file_cache import FileCache, _open_copy
from backend.store.file_store import PART


@pytest.fixture
def cache(tmp_path: Path) -> FileCache:
    return FileCache(tmp_path / "fetched", 100)


@pytest.fixture
def fetched() -> list[str]:
    return []


@pytest.fixture
def fetch(fetched: list[str]) -> Callable[[str], Callable[[Path], None]]:
    def of(name: str) -> Callable[[Path], None]:
        def write(target: Path) -> None:
            fetched.append(name)
            target.write_bytes(name.encode() * 40)

        return write

    return of


Fetch = Callable[[str], Callable[[Path], None]]


def names(cache: FileCache) -> list[str]:
    return sorted(path.name for path in cache.folder.iterdir())


def opened_at(cache: FileCache, name: str, moment: float) -> None:
    os.utime(cache.folder / name, (moment, moment))


def test_what_was_opened_longest_ago_makes_room_and_what_is_open_stays(
    cache: FileCache, fetch: Fetch, fetched: list[str]
) -> None:
    for moment, name in enumerate("abc"):
        with cache.holding(name, 40, fetch(name)) as path:
            assert path.read_bytes() == name.encode() * 40
        opened_at(cache, name, moment)
    assert names(cache) == ["b", "c"]
    with cache.holding("b", 40, fetch("b")), cache.holding("a", 40, fetch("a")):
        assert names(cache) == ["a", "b"]
        # Nothing can make room: what is open stays, and what is wanted comes all the same.
        with cache.holding("d", 40, fetch("d")):
            assert names(cache) == ["a", "b", "d"]
    assert fetched == ["a", "b", "c", "a", "d"]


def test_what_cannot_be_fetched_leaves_nothing(cache: FileCache) -> None:
    def fail(target: Path) -> None:
        target.write_bytes(b"half")
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"), cache.holding("a", 4, fail):
        pass
    assert names(cache) == []


def test_a_copy_that_goes_between_opening_and_locking_is_fetched_again(
    cache: FileCache, fetch: Fetch, fetched: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with cache.holding("a", 40, fetch("a")):
        pass
    monkeypatch.setattr("backend.store.file_cache.fcntl.flock", lambda *_: (cache.folder / "a").unlink())
    assert _open_copy(cache.folder / "a") is None
    monkeypatch.undo()
    with cache.holding("a", 40, fetch("a")):
        pass
    assert fetched == ["a", "a"]


def test_a_fault_of_the_lock_is_no_missing_copy(
    cache: FileCache, fetch: Fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    with cache.holding("a", 40, fetch("a")):
        pass

    def fail(*_: object) -> None:
        raise OSError("no locks here")

    monkeypatch.setattr("backend.store.file_cache.fcntl.flock", fail)
    with pytest.raises(OSError, match="no locks here"):
        _open_copy(cache.folder / "a")


def test_a_file_is_taken_in_and_goes_by_name_or_by_age(cache: FileCache, tmp_path: Path, fetch: Fetch) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"mine")
    source.chmod(0o644)
    cache.take("a", source)
    assert (cache.folder / "a").stat().st_mode & 0o777 == 0o600
    cache.remove("a")
    cache.remove("a")
    for name in "bc":
        with cache.holding(name, 40, fetch(name)):
            pass
    (cache.folder / f"half{PART}").touch()
    opened_at(cache, "b", 1)
    opened_at(cache, f"half{PART}", 1)
    cache.remove_unopened(datetime.now(UTC) - timedelta(days=1))
    assert names(cache) == ["c"]


def test_another_process_may_make_room_at_the_same_time(
    cache: FileCache, fetch: Fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    with cache.holding("a", 40, fetch("a")):
        pass
    monkeypatch.setattr(FileCache, "_copies", lambda _: [(cache.folder / "vanished", 0.0, 1000)])
    with cache.holding("b", 40, fetch("b")):
        pass
    assert names(cache) == ["a", "b"]
