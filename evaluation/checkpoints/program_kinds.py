"""Which files are programs and not weights, told by their content without running any: the standard library only."""

import re
import zipfile
from collections.abc import Iterable, Mapping
from enum import StrEnum
from pathlib import Path

from quba.zip_damage import damage_as_bad_zip_file

_ENTRIES_OF_TORCHSCRIPT = re.compile(r"[^/]+/(constants\.pkl|code/.*)")
# What torch.export.save writes: today, and before PyTorch 2.8.
_ENTRIES_OF_EXPORTED = re.compile(r"[^/]+/(archive_format|models/[^/]+\.json)|serialized_exported_program\.json")
_EXTRA = re.compile(r"[^/]+/extra/(?P<name>[^/]+)")
_LONGEST_EXTRA = 4 * 1024 * 1024
# A protobuf message whose first field is the version of ONNX's format, small, and whose next is another of its header:
# producer, its version, domain, model version, documentation, graph.
_ONNX = re.compile(rb"\x08[\x01-\x20][\x12\x1a\x22\x28\x32\x3a]")
_ENDINGS = {".onnx": "ONNX", ".pt2": "EXPORTED"}


class ProgramKind(StrEnum):
    """Networks with their own code; the value is how one is called in a sentence."""

    ONNX = "an ONNX graph"
    TORCHSCRIPT = "a TorchScript program"
    EXPORTED = "a torch.export program"


def program_kind(path: Path) -> ProgramKind | None:
    """What kind of program a file is; None where it is none.

    Where the content says nothing, as in a damaged file, the endings .onnx and .pt2 do, so that the reader of that kind
    can say what is wrong.
    """
    with path.open("rb") as file:
        start = file.read(16)
    found = kind_of_start(start)
    if found is None and start.startswith(b"PK"):
        try:
            with damage_as_bad_zip_file(), zipfile.ZipFile(path) as archive:
                found = kind_of_entries(archive.namelist())
        except zipfile.BadZipFile:
            found = None
    if found is None and path.suffix.lower() in _ENDINGS:
        found = ProgramKind[_ENDINGS[path.suffix.lower()]]
    return found


def kind_of_start(start: bytes) -> ProgramKind | None:
    r"""The kind that the first bytes of a file tell; archives are told by `kind_of_entries`.

    >>> kind_of_start(b"\x08\x0a\x12\x07pytorch")
    <ProgramKind.ONNX: 'an ONNX graph'>
    """
    return ProgramKind.ONNX if _ONNX.match(start) else None


def kind_of_entries(names: Iterable[str]) -> ProgramKind | None:
    """The kind that the names of an archive's entries tell; None for one that holds no program."""
    found = list(names)
    # First: what is exported may hold TorchScript within.
    if any(_ENTRIES_OF_EXPORTED.fullmatch(name) for name in found):
        return ProgramKind.EXPORTED
    if any(_ENTRIES_OF_TORCHSCRIPT.fullmatch(name) for name in found):
        return ProgramKind.TORCHSCRIPT
    return None


def extra_files(path: Path) -> Mapping[str, str]:
    """What was put beside a program of torch under `extra_files`, as text by name; other bytes are left out.

    Args:
        path: an archive.

    Raises:
        BadZipFile: it is none, or one of its entries fails its checksum.
    """
    found = {}
    with _whole_archive(path) as archive:
        for entry in archive.infolist():
            named = _EXTRA.fullmatch(entry.filename)
            if named is None or entry.file_size > _LONGEST_EXTRA:
                continue
            try:
                found[named["name"]] = archive.read(entry).decode()
            except UnicodeDecodeError:
                continue  # somebody's own bytes, and no words about the inputs
    return found


def _whole_archive(path: Path) -> zipfile.ZipFile:
    """The archive, every entry of which was read once; to be closed.

    Raises:
        BadZipFile: it is none, or an entry is not what was written.
    """
    with damage_as_bad_zip_file():
        archive = zipfile.ZipFile(path)
        damaged = archive.testzip()
    if damaged is not None:
        raise zipfile.BadZipFile(f"entry {damaged[:100]!r} fails its checksum")
    return archive
