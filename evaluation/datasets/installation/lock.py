"""Keeping two programs from writing the same data sets at once."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_NAME = ".installing"


class InstallationBusy(Exception):
    """Another program is writing data sets below the same folder."""


@contextmanager
def sole_use(root: Path) -> Iterator[None]:
    """Hold the data folder for writing; the system lets go of it when the program ends, however it ends.

    Raises:
        InstallationBusy: somebody else holds it.
        OSError: the folder cannot be written.
    """
    root.mkdir(parents=True, exist_ok=True)
    with (root / _NAME).open("w", encoding="utf-8") as file:
        # Windows has no such lock, and nobody else who would clean up after a program that died.
        if sys.platform != "win32":
            import fcntl

            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise InstallationBusy(
                    f"another program is installing data sets in {root}. Wait until it has ended."
                ) from None
        yield
