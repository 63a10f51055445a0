"""Every way in which one byte of a short file can have changed, as far as a reader can tell them apart."""

from collections.abc import Iterator

# All bits, the sign or highest, the lowest, and one between.
MASKS = (0xFF, 0x80, 0x01, 0x10)


def with_one_byte_changed(content: bytes) -> Iterator[bytes]:
    """The content with each of its bytes changed in turn, in four ways."""
    for place in range(len(content)):
        for mask in MASKS:
            changed = bytearray(content)
            changed[place] ^= mask
            yield bytes(changed)
