"""A file on its way to the service, block by block, so that its size does not matter to memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

Progress = Callable[[int, int], None]
"""Called with the bytes sent and those there are, again and again."""

_BLOCK = 1024 * 1024


def file_blocks(file: Path, progress: Progress | None = None) -> Iterator[bytes]:
    """The blocks of a file, each read when it is sent."""
    sent, size = 0, file.stat().st_size
    with file.open("rb") as opened:
        while block := opened.read(_BLOCK):
            yield block
            sent += len(block)
            if progress:
                progress(sent, size)
