"""A temporary folder of a measurement, which a later one removes where nobody is left to do it."""

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from stat import S_ISDIR
from typing import BinaryIO, Final

PREFIX: Final = "wellbehaved-cost-"
_LOCK, _UNHELD = "lock", "unheld"
# Between a folder and its lock a process may be slow, but not for so long.
_UNLOCKED_SECONDS = 3600.0


@contextmanager
def own_folder() -> Iterator[Path]:
    """A folder for this process alone, gone at the end; what killed processes left is removed first."""
    remove_left_behind()
    with tempfile.TemporaryDirectory(prefix=PREFIX) as place:
        folder = Path(place)
        # The system lets go of the lock however this process ends, also where another has its number by then.
        with (folder / _UNHELD).open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            # Only now under the name that others look for: before, they would find it free.
            (folder / _UNHELD).rename(folder / _LOCK)
            yield folder


def remove_left_behind() -> None:
    """Remove folders of this user's whose process is gone; the net in one may be gigabytes."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        # Another process may be removing the same one, or still writing there; where files cannot be locked, or not be
        # removed, they stay.
        with suppress(OSError):
            found = folder.lstat()
            # Of another user's, or a link, nothing is touched: everybody may write here.
            if S_ISDIR(found.st_mode) and found.st_uid == os.geteuid() and _is_left(folder, found.st_mtime):
                shutil.rmtree(folder)


def _is_left(folder: Path, changed: float) -> bool:
    try:
        with (folder / _LOCK).open("rb") as lock:
            return _is_free(lock)
    except FileNotFoundError:
        return time.time() - changed > _UNLOCKED_SECONDS


def _is_free(lock: BinaryIO) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
