"""Contact sheets of generated sets: in the data folder and, where files lie in a bucket, there for other machines."""

import os
import re
import secrets
from collections.abc import Iterator
from pathlib import Path

from backend.store.file_store import PART, FileChanged, FileGone, FileStore
from backend.store.local_files import open_new
from quba.benchmarks import contact_sheet_folder, version_folder

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
_ENDING = ".png"
# In no key, digest or name, so that no sheet can be taken for another benchmark's.
_BETWEEN = "~"


class ContactSheets:
    """Pictures by benchmark, version and name; safe to share among threads.

    Args:
        folder: of this machine's data sets, with the sheets of `contact_sheet_folder` in it.
        store: of files that all machines share; None where there is none but the folder.
    """

    def __init__(self, folder: Path, store: FileStore | None) -> None:
        self.folder = folder
        self._store = store

    def names(self, key: str, digest: str) -> list[str]:
        """The names of the sheets that there are, in order.

        Args:
            key: of the benchmark.
            digest: of its version.

        Raises:
            FilesUnavailable: the store of files cannot be used.
        """
        found = {each.stem for each in _sheets(self.folder / contact_sheet_folder(key, digest))}
        if self._store is not None:
            start = _kept_name(key, digest, "").removesuffix(_ENDING)
            found |= {each.name.removeprefix(start).removesuffix(_ENDING) for each in self._store.entries(start)}
        return sorted(found)

    def picture(self, key: str, digest: str, name: str) -> bytes:
        """A sheet, as PNG.

        Raises:
            FileGone: there is none.
            FileChanged: it is not the one that was sent.
            FilesUnavailable: the store of files cannot be used.
        """
        path = self.folder / contact_sheet_folder(key, digest) / f"{name}{_ENDING}"
        if path.is_file():
            return path.read_bytes()
        if self._store is None:
            raise FileGone(f"{key} has no contact sheet {name}.")
        with self._store.reading(_kept_name(key, digest, name)) as copy:
            return copy.read_bytes()

    def send(self, key: str, digest: str, made: Path) -> None:
        """Have other machines find the sheets of a benchmark, where they share a store of files.

        Args:
            key: of the benchmark.
            digest: of its version.
            made: folder of the data sets that were measured, with the sheets in it.

        Raises:
            FilesUnavailable: the store of files cannot be used.
            OSError: this machine has no room.
        """
        if self._store is None:
            return
        for sheet in _sheets(made / contact_sheet_folder(key, digest)):
            name, content = _kept_name(key, digest, sheet.stem), sheet.read_bytes()
            if not _holds(self._store, name, content):
                _keep(self._store, name, content)


def _sheets(folder: Path) -> Iterator[Path]:
    return (each for each in sorted(folder.glob(f"*{_ENDING}")) if _NAME.fullmatch(each.stem))


def _kept_name(key: str, digest: str, name: str) -> str:
    version = Path(version_folder(key, digest)).name
    return _BETWEEN.join((key, version, name)) + _ENDING


def _holds(store: FileStore, name: str, content: bytes) -> bool:
    try:
        with store.reading(name) as path:
            return path.read_bytes() == content
    except (FileGone, FileChanged):
        return False


def _keep(store: FileStore, name: str, content: bytes) -> None:
    partial = store.scratch / f".{secrets.token_hex(8)}{PART}"
    try:
        with os.fdopen(open_new(partial), "wb") as file:
            file.write(content)
        store.keep(name, partial)
    finally:
        partial.unlink(missing_ok=True)
