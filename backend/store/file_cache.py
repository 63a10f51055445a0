"""Copies of files that lie elsewhere, under their digests, on this machine: bounded, and shared by its processes."""

import fcntl
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from backend.private_files import keep_private, private_folder
from backend.store.file_store import PART
from backend.store.local_files import remove_parts


class FileCache:
    """The copies; those that were opened longest ago make room.

    Args:
        folder: where they lie; made when it is needed.
        most_bytes: of all copies together; what is open, and one that is larger, is there all the same.
    """

    def __init__(self, folder: Path, most_bytes: int) -> None:
        self.folder = folder
        self._most = most_bytes

    @contextmanager
    def holding(self, digest: str, size_bytes: int, fetch: Callable[[Path], None]) -> Iterator[Path]:
        """A copy, which stays for as long as the context lasts.

        Args:
            digest: of the contents.
            size_bytes: of the contents.
            fetch: writes these contents to a file, which is kept only where it returns.

        Raises:
            OSError: there is no room for it on this machine.
        """
        path = self.folder / digest
        while (held := _open_copy(path)) is None:
            part = private_folder(self.folder) / f"{secrets.token_hex(8)}{PART}"
            try:
                self._make_room(size_bytes)
                fetch(part)
                part.replace(path)
            finally:
                part.unlink(missing_ok=True)
        with held:
            yield path

    def take(self, digest: str, source: Path) -> None:
        """Move a file of the folder's disk in, so that it need not be fetched."""
        keep_private(source)
        self._make_room(source.stat().st_size)
        source.replace(private_folder(self.folder) / digest)

    def remove(self, digest: str) -> None:
        """Delete a copy; who has it open keeps it."""
        (self.folder / digest).unlink(missing_ok=True)

    def remove_unopened(self, before: datetime) -> None:
        """Delete the copies that nobody has opened since a time, and what was begun before and never finished."""
        remove_parts(self.folder, before)
        for path, modified, _ in self._copies():
            if modified < before.timestamp():
                _remove_unless_open(path)

    def _make_room(self, wanted: int) -> None:
        copies = sorted(self._copies(), key=lambda each: each[1])
        total = sum(size for _, _, size in copies) + wanted
        for path, _, size in copies:
            if total <= self._most:
                return
            if _remove_unless_open(path):
                total -= size

    def _copies(self) -> list[tuple[Path, float, int]]:
        found = []
        for path in self.folder.iterdir() if self.folder.is_dir() else ():
            # Another process may make room at the same time.
            with suppress(FileNotFoundError):
                if not path.name.endswith(PART):
                    facts = path.stat()
                    found.append((path, facts.st_mtime, facts.st_size))
        return found


def _open_copy(path: Path) -> BinaryIO | None:
    """A copy that nobody deletes while it is open; None where there is none."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(file, fcntl.LOCK_SH)
        # Deleted between opening and locking, it would be no name any more.
        if os.fstat(file.fileno()).st_nlink > 0:
            os.utime(path)
            return file
    except FileNotFoundError:
        pass
    except BaseException:
        file.close()
        raise
    file.close()
    return None


def _remove_unless_open(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            path.unlink()
    except BlockingIOError:
        return False
    except FileNotFoundError:
        return True
    return True
