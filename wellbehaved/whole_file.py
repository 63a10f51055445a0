"""A file that is written as a whole: whoever reads it meanwhile sees the old one or the new one, never half of it."""

import os
from pathlib import Path


def write_whole(file: Path, content: bytes) -> None:
    """Write a file beside its place and move it there.

    Args:
        file: its place; the folder must be there.
        content: all that it is to hold.

    Raises:
        OSError: it cannot be written; what was there before is still there, and nothing beside it.
    """
    # Named by the process, so that two that write to one place do not write into one another's.
    fresh = file.with_name(f"{file.name}.{os.getpid()}.part")
    try:
        fresh.write_bytes(content)
        fresh.replace(file)
    finally:
        # Once moved it is no longer there; a full disk leaves a part of it.
        fresh.unlink(missing_ok=True)
