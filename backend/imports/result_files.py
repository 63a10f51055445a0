"""The files of all results, made once: a program that reads one by its address asks several times, part by part."""

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Lock, Timer
from typing import BinaryIO, Final, NamedTuple

from backend.private_files import private_folder

_BLOCK: Final = 256 * 1024
KEPT_SECONDS: Final = 600.0
"""How long a file is kept: long enough to be read part by part, and no longer, for it takes room that no name shows."""


class _File(NamedTuple):
    etag: str
    file: BinaryIO
    end: Timer


class ResultFiles:
    """The last file of each kind, on the disk but without a name, so that the system removes it whatever happens.

    Args:
        folder: whose disk they are on; made with the first file.
        seconds: how long a file is kept after it was made.
    """

    def __init__(self, folder: Path, seconds: float = KEPT_SECONDS) -> None:
        self._folder = folder
        self._seconds = seconds
        self._kept: dict[str, _File] = {}
        self._lock = Lock()

    def get(self, kind: str, etag: str) -> BinaryIO | None:
        """The file of a kind, which the caller closes; None, and none is kept, where the last one has another ETag.

        Args:
            kind: what the file is of, such as its format and who may have it.
            etag: of the kind's file as the data are now.
        """
        with self._lock:
            found = self._kept.get(kind)
            if found is not None and found.etag == etag:
                return _another(found.file)
        if found is not None:
            self._drop(kind, found.etag)
        return None

    def new(self, kind: str, write: Callable[[BinaryIO], str]) -> tuple[str, BinaryIO]:
        """Make a file and keep it in place of the last one of its kind, which whoever reads it still has to its end.

        Args:
            kind: as for `get`.
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
        end = Timer(self._seconds, self._drop, (kind, etag))
        end.daemon = True
        with self._lock:
            former, self._kept[kind] = self._kept.get(kind), _File(etag, file, end)
            # Under the lock, so that none is replaced while another thread opens it.
            own = _another(file)
        end.start()
        if former is not None:
            _close(former)
        return etag, own

    def close(self) -> None:
        """Give all files up."""
        with self._lock:
            kept, self._kept = self._kept, {}
        for each in kept.values():
            _close(each)

    def _drop(self, kind: str, etag: str) -> None:
        """Give a file up, unless another has taken its place."""
        with self._lock:
            found = self._kept.get(kind)
            if found is None or found.etag != etag:
                return
            del self._kept[kind]
        _close(found)


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


def _close(kept: _File) -> None:
    kept.end.cancel()
    kept.file.close()
