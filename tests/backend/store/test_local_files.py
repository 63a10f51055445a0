"""Files in a folder: private, whole or not there, and no less careful than a bucket."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from backend.store.file_store import PART, FileGone, FilesUnavailable
from backend.store.local_files import LocalFiles, open_new, remove_parts


def kept(files: LocalFiles, name: str, content: bytes = b"mine") -> Path:
    part = files.scratch / f"new{PART}"
    with os.fdopen(open_new(part), "wb") as file:
        file.write(content)
    files.keep(name, part)
    return files.folder / name


def test_what_is_kept_is_read_where_it_lies(tmp_path: Path) -> None:
    files = LocalFiles(tmp_path / "checkpoints")
    assert (files.entries(), files.held("a"), str(files)) == ([], False, str(tmp_path / "checkpoints"))
    files.check(writing=True)  # there is no folder yet
    path = kept(files, "a.original")
    assert path.stat().st_mode & 0o777 == 0o600
    assert files.folder.stat().st_mode & 0o777 == 0o700
    with files.reading("a.original") as found:
        assert (found, found.read_bytes()) == (path, b"mine")
    assert files.held("a.original")
    files.remove("a.original")
    files.remove("a.original")
    with pytest.raises(FileGone, match=r"a\.original is not in"), files.reading("a.original"):
        pass


def test_files_are_listed_by_name_with_the_time_they_were_wanted(tmp_path: Path) -> None:
    files = LocalFiles(tmp_path / "checkpoints")
    kept(files, "b.original", b"bb")
    path = kept(files, "a.original")
    (files.folder / f"x{PART}").touch()
    assert [(each.name, each.size_bytes) for each in files.entries()] == [("a.original", 4), ("b.original", 2)]
    os.utime(path, (1, 1))
    assert files.entries("a.")[0].wanted_at.year == 1970
    files.renew("a.original")
    files.renew("absent")
    assert files.entries("a.")[0].wanted_at > datetime.now(UTC) - timedelta(days=1)


def test_what_was_never_finished_goes_once_it_is_old(tmp_path: Path) -> None:
    files = LocalFiles(tmp_path)
    (tmp_path / f"half{PART}").touch()
    (tmp_path / f"check{PART}").mkdir()
    (tmp_path / "notes").touch()
    files.remove_left_over(datetime.now(UTC) - timedelta(hours=1))
    assert len(list(tmp_path.iterdir())) == 3
    remove_parts(tmp_path, datetime.now(UTC) + timedelta(hours=1))
    assert [path.name for path in tmp_path.iterdir()] == ["notes"]


def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = LocalFiles(tmp_path)
    files.check(writing=True)
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(FilesUnavailable, match=r"cannot be read and written.* WELLBEHAVED_DATA_DIR"):
        files.check()
