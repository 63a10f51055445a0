"""The temporary folder of a measurement of cost, also of a process that was killed over it."""

import errno
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from evaluation.running_cost.own_folder import PREFIX, own_folder, remove_left_behind

HOLDS = """
import sys
from evaluation.running_cost.own_folder import own_folder
with own_folder() as folder:
    (folder / "net.pt").write_bytes(b"x")
    print(folder, flush=True)
    sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path


def test_it_is_there_for_one_and_gone_after(temporary: Path) -> None:
    with own_folder() as folder:
        assert folder.parent == temporary
        assert folder.name.startswith(PREFIX)
        # Whoever looks meanwhile leaves it alone.
        remove_left_behind()
        with own_folder() as another:
            assert another != folder
        assert folder.is_dir()
    assert list(temporary.iterdir()) == []


def test_who_looks_between_a_lock_and_its_holding_leaves_the_folder(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold = fcntl.flock

    def look_first(file: object, how: int) -> None:
        monkeypatch.setattr(fcntl, "flock", hold)
        remove_left_behind()
        hold(file, how)  # type: ignore[arg-type]

    monkeypatch.setattr(fcntl, "flock", look_first)
    with own_folder() as folder:
        assert folder.is_dir()


def test_what_cannot_be_removed_now_stays(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = temporary / f"{PREFIX}left"
    folder.mkdir()
    (folder / "lock").touch()

    def fail(_: Path) -> None:
        raise OSError(errno.ENOTEMPTY, "Directory not empty")

    with monkeypatch.context() as patched:
        patched.setattr(shutil, "rmtree", fail)
        remove_left_behind()
    assert folder.is_dir()
    remove_left_behind()
    assert not folder.exists()


def test_that_of_a_process_that_was_killed_is_removed_by_the_next(temporary: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-P", "-c", HOLDS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout is not None
        folder = Path(process.stdout.readline().strip())
        remove_left_behind()
        assert (folder / "net.pt").is_file(), "its process lives"
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert folder.is_dir()
    with own_folder():
        assert not folder.exists()


def test_one_without_a_lock_is_given_time(temporary: Path) -> None:
    fresh, old = temporary / f"{PREFIX}fresh", temporary / f"{PREFIX}old"
    for folder in (fresh, old):
        folder.mkdir()
    os.utime(old, (1, 1))
    remove_left_behind()
    assert sorted(temporary.iterdir()) == [fresh]


def test_what_is_no_folder_of_ones_own_stays(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = temporary / "other"
    other.mkdir()
    link, file, theirs = (temporary / f"{PREFIX}{name}" for name in ("link", "file", "theirs"))
    link.symlink_to(other)
    file.touch()
    theirs.mkdir()
    os.utime(theirs, (1, 1))
    user = os.geteuid()
    with monkeypatch.context() as as_another:
        as_another.setattr(os, "geteuid", lambda: user + 1)
        remove_left_behind()
    assert theirs.is_dir()
    remove_left_behind()
    assert sorted(temporary.iterdir()) == sorted((other, link, file))


def test_one_that_another_process_removes_meanwhile_is_no_trouble(
    temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = temporary / f"{PREFIX}left"
    left.mkdir()
    os.utime(left, (1, 1))
    real = shutil.rmtree

    def remove_twice(path: Path) -> None:
        real(path)
        real(path)

    monkeypatch.setattr(shutil, "rmtree", remove_twice)
    remove_left_behind()
    assert list(temporary.iterdir()) == []
