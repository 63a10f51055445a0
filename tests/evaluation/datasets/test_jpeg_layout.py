"""Files that any decoder decodes alike, and those that look like one."""

import io
from collections.abc import Callable

import numpy as np
import pytest
import torch
from PIL import Image
from torchvision.io import ImageReadMode, decode_jpeg

from evaluation.datasets.jpeg_layout import is_exact

NOISE = Image.fromarray(np.random.default_rng(0).integers(0, 256, (40, 56, 3), dtype=np.uint8))


def saved(picture: Image.Image = NOISE, **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, "JPEG", **{"subsampling": 0, **options})
    return file.getvalue()


def before(data: bytes, marker: int, added: bytes) -> bytes:
    place = data.index(bytes([0xFF, marker]))
    return data[:place] + added + data[place:]


def segment(kind: int, content: bytes) -> bytes:
    return bytes([0xFF, kind]) + (len(content) + 2).to_bytes(2) + content


WHOLE, GREY = saved(), saved(NOISE.convert("L"))
THUMBNAIL = segment(0xE1, b"Exif\0\0" + saved(NOISE.resize((8, 8))))


EXACT = {
    "colours": WHOLE,
    "grey": GREY,
    "coarse": saved(quality=1),
    "optimised": saved(quality=100, optimize=True),
    "restarts": saved(restart_marker_blocks=3),
    "pixel": saved(NOISE.resize((1, 1))),
    "comment": saved(comment=b"\xff\xd9 in a comment"),
    "thumbnail": before(WHOLE, 0xDB, THUMBNAIL),
    "more behind": WHOLE + b"some more",
    "long profile": saved(icc_profile=bytes(100_000)),
}


@pytest.mark.parametrize("data", EXACT.values(), ids=EXACT)
def test_exact_files_are_decoded_alike(data: bytes) -> None:
    assert is_exact(data)
    found = decode_jpeg(torch.frombuffer(bytearray(data), dtype=torch.uint8), ImageReadMode.RGB)
    expected = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
    np.testing.assert_array_equal(found.movedim(0, -1).numpy(), expected)


def with_frame(change: Callable[[bytearray], None]) -> bytes:
    """The file with another head of its frame, from its marker on."""
    data, place = bytearray(WHOLE), WHOLE.index(b"\xff\xc0")
    frame = data[place : place + 19]
    change(frame)
    return bytes(data[:place] + frame + data[place + 19 :])


def several_scans() -> bytes:
    """A scan that has one of the three parts, and others behind it."""
    place = WHOLE.index(b"\xff\xda")
    end = len(WHOLE) - 2
    each = [segment(0xDA, bytes([1, part, 0, 0, 63, 0])) + WHOLE[place + 14 : end] for part in (1, 2, 3)]
    return WHOLE[:place] + b"".join(each) + WHOLE[end:]


OTHERS = {
    "nothing": b"",
    "start": b"\xff\xd8",
    "head": WHOLE[:30],
    "png": b"\x89PNG" + WHOLE,
    "cut": WHOLE[:-300],
    "without end": WHOLE[:-2],
    "cut behind a thumbnail": before(WHOLE, 0xDB, THUMBNAIL)[:-300],
    "colours coarser across": saved(subsampling=1),
    "colours coarser": saved(subsampling=2),
    "two values a pixel": with_frame(lambda frame: frame.__setitem__(slice(11, 19, 3), b"\x22\x22\x22")),
    "progressive": saved(progressive=True),
    "several scans": several_scans(),
    "cmyk": saved(NOISE.convert("CMYK")),
    "rgb": saved(keep_rgb=True),
    "rgb by adobe": before(WHOLE, 0xDB, segment(0xEE, b"Adobe\0\x64\0\0\0\0\0")),
    "rgb by names": with_frame(lambda frame: frame.__setitem__(slice(10, 19, 3), b"RGB")),
    "colours untold": WHOLE[:2] + WHOLE[20:],
    "colours nearly told": WHOLE.replace(b"JFIF\0", b"JFIFX"),
    "12 bits": with_frame(lambda frame: frame.__setitem__(4, 12)),
    "extended": with_frame(lambda frame: frame.__setitem__(1, 0xC1)),
    "arithmetic": with_frame(lambda frame: frame.__setitem__(1, 0xC9)),
    "two frames": before(WHOLE, 0xC0, WHOLE[WHOLE.index(b"\xff\xc0") :][:19]),
    "filled": before(WHOLE, 0xC0, b"\xff"),
    # What seems to be the length of a segment is a marker, of a progressive frame.
    "filled before a marker": WHOLE[:2] + b"\xff\xff\xc2\x00" + bytes(0xC200 - 2) + WHOLE[2:],
    "height behind": WHOLE[:-2] + segment(0xDC, b"\0\x28") + WHOLE[-2:],
}


@pytest.mark.parametrize("data", OTHERS.values(), ids=OTHERS)
def test_others_are_not_exact(data: bytes) -> None:
    assert not is_exact(data)
