"""A file that is written is whole or not there, and nothing is left beside it."""

from pathlib import Path

import pytest

from wellbehaved.whole_file import write_whole


def test_what_was_there_before_is_replaced(tmp_path: Path) -> None:
    place = tmp_path / "models.csv"
    place.write_bytes(b"old")
    write_whole(place, b"new")
    assert place.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [place]


def test_a_full_disk_leaves_the_old_file_and_nothing_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "models.csv"
    place.write_bytes(b"old")

    def half(self: Path, content: bytes) -> int:
        with self.open("wb") as file:
            file.write(content[: len(content) // 2])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", half)
    with pytest.raises(OSError, match="No space left"):
        write_whole(place, b"new models")
    assert place.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [place]


def test_two_processes_do_not_write_into_one_anothers_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Another process is half way through its own file when this one is done with its.
    others = tmp_path / "models.csv.1.part"
    others.write_bytes(b"half of")
    monkeypatch.setattr("os.getpid", lambda: 2)
    write_whole(tmp_path / "models.csv", b"whole")
    assert (tmp_path / "models.csv").read_bytes() == b"whole"
    assert others.read_bytes() == b"half of"


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_whole(tmp_path / "nowhere" / "models.csv", b"")
