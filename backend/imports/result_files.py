"""The file of all results, made once: a program that reads it by its address asks several times, part by part."""

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Lock
from typing import BinaryIO, Final

from backend.private_files import private_folder

_BLOCK: Final = 256 * 1024
Made = tuple[str, BinaryIO]


class ResultFiles:
    """The file that was asked for last, on the disk but without a name, so that the system removes it whatever happens.

    Args:
        folder: whose disk it is on; made with the first file.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._kept: Made | None = None
        self._lock = Lock()

    def get(self, etag: str) -> BinaryIO | None:
        """The file of that ETag, if it is the last one; the caller closes it."""
        with self._lock:
            return _another(self._kept[1]) if self._kept is not None and self._kept[0] == etag else None

    def new(self, write: Callable[[BinaryIO], str]) -> Made:
        """Make a file and keep it in place of the last one, which whoever reads it still has to its end.

        Args:
            write: writes the file and gives its ETag.

        Returns:
            The ETag, and the file, which the caller closes.

        Raises:
            OSError: the disk is full or cannot be written to.
        """
        private_folder(self._folder)
        file: BinaryIO = tempfile.TemporaryFile(dir=self._folder)  # noqa: SIM115 - kept
        try:
            etag = write(file)
            file.flush()
        except BaseException:
            file.close()
            raise
        with self._lock:
            former, self._kept = self._kept, (etag, file)
            # Under the lock, so that none is replaced while another thread opens it.
            own = _another(file)
        if former is not None:
            former[1].close()
        return etag, own

    def close(self) -> None:
        """Give the file up."""
        with self._lock:
            if self._kept is not None:
                self._kept[1].close()
                self._kept = None


def size_of(file: BinaryIO) -> int:
    """How many bytes a file has."""
    return os.fstat(file.fileno()).st_size


def blocks_of(file: BinaryIO, start: int, end: int) -> Iterator[bytes]:
    """The bytes of a file from `start` to before `end`, in blocks; closes it at the end."""
    with file:
        while start < end:
            # From a place and not from the file's own position, which all who have the file share.
            block = os.pread(file.fileno(), min(_BLOCK, end - start), start)
            start += len(block)
            yield block


def _another(file: BinaryIO) -> BinaryIO:
    """The same file, open once more."""
    return os.fdopen(os.dup(file.fileno()), "rb")
