"""Files and folders that are nobody else's: 600 and 700, whatever the umask and the folder around them."""

import os
from contextlib import suppress
from pathlib import Path


def private_folder(path: Path) -> Path:
    """Make a folder where there is none, and every missing one above it, with mode 700; an existing one stays as it is.

    Raises:
        OSError: it cannot be made.
    """
    # Path.mkdir would give its mode to the last one only.
    for folder in (*reversed(path.parents), path):
        if not folder.exists():
            folder.mkdir(mode=0o700, exist_ok=True)
    return path


def private_file(path: Path) -> Path:
    """Make an empty file where there is none, and take from others what an existing one allows them.

    Raises:
        OSError: it cannot be made.
    """
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    keep_private(path)
    return path


def keep_private(path: Path) -> None:
    """Take from others what a file allows them; one that is not there, or another user's, stays as it is."""
    with suppress(FileNotFoundError, PermissionError):
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)


def private_database(path: Path) -> None:
    """The same for a file of SQLite and those beside it, which take over its mode when they are made.

    Raises:
        OSError: the file or its folder cannot be made.
    """
    private_folder(path.parent)
    private_file(path)
    for suffix in ("-wal", "-shm", "-journal"):
        keep_private(path.with_name(path.name + suffix))
