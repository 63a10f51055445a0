"""Keeping two `wellbehaved up` from serving one data folder."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from backend.private_files import private_file, private_folder
from wellbehaved.service_address import UP_FILE

_LONGEST = 500


class AlreadyUp(RuntimeError):
    """Another `wellbehaved up` serves this data folder; the message says which, where, and what to do."""


def held_by(process: int, page: str, service: str) -> str:
    """What `up` notes of itself, for whoever comes next; `noted_service` reads it.

    Args:
        process: that runs; its start tells it from a later one of the same number.
        page: address of the dashboard.
        service: address of the service.

    Raises:
        psutil.NoSuchProcess: it does not run.
    """
    import psutil

    since = datetime.fromtimestamp(psutil.Process(process).create_time(), UTC)
    return f"process {process}, dashboard {page}, REST {service}, since {since.isoformat(timespec='seconds')}"


@contextmanager
def sole_use(folder: Path) -> Iterator[Callable[[str], None]]:
    """Hold a data folder; the system lets go of it when the process ends, however it ends.

    Args:
        folder: made with mode 700 where it is absent.

    Yields:
        Notes who holds it, for whoever comes next.

    Raises:
        AlreadyUp: somebody else holds it.
        OSError: the folder cannot be written.
    """
    private_folder(folder)
    # Opened without emptying it: who holds it has written there who it is.
    with private_file(folder / UP_FILE).open("a+", encoding="utf-8") as file:
        # Windows has no such lock, and nobody else who would clean up after a program that died.
        if sys.platform != "win32":
            import fcntl

            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.seek(0)
                holder = file.read(_LONGEST).strip() or "it is still starting"
                raise AlreadyUp(
                    f"`wellbehaved up` already serves {folder}: {holder}. Use that one, end it first, or choose "
                    "another folder with WELLBEHAVED_DATA_DIR."
                ) from None

        def note(holder: str) -> None:
            file.truncate(0)
            file.write(holder)
            file.flush()

        note("")
        try:
            yield note
        finally:
            # Nobody looks for a service where none is any more.
            note("")
