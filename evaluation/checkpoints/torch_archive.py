"""The zip archive that torch.save writes: its entries, their checksums, and what its pickle would call."""

import io
import pickletools
import re
import zipfile
from pathlib import Path

from evaluation.checkpoints.pickle_names import FORBIDDEN_OPCODES, KNOWN_NAMES
from evaluation.checkpoints.program_kinds import kind_of_entries
from evaluation.checkpoints.refusal import CheckpointRefused, Reason
from evaluation.checkpoints.zip_layout import directory, require_gapless
from quba.zip_damage import damage_as_bad_zip_file

_LONGEST_PICKLE = 16 * 1024 * 1024
_ENCRYPTED = 0x1
_ENTRY = re.compile(
    r"(?P<root>[^/\x00\\]{1,200})/"
    r"(data\.pkl|version|byteorder|\.format_version|\.storage_alignment|\.data/serialization_id|data/[0-9]{1,9})"
)


def check_archive(path: Path) -> None:
    """Refuse an archive that torch.save did not write, that is damaged, or whose pickle does more than name tensors.

    Args:
        path: a file that starts as a zip archive does.

    Raises:
        CheckpointRefused: with the code that fits.
    """
    try:
        with damage_as_bad_zip_file(), path.open("rb") as file:
            size = path.stat().st_size
            # Before anything is parsed: millions of entries take minutes and gigabytes.
            found = directory(file, size)
            archive = zipfile.ZipFile(file)
            names = _checked_entries(archive.infolist(), size)
            require_gapless(file, archive.infolist(), found)
            # Inflating is excluded by now, so that reading everything costs no more than the file's size.
            damaged = archive.testzip()
            if damaged is not None:
                raise CheckpointRefused(Reason.CRC_MISMATCH, f"Entry {damaged[:100]!r} fails its checksum.")
            pickled = archive.read(names["data.pkl"])
    except (OSError, zipfile.BadZipFile) as error:
        raise CheckpointRefused(Reason.CORRUPT_ZIP, f"The archive cannot be read: {error}.") from None
    _check_pickle(pickled)


def _checked_entries(entries: list[zipfile.ZipInfo], size: int) -> dict[str, zipfile.ZipInfo]:
    program = kind_of_entries(entry.filename for entry in entries)
    if program is not None:
        raise CheckpointRefused(Reason.PROGRAM, f"The file is {program.value}, and not a dictionary of weights.")
    by_name: dict[str, zipfile.ZipInfo] = {}
    roots = set()
    for entry in entries:
        shown = entry.filename[:100]
        if entry.flag_bits & _ENCRYPTED:
            raise CheckpointRefused(Reason.BAD_ENTRY, f"Entry {shown!r} is encrypted.")
        if entry.compress_type != zipfile.ZIP_STORED or entry.compress_size != entry.file_size:
            raise CheckpointRefused(Reason.COMPRESSED_ZIP, f"Entry {shown!r} is compressed.")
        match = _ENTRY.fullmatch(entry.filename)
        if match is None or match["root"] in {".", ".."}:
            raise CheckpointRefused(Reason.BAD_ENTRY, f"Entry {shown!r} is none that torch.save writes.")
        roots.add(match["root"])
        inner = entry.filename.partition("/")[2]
        if inner in by_name:
            raise CheckpointRefused(Reason.BAD_ENTRY, f"Entry {shown!r} occurs twice.")
        by_name[inner] = entry
    _check_whole(by_name, roots, size)
    return by_name


def _check_whole(by_name: dict[str, zipfile.ZipInfo], roots: set[str], size: int) -> None:
    if len(roots) > 1:
        raise CheckpointRefused(Reason.BAD_ENTRY, f"The archive has {len(roots)} roots; torch.save writes one.")
    if "data.pkl" not in by_name:
        raise CheckpointRefused(Reason.UNKNOWN_FORMAT, "The file is a zip archive without data.pkl.")
    if by_name["data.pkl"].file_size > _LONGEST_PICKLE:
        raise CheckpointRefused(Reason.BAD_ENTRY, f"data.pkl is longer than {_LONGEST_PICKLE} bytes.")
    if sum(entry.file_size for entry in by_name.values()) > size:
        raise CheckpointRefused(Reason.BAD_ENTRY, "The entries together are longer than the file.")


def _check_pickle(pickled: bytes) -> None:
    end = None
    try:
        # Read, not run: genops steps through the instructions.
        for opcode, argument, position in pickletools.genops(io.BytesIO(pickled)):
            if opcode.name in FORBIDDEN_OPCODES:
                raise CheckpointRefused(
                    Reason.UNSAFE_PICKLE, f"data.pkl uses {opcode.name} at byte {position}; a state dict never does."
                )
            if opcode.name == "GLOBAL" and argument not in KNOWN_NAMES:
                shown = str(argument).replace(" ", ".", 1)[:100]
                raise CheckpointRefused(Reason.UNSAFE_PICKLE, f"data.pkl would import {shown}.")
            end = position
    except (ValueError, KeyError, IndexError, OverflowError, EOFError, RecursionError, MemoryError) as error:
        raise CheckpointRefused(Reason.CORRUPT_PICKLE, f"data.pkl cannot be read: {str(error)[:200]}.") from None
    if end != len(pickled) - 1:
        raise CheckpointRefused(Reason.CORRUPT_PICKLE, "data.pkl goes on after its end.")
