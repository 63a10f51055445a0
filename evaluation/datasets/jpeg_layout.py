"""How a JPEG file is laid out: whether any decoder makes the same values of it."""

import re

_START, _END = b"\xff\xd8", 0xD9
_APP0, _APP14, _BASELINE, _SCAN = 0xE0, 0xEE, 0xC0, 0xDA
# Other kinds of frames and of coding, and a height that is told behind the scan.
_OTHER_FRAMES = frozenset((*range(0xC1, 0xC4), *range(0xC5, 0xC8), *range(0xC9, 0xD0), 0xDC))
# Without a length behind them: none of them stands before a scan, but for filling, which hardly any program writes.
_BARE = frozenset((0x00, 0x01, *range(0xD0, 0xDA), 0xFF))
# Within a scan: no byte of its own, no restart, no filling.
_MARKER = re.compile(rb"\xff+([^\x00\xff\xd0-\xd7])")
_FIGURES = 8
_GREY, _COLOURS = b"\x11", b"\x11\x11\x11"
_NAMES = b"\x01\x02\x03"


def is_exact(data: bytes) -> bool:
    """Whether a file is a JPEG whose values hang on no decoder.

    It is a baseline file of 8 bits with one whole scan, and either grey, or of luminance and two colour differences,
    each with a value for each pixel: as JFIF has them, and no entry of Adobe's that may say otherwise. Where colours
    are kept more coarsely than brightness, decoders fill the pixels between in ways of their own.

    Args:
        data: of the file.

    >>> is_exact(b"no JPEG")
    False
    """
    if not data.startswith(_START):
        return False
    place, in_jfif, parts = len(_START), False, 0
    while place + 4 <= len(data) and data[place] == 0xFF:
        kind, length = data[place + 1], int.from_bytes(data[place + 2 : place + 4])
        content, following = data[place + 4 : place + 2 + length], place + 2 + length
        if kind in _OTHER_FRAMES | _BARE or (kind == _APP14 and content.startswith(b"Adobe")):
            return False
        if kind == _SCAN:
            # Of a grey image it does not matter what its colours would be.
            told = parts == 1 or (parts > 1 and in_jfif)
            return told and content[:1] == bytes([parts]) and _ends(data, following)
        in_jfif |= kind == _APP0 and content.startswith(b"JFIF\0")
        if kind == _BASELINE:
            # A second one would be of another image.
            parts = 0 if parts else _exact_parts(content)
        place = following
    return False


def _exact_parts(frame: bytes) -> int:
    """How many parts a frame of 8 bits has; 0 where one has fewer values than there are pixels, or another meaning."""
    bits, parts = frame[:1], frame[6:]
    names, values = parts[::3], parts[1::3]
    exact = bits == bytes([_FIGURES]) and ((values == _COLOURS and names == _NAMES) or values == _GREY)
    return len(names) if exact and frame[5:6] == bytes([len(names)]) else 0


def _ends(data: bytes, scan: int) -> bool:
    """Whether the first thing behind a scan is the end of the image: no further scan, and not the end of the file."""
    found = _MARKER.search(data, scan)
    return found is not None and found[1][0] == _END
