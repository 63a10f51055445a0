"""Unpacking an archive that somebody else has packed: only plain files, only inside the folder, and not without end."""

import gzip
import lzma
import shutil
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import IO

from quba.zip_damage import damage_as_bad_zip_file

_CHUNK = 1 << 20
_DAMAGE = (tarfile.TarError, zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, lzma.LZMAError, EOFError)
_ZIP_MAGIC = b"PK"
_STAGING = ".unpacking-"
# What macOS packs beside each file.
_SHADOW = "._"

Progress = Callable[[int], None]


class ArchiveDamaged(Exception):
    """An archive cannot be read to its end."""


class UnsafeArchive(Exception):
    """An archive holds what no data set needs and what could do harm."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Limit:
    """How much an archive may hold; pictures hardly shrink, so that real ones stay far below.

    Attributes:
        growth: times its own size.
        least_bytes: that are allowed whatever its size.
        entries: files and folders.
    """

    growth: int = 20
    least_bytes: int = 1 << 30
    entries: int = 2_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """Something in an archive.

    Attributes:
        name: its path, as the archive has it.
        is_folder: a folder.
        is_file: a plain file; what is neither is a link or a device.
        open: gives the content of a file.
    """

    name: str
    is_folder: bool
    is_file: bool
    open: Callable[[], IO[bytes] | None]


def entries(archive: Path) -> Iterator[Entry]:
    """What is in a tar file, compressed or not, or in a zip file, in its order.

    Each entry must be read before the next is asked for.

    Raises:
        ArchiveDamaged: the file is not an archive, or ends too early.
    """
    with archive.open("rb") as file:
        is_zip = file.read(len(_ZIP_MAGIC)) == _ZIP_MAGIC
    try:
        yield from _zip_entries(archive) if is_zip else _tar_entries(archive)
    except _DAMAGE as error:
        raise _damage(archive, error) from error


def unpack(archive: Path, target: Path, *, limit: Limit | None = None, progress: Progress | None = None) -> int:
    """Unpack an archive. Files that are there already are replaced, others are left alone.

    Everything is unpacked beside the target and moved there at the end, so that an archive which turns out to be unsafe
    or damaged leaves nothing behind.

    Args:
        archive: the file.
        target: folder to unpack into; made if need be.
        limit: how much it may hold.
        progress: told the bytes written so far.

    Returns:
        How many files were unpacked.

    Raises:
        UnsafeArchive: an entry leads elsewhere, is neither file nor folder, or there is too much.
        ArchiveDamaged: the file is not an archive, or ends too early.
        OSError: a file cannot be written.
    """
    target.mkdir(parents=True, exist_ok=True)
    staging = target / f"{_STAGING}{archive.name}"
    _remove(staging)
    staging.mkdir()
    try:
        _write_all(archive, staging, limit or Limit(), progress)
        return _move(staging, target)
    finally:
        _remove(staging)


def _write_all(archive: Path, staging: Path, limit: Limit, progress: Progress | None) -> None:
    allowed = max(limit.least_bytes, limit.growth * archive.stat().st_size)
    written = 0
    for number, entry in enumerate(entries(archive)):
        if number >= limit.entries:
            raise _unsafe(archive, f"has more than {limit.entries} entries")
        for size in _write(entry, staging / _inside(entry, archive), archive):
            written += size
            if written > allowed:
                raise _unsafe(archive, f"holds more than {allowed} bytes")
        if progress is not None:
            progress(written)


def _write(entry: Entry, path: Path, archive: Path) -> Iterator[int]:
    """Make a folder or write a file; yields the size of each chunk, so that a bomb is seen before it has gone off."""
    try:
        if entry.is_folder:
            path.mkdir(parents=True, exist_ok=True)
        else:
            yield from _write_file(entry, path, archive)
    except (FileExistsError, IsADirectoryError, NotADirectoryError) as error:
        raise _unsafe(archive, f"has {entry.name!r} as a file and as a folder") from error


def _write_file(entry: Entry, place: Path, archive: Path) -> Iterator[int]:
    place.parent.mkdir(parents=True, exist_ok=True)
    try:
        source = entry.open()
        if source is None:
            return
        with source, place.open("wb") as file:
            while chunk := source.read(_CHUNK):
                file.write(chunk)
                yield len(chunk)
    except _DAMAGE as error:
        raise _damage(archive, error) from error


def _inside(entry: Entry, archive: Path) -> PurePosixPath:
    """The entry's path, if it leads into the folder and to something plain."""
    path, elsewhere = PurePosixPath(entry.name), PureWindowsPath(entry.name)
    if (
        # Also what only Windows would take for another place: the same archive must unpack alike everywhere.
        path.is_absolute()
        or elsewhere.drive
        or "\\" in entry.name
        or ".." in path.parts
        or not entry.name.isprintable()
    ):
        raise _unsafe(archive, f"has an entry that leads out of the folder, {entry.name[:100]!r}")
    if not entry.is_folder and not entry.is_file:
        raise _unsafe(archive, f"has an entry that is a link or a device, {entry.name[:100]!r}")
    return path


def _tar_entries(archive: Path) -> Iterator[Entry]:
    # Read as a stream: one pass, however large it is, and nothing is looked up at the end.
    with tarfile.open(archive, "r|*") as tar:
        for member in tar:
            yield Entry(
                name=member.name,
                is_folder=member.isdir(),
                is_file=member.isreg(),
                open=partial(tar.extractfile, member),
            )


def _zip_entries(archive: Path) -> Iterator[Entry]:
    with damage_as_bad_zip_file(), zipfile.ZipFile(archive) as packed:
        for member in packed.infolist():
            kind = stat.S_IFMT(member.external_attr >> 16)
            yield Entry(
                name=member.filename,
                is_folder=member.is_dir(),
                # 0 where it was packed by a system without such modes.
                is_file=not member.is_dir() and kind in (0, stat.S_IFREG),
                open=partial(_open_in_zip, packed, member),
            )


def _open_in_zip(packed: zipfile.ZipFile, member: zipfile.ZipInfo) -> IO[bytes]:
    with damage_as_bad_zip_file():
        return packed.open(member)


def _move(staging: Path, target: Path) -> int:
    moved = 0
    # Sorted, so that a folder is there before what lies in it.
    for place in sorted(staging.rglob("*")):
        destination = target / place.relative_to(staging)
        if place.is_dir():
            destination.mkdir(exist_ok=True)
        elif not place.name.startswith(_SHADOW):
            place.replace(destination)
            moved += 1
    return moved


def _remove(staging: Path) -> None:
    if staging.exists():
        shutil.rmtree(staging)


def _unsafe(archive: Path, fault: str) -> UnsafeArchive:
    return UnsafeArchive(f"{archive.name} {fault}; nothing was unpacked. Delete it, and fetch it from its authors.")


def _damage(archive: Path, error: Exception) -> ArchiveDamaged:
    return ArchiveDamaged(f"{archive.name} cannot be unpacked: {error}. Delete it and fetch it again.")
