"""The lines of server-sent events, out of the blocks that come over a connection."""

from __future__ import annotations


class EventLines:
    r"""Puts blocks of bytes together and cuts them into lines.

    Not by ``httpx.Response.iter_lines``, which also cuts at U+0085, U+2028 and U+2029: these may stand within a line,
    for JSON leaves them as they are in what it quotes, such as a cell of a refused file.

    >>> lines = EventLines()
    >>> lines.take(b"id: 1\r\nda"), lines.take(b"ta: 2\n\n")
    (['id: 1'], ['data: 2', ''])
    """

    def __init__(self) -> None:
        self._begun: list[bytes] = []

    def take(self, block: bytes) -> list[str]:
        """The lines that are whole with this block; one that never ends broke off, and is none."""
        if b"\n" not in block:
            # Put together once its end is there: a line of many megabytes would else be copied with every block.
            self._begun.append(block)
            return []
        *whole, begun = b"".join([*self._begun, block]).split(b"\n")
        self._begun = [begun]
        # Decoded by the line, for a block may end amid a character.
        return [line.removesuffix(b"\r").decode() for line in whole]
