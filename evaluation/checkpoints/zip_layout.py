"""Where a zip archive's parts lie: every byte belongs to one entry, the directory or its end, and is counted first.

Readers of zip archives look for the directory in different places, so that two archives in one file can show one
content to one reader and another to the next. Where nothing is left over, all readers read the same.
"""

import struct
import zipfile
from dataclasses import dataclass
from typing import BinaryIO

from evaluation.checkpoints.refusal import CheckpointRefused, Reason

MOST_ENTRIES = 20_000
_LONGEST_DIRECTORY = 16 * 1024 * 1024
_END = struct.Struct("<4s4H2LH")
_LOCATOR = struct.Struct("<4sLQL")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_LOCAL = struct.Struct("<4s5H3L2H")
_DESCRIBED = 0x8
_DESCRIPTOR = b"PK\x07\x08"
_DESCRIPTOR_LENGTHS = (16, 24)


@dataclass(frozen=True, kw_only=True, slots=True)
class Directory:
    """Where the central directory lies.

    Attributes:
        start: its first byte.
        entries: how many it says it has.
    """

    start: int
    entries: int


def directory(file: BinaryIO, size: int) -> Directory:
    """Find the directory at the very end of a file, without reading any of its entries.

    Args:
        file: opened for reading.
        size: of the file in bytes.

    Raises:
        CheckpointRefused: `corrupt_zip` where the file does not end with its directory; `bad_entry` where that is too
            long to be read.
    """
    # Everything is read from the file's own end: zipfile searches backwards, and finds what the sender likes.
    if size < _END.size:
        raise _corrupt("the file is too short")
    file.seek(size - _END.size)
    end = _END.unpack(file.read(_END.size))
    if end[0] != b"PK\x05\x06" or end[-1] != 0:
        raise _corrupt("it does not end with its directory: it was cut off, or something follows it")
    _, disk, first_disk, here, entries, length, start, _ = end
    stop = size - _END.size
    # Readers disagree on archives of several volumes, and two readings of one file are what an attack needs.
    if disk or first_disk or here != entries:
        raise _corrupt("it is one of several volumes")
    found = _end_64(file, stop)
    if found is not None:
        stop, entries, length, start = found
    # Before anything is allocated: the counts are a stranger's words.
    _require_bounded(entries, length)
    # zipfile shifts all offsets in silence where something precedes the archive.
    if start + length != stop:
        raise _corrupt("bytes lie before or behind it, as where two archives are joined")
    return Directory(start=start, entries=entries)


def _end_64(file: BinaryIO, stop: int) -> tuple[int, int, int, int] | None:
    """The record for large archives, which torch always writes: where it lies, entries, length and start."""
    if stop < _LOCATOR.size + _END_64.size:
        return None
    file.seek(stop - _LOCATOR.size)
    mark, _, at, _ = _LOCATOR.unpack(file.read(_LOCATOR.size))
    if mark != b"PK\x06\x07":
        return None
    if at != stop - _LOCATOR.size - _END_64.size:
        raise _corrupt("bytes lie before or behind its directory")
    file.seek(at)
    record = _END_64.unpack(file.read(_END_64.size))
    mark, length_of_record, *_, here, entries, length, start = record
    # The record counts its length from behind its first twelve bytes.
    if mark != b"PK\x06\x06" or length_of_record != _END_64.size - 12 or here != entries:
        raise _corrupt("the record of its directory is damaged")
    return at, entries, length, start


def _require_bounded(entries: int, length: int) -> None:
    if entries > MOST_ENTRIES or length > _LONGEST_DIRECTORY:
        raise CheckpointRefused(
            Reason.BAD_ENTRY,
            f"The archive holds {entries} entries, in a directory of {length} bytes; at most {MOST_ENTRIES} are read.",
        )


def require_gapless(file: BinaryIO, entries: list[zipfile.ZipInfo], found: Directory) -> None:
    """Refuse an archive whose entries leave gaps, overlap, or are called otherwise than in the directory.

    Args:
        file: opened for reading.
        entries: stored without compression.
        found: where the directory lies.

    Raises:
        CheckpointRefused: `corrupt_zip`.
    """
    # What was read must be all that the directory says it holds.
    if len(entries) != found.entries:
        raise _corrupt(f"its directory says {found.entries} entries and holds {len(entries)}")
    at = 0
    # In the order of the bytes: without gaps or overlaps, the sum of all entries is the file.
    for entry in sorted(entries, key=lambda each: each.header_offset):
        if entry.header_offset != at:
            raise _corrupt(f"bytes lie around entry {entry.orig_filename[:100]!r} that belong to none")
        at = _end_of(file, entry)
    if at != found.start:
        raise _corrupt("bytes lie between its entries and its directory")


def _end_of(file: BinaryIO, entry: zipfile.ZipInfo) -> int:
    file.seek(entry.header_offset)
    header = file.read(_LOCAL.size)
    if len(header) != _LOCAL.size or not header.startswith(b"PK\x03\x04"):
        raise _corrupt(f"entry {entry.orig_filename[:100]!r} does not begin where its directory says")
    *_, name_length, extra_length = _LOCAL.unpack(header)
    if file.read(name_length) != entry.orig_filename.encode("utf-8" if entry.flag_bits & 0x800 else "cp437"):
        raise _corrupt(f"entry {entry.orig_filename[:100]!r} is called otherwise where it lies")
    end: int = entry.header_offset + _LOCAL.size + name_length + extra_length + entry.compress_size
    if not entry.flag_bits & _DESCRIBED:
        return end
    # The lengths in the local header may be 0 for such entries; the directory's are held against what follows.
    file.seek(end)
    return end + _descriptor_length(file.read(_DESCRIPTOR_LENGTHS[-1]), entry)


def _descriptor_length(data: bytes, entry: zipfile.ZipInfo) -> int:
    """Behind its bytes an entry may say once more how many they are, in 4 or in 8 bytes each."""
    size = entry.file_size
    for length, layout in zip(_DESCRIPTOR_LENGTHS, ("<4s3L", "<4sL2Q"), strict=True):
        if len(data) >= length and struct.unpack_from(layout, data) == (_DESCRIPTOR, entry.CRC, size, size):
            return length
    raise _corrupt(f"what follows entry {entry.orig_filename[:100]!r} contradicts its directory")


def _corrupt(what: str) -> CheckpointRefused:
    return CheckpointRefused(Reason.CORRUPT_ZIP, f"The archive cannot be read: {what}.")
