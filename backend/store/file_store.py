"""Where the files of checkpoints and evidence lie: one interface, with a folder or an S3-compatible store behind it."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from quba.errors import Refusal

PART = ".part"
"""Ends the name of a file that is being written; nobody else opens one."""


class FileGone(LookupError):
    """The store has no file of this name; the message names it."""


class FileChanged(Refusal):
    """A file is not the one that was kept: its digest differs."""

    def __init__(self, name: str, place: str) -> None:
        super().__init__(
            "file_changed",
            f"The file {name} in {place} is not the one that was kept there: its sha256 differs.",
            "Delete it there or put a copy of the original back; a checkpoint can then be uploaded again.",
        )


class FilesUnavailable(RuntimeError):
    """The store of files cannot be used now.

    Attributes:
        message: what is wrong with it.
        hint: what the operator can do.
    """

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(f"{message} {hint}")
        self.message = message
        self.hint = hint


class FilesFull(FilesUnavailable):
    """The store of files has no room; it goes on when there is."""


@dataclass(frozen=True, kw_only=True, slots=True)
class KeptFile:
    """A file that is kept.

    Attributes:
        name: of the file.
        size_bytes: its length.
        wanted_at: when it was written, or was last wanted, with its zone.
    """

    name: str
    size_bytes: int
    wanted_at: datetime


class FileStore(Protocol):
    """Files by name, each whole or not there; safe to share among threads.

    Every method may raise `FilesUnavailable`.
    """

    @property
    def scratch(self) -> Path:
        """A folder of this machine, where what is to be kept is written first, under a name that ends in `PART`."""
        ...

    @property
    def impatient(self) -> "FileStore":
        """The same files, for a transaction, in which all other writers wait: what is silent fails within seconds."""
        ...

    def held(self, name: str) -> bool:
        """Whether the file is there."""
        ...

    def reading(self, name: str) -> AbstractContextManager[Path]:
        """The file on this machine, for as long as the context lasts; fetched if need be, and nobody may change it.

        Raises:
            FileGone: it is not there.
            FileChanged: it is not the one that was kept.
            OSError: this machine has no room for it.
        """
        ...

    def keep(self, name: str, source: Path) -> None:
        """Move a file of `scratch` into the store, whole or not at all; one of that name is replaced.

        Raises:
            OSError: there is no room, or no right to write.
        """
        ...

    def renew(self, name: str) -> None:
        """Note that a file that is there was wanted now."""
        ...

    def remove(self, name: str) -> None:
        """Delete a file; one that is not there is none."""
        ...

    def entries(self, prefix: str = "") -> list[KeptFile]:
        """The files whose names begin so, by name."""
        ...

    def remove_left_over(self, before: datetime) -> None:
        """Delete on this machine what was begun and never finished, or fetched and not opened, since a time."""
        ...

    def check(self, *, writing: bool = False) -> None:
        """Ask the store whether it can be used, within a few seconds; raises `FilesUnavailable` where it cannot.

        Args:
            writing: whether to write and delete a small file, too.
        """
        ...
