"""Looks at a checkpoint without running or unpacking anything of it: the standard library only, no torch."""

import struct
from enum import StrEnum
from pathlib import Path

from evaluation.checkpoints.program_kinds import kind_of_start
from evaluation.checkpoints.refusal import CheckpointRefused, Reason
from evaluation.checkpoints.safetensors_header import check_header
from evaluation.checkpoints.torch_archive import check_archive

_OTHER_FORMATS = {
    b"\x80": "a bare pickle, as torch.save wrote before PyTorch 1.6",
    b"\x1f\x8b": "a gzip file",
    b"\x89HDF": "an HDF5 file, as Keras writes",
    b"BZh": "a bzip2 file",
    b"\xfd7zXZ": "an xz file",
    b"GGUF": "a GGUF file",
    b"<": "a text such as a web page: perhaps the download was refused",
    b"version https://git-lfs": "a Git LFS pointer in place of the file itself",
}
_LENGTH = struct.Struct("<Q")


class Format(StrEnum):
    """The two formats that are accepted."""

    SAFETENSORS = "safetensors"
    TORCH = "torch"


def scan(path: Path) -> Format:
    """Decide by its content what a file is, and whether it is safe to hand to a reader.

    Args:
        path: the file, whatever its name.

    Returns:
        Its format. What is inside has not been read: names, shapes and values are checked later, by `check`.

    Raises:
        CheckpointRefused: it is no checkpoint, or not one that may be opened.
    """
    size = path.stat().st_size
    if size == 0:
        raise CheckpointRefused(Reason.EMPTY_FILE, "The file is empty.")
    with path.open("rb") as file:
        start = file.read(64)
    # By content and never by name: a file's ending is the uploader's word.
    if start.startswith(b"PK"):
        check_archive(path)
        return Format.TORCH
    # A safetensors file starts with the length of its header, whose first character is a brace.
    if len(start) > _LENGTH.size and start[_LENGTH.size : _LENGTH.size + 1] == b"{":
        check_header(path, _LENGTH.unpack_from(start)[0])
        return Format.SAFETENSORS
    program = kind_of_start(start)
    if program is not None:
        raise CheckpointRefused(Reason.PROGRAM, f"The file is {program.value}, and not a dictionary of weights.")
    found = next((name for magic, name in _OTHER_FORMATS.items() if start.startswith(magic)), None)
    raise CheckpointRefused(Reason.UNKNOWN_FORMAT, f"The file is {found or 'in no format that is known here'}.")
