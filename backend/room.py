"""Whether there is room on a disk."""

import errno
import os
import secrets
from contextlib import suppress
from pathlib import Path

from backend.private_files import private_folder

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_PROBE_BYTES = 1024**2


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
            os.fsync(file.fileno())
    except OSError as error:
        if not is_full(error):
            raise
        return False
    finally:
        with suppress(FileNotFoundError):
            probe.unlink()
    return True
