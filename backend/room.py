"""Whether there is room on a disk."""

import errno
import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from backend.private_files import private_folder

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_PROBE_BYTES = 1024**2
_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS, _LOOK_SECONDS = 1.0, 60.0, 1.0


def is_full(error: OSError) -> bool:
    """Whether writing failed for want of room: on the disk, in a quota, or under a limit of file sizes."""
    return error.errno in _FULL


def has_room(folder: Path) -> bool:
    """Whether a folder takes another mebibyte; tried, because quotas cannot be asked.

    Raises:
        OSError: it cannot be written for another reason.
    """
    probe = folder / f".room-{secrets.token_hex(4)}"
    try:
        private_folder(folder)
        with probe.open("wb") as file:
            file.write(bytes(_PROBE_BYTES))
            file.flush()
            # Where room is given out late, only this hears that there is none.
            os.fsync(file.fileno())
    except OSError as error:
        if not is_full(error):
            raise
        return False
    finally:
        with suppress(FileNotFoundError):
            probe.unlink()
    return True


def pauses() -> Iterator[float]:
    """Seconds to wait before one looks for room again, and again: longer each time, up to a minute."""
    pause = _PAUSE_SECONDS
    while True:
        yield pause
        pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)


def await_room(folder: Path, *, wanted: Callable[[], bool]) -> bool:
    """Wait until a folder takes files again; at least a second, so that what goes on wanting room elsewhere is no race.

    Args:
        folder: that was full.
        wanted: asked every second whether to go on waiting.

    Returns:
        False where that is not wanted any more.

    Raises:
        OSError: it cannot be written for another reason.
    """
    return await_turn(lambda: has_room(folder), wanted=wanted)


def await_turn(holds: Callable[[], bool], *, wanted: Callable[[], bool]) -> bool:
    """Wait until something holds; at least a second.

    Args:
        holds: asked after a second, and then more and more seldom, up to once a minute.
        wanted: asked every second whether to go on waiting.

    Returns:
        False where that is not wanted any more.
    """
    for pause in pauses():
        look_again = time.monotonic() + pause
        while time.monotonic() < look_again:
            if not wanted():
                return False
            time.sleep(min(_LOOK_SECONDS, pause))
        if holds():
            return True
    raise AssertionError("pauses never end")
