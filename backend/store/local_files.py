"""Files in a folder of this machine."""

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from backend.private_files import keep_private, private_folder
from backend.store.file_store import PART, FileGone, FilesUnavailable, KeptFile


class LocalFiles:
    """A `FileStore` in a folder.

    Args:
        folder: where the files lie; made when the first one is kept.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __str__(self) -> str:
        return str(self.folder)

    @property
    def scratch(self) -> Path:
        """The folder itself, so that keeping a file is renaming it."""
        return self.folder

    @property
    def impatient(self) -> "LocalFiles":
        """These very files: a folder answers or fails at once."""
        return self

    def held(self, name: str) -> bool:
        """Whether the file is there."""
        return (self.folder / name).exists()

    @contextmanager
    def reading(self, name: str) -> Iterator[Path]:
        """The file where it lies.

        Raises:
            FileGone: it is not there.
        """
        path = self.folder / name
        if not path.exists():
            raise FileGone(f"{name} is not in {self.folder}.")
        yield path

    def keep(self, name: str, source: Path) -> None:
        """Give a file of the folder its final name, so that a power cut does not take it back."""
        keep_private(source)
        source.replace(self.folder / name)
        _flush(self.folder)

    def renew(self, name: str) -> None:
        """Set the file's time."""
        # Another process may delete it at the same time.
        with suppress(FileNotFoundError):
            os.utime(self.folder / name)

    def remove(self, name: str) -> None:
        """Delete the file."""
        (self.folder / name).unlink(missing_ok=True)

    def entries(self, prefix: str = "") -> list[KeptFile]:
        """The files whose names begin so, by name, without those that are being written."""
        found = []
        for path in sorted(self.folder.iterdir()) if self.folder.is_dir() else ():
            if not path.name.startswith(prefix) or path.name.endswith(PART):
                continue
            with suppress(FileNotFoundError):
                facts = path.stat()
                moment = datetime.fromtimestamp(facts.st_mtime, UTC)
                found.append(KeptFile(name=path.name, size_bytes=facts.st_size, wanted_at=moment))
        return found

    def remove_left_over(self, before: datetime) -> None:
        """Delete what was begun before a time and never finished."""
        remove_parts(self.folder, before)

    def check(self, *, writing: bool = False) -> None:
        """See that the folder can be written, where there is one.

        Raises:
            FilesUnavailable: it cannot.
        """
        if not self.folder.exists():
            return
        probe = self.folder / f"{secrets.token_hex(8)}{PART}"
        try:
            if not self.folder.is_dir() or not os.access(self.folder, os.R_OK | os.W_OK | os.X_OK):
                raise PermissionError(f"{self.folder} cannot be read and written")
            if writing:
                probe.write_bytes(b"")
        except OSError as error:
            raise FilesUnavailable(
                f"The folder of files, {self.folder}, cannot be used: {error}.",
                "Correct its permissions, or set WELLBEHAVED_DATA_DIR to another folder.",
            ) from error
        finally:
            with suppress(OSError):
                probe.unlink()


def remove_parts(folder: Path, before: datetime) -> None:
    """Delete files and folders that were begun before a time and never finished, as a killed process leaves them."""
    for path in folder.glob(f"*{PART}"):
        # Finished, or removed by another process, in the meantime.
        with suppress(FileNotFoundError):
            if path.stat().st_mtime < before.timestamp():
                # A folder is what a check that was killed left behind.
                shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink()


def open_new(path: Path) -> int:
    """The descriptor of a new file of mode 600, its folder made if need be.

    Raises:
        OSError: it cannot be made.
    """
    private_folder(path.parent)
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)


def _flush(folder: Path) -> None:
    """Make the names in a folder survive a power cut."""
    # A file's own fsync does not make its name durable; the folder's does.
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
