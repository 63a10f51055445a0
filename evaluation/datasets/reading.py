"""From an image file to the 8-bit RGB picture that a person would see, or a sentence that says why there is none."""

import io
import math
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import ExifTags, Image

from evaluation.datasets import jpeg_layout

MOST_PIXELS = 64_000_000
"""Largest picture that is decoded, 256 MB of memory; the largest of ImageNet's validation images has under 20 million.

Baseline JPEG, which can be decoded at a half, a quarter or an eighth, is read at the largest of these that fits.
"""

LONGEST_SHAPE = 100
"""How many times longer than wide a picture may be: a model's transform enlarges the shorter side."""

# All that Pillow raises for a file that it cannot read to the end.
_FAULTS = (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError)
# The tag of TIFF that says how many bits a value has; Pillow keeps 12 of them in 16 without stretching.
_BITS_PER_SAMPLE, _PHOTOMETRIC, _WHITE_IS_ZERO = 258, 262, 0
# Formats whose 32-bit mode holds 16-bit values.
_SIXTEEN_IN_32_BITS = ("PPM", "PNG")
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_EIGHT_BIT = 255
_JPEG = b"\xff\xd8\xff"
_DECODED_SHARES = (2, 4, 8)
# How the last bytes of a whole file look; some programs write a little behind them.
_ENDINGS = {"JPEG": (b"\xff\xd9", 65_536), "MPO": (b"\xff\xd9", 65_536), "PNG": (b"IEND", 4_096)}
_PNG_TURNED_BY = (b"eXIf", b"exif", b"xmp")


class Exif(StrEnum):
    """What is done about a photograph whose EXIF entry says that it is to be shown turned or mirrored."""

    APPLY = "apply"
    IGNORE = "ignore"


class Remark(StrEnum):
    """What was done, or left undone, to a picture that somebody who compares values should know of."""

    EXIF_ROTATED = "exif_rotated"
    DEEP = "deep"
    SHRUNK = "shrunk"

    def description(self, exif: Exif) -> str:
        """In words that follow a number of images.

        Args:
            exif: of the data set.
        """
        return {
            Remark.EXIF_ROTATED: f"EXIF-rotated ({_TURNED[exif]})",
            Remark.DEEP: "of more than 8 bits (scaled to 8)",
            Remark.SHRUNK: f"above {MOST_PIXELS / 1e6:.0f} million pixels (decoded smaller)",
        }[self]


_TURNED = {Exif.APPLY: "turned upright", Exif.IGNORE: "read as they lie"}


class Picture(NamedTuple):
    """A picture as it was read.

    Attributes:
        image: 8-bit RGB.
        remarks: what holds for it.
    """

    image: Image.Image
    remarks: tuple[Remark, ...]


class ExactJpeg(NamedTuple):
    """A JPEG file that any decoder decodes alike, as `evaluation.datasets.jpeg_layout` tells.

    Attributes:
        name: of the file.
        data: the bytes of the file.
        pixels: how many it has.
    """

    name: str
    data: bytes
    pixels: int


class Unreadable(Exception):
    """A file gives no picture; the message says why, without the file's name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """What a reader should know about an image file beside its pixels.

    Attributes:
        exif_rotated: whether its EXIF entry says that it is to be shown turned or mirrored.
        not_rgb: whether it is grey, has a palette, or is kept in other colours than red, green and blue.
        transparent: whether parts may be seen through; what lies behind them is taken as it is in the file.
        deep: whether its values have more than 8 bits, as far as Pillow keeps them.
        animated: whether it holds more than one picture; the first is taken.
    """

    exif_rotated: bool
    not_rgb: bool
    transparent: bool
    deep: bool
    animated: bool


def read_picture(path: str | Path | io.BytesIO, *, exif: Exif) -> Image.Image:
    """Read a file as 8-bit RGB.

    Values of more than 8 bits are scaled from the range that the file's mode has, never cut off. Colours become RGB and
    transparency is dropped as Pillow's `convert` does, like in timm and torchvision; of several pictures the first is
    taken.

    Args:
        path: of the file, or what is in it.
        exif: whether a photograph is turned as its EXIF entry says.

    Raises:
        Unreadable: it is no image, damaged, too large, too long, or its range of values is unknown.
    """
    return read_with_remarks(path, exif=exif).image


def read_with_remarks(path: str | Path | io.BytesIO, *, exif: Exif) -> Picture:
    """As `read_picture`, with what somebody who compares values should know of it."""
    with _open(path) as file:
        orientation = _orientation(file)
        holds_for = {
            Remark.EXIF_ROTATED: orientation in _UPRIGHT,
            Remark.DEEP: _is_deep(file),
            Remark.SHRUNK: _bound(file),
        }
        picture = _eight_bit(file)
        if exif is Exif.APPLY and orientation in _UPRIGHT:
            picture = picture.transpose(_UPRIGHT[orientation])
        return Picture(picture, tuple(remark for remark, holds in holds_for.items() if holds))


def exact_jpeg(path: str | Path) -> ExactJpeg | None:
    """A JPEG file of which any decoder makes the values that Pillow makes, and that is upright; None of any other file.

    Args:
        path: of the file.
    """
    try:
        with Path(path).open("rb") as opened:
            # Other kinds of files may be large, and are read as pictures anyway.
            head = opened.read(len(_JPEG))
            data = head + opened.read() if head == _JPEG else b""
        if not jpeg_layout.is_exact(data):
            return None
        with without_warnings(), _image_file(io.BytesIO(data)) as file:
            # One that is to be decoded smaller is not decoded alike either.
            as_it_is = file.format == "JPEG" and _orientation(file) not in _UPRIGHT and not _bound(file)
            return ExactJpeg(Path(path).name, data, math.prod(file.size)) if as_it_is else None
    except (OSError, Unreadable):
        # Whoever reads it as a picture says why it is none.
        return None


def kind_of(path: str | Path) -> Kind:
    """Look at a file without decoding it.

    Raises:
        Unreadable: it is no image.
    """
    with _open(path) as file:
        return _kind(file, exif_rotated=_orientation(file) in _UPRIGHT)


def kind_of_bytes(data: bytes) -> Kind:
    """As `kind_of`, of a file that is in memory, and with a look at its end; decoded only where that seems cut off.

    Threads may call it side by side within `without_warnings`.

    Raises:
        Unreadable: it is no image, cut off, too large, too long, or its range of values is unknown.
    """
    with _image_file(io.BytesIO(data)) as file:
        # Pillow decodes a whole PNG to look for an entry behind the pixels.
        may_be_turned = file.format != "PNG" or any(mark in data for mark in _PNG_TURNED_BY)
        kind = _kind(file, exif_rotated=may_be_turned and _orientation(file) in _UPRIGHT)
        _bound(file)
        ending, within = _ENDINGS.get(file.format or "", (b"", 0))
        # From the last byte on, where it mostly is: searching forwards took twice as long as all else here.
        if data.rfind(ending, max(0, len(data) - within)) < 0 or file.mode in ("F", "I"):
            _eight_bit(file)
        return kind


class _Silence:
    """Warnings are off while anybody is within; Python's own switch is for the whole program and not for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._within = 0
        self._before = warnings.catch_warnings()

    def enter(self) -> None:
        with self._lock:
            if self._within == 0:
                self._before = warnings.catch_warnings()
                self._before.__enter__()
                warnings.simplefilter("ignore")
            self._within += 1

    def leave(self) -> None:
        with self._lock:
            self._within -= 1
            if self._within == 0:
                self._before.__exit__(None, None, None)


_SILENCE = _Silence()


@contextmanager
def without_warnings() -> Iterator[None]:
    """Silence warnings of a large picture, which is bounded here, and of damage that a viewer passes over.

    Threads may be within side by side: the first one in turns warnings off, the last one out turns them on.
    """
    _SILENCE.enter()
    try:
        yield
    finally:
        _SILENCE.leave()


def _kind(file: Image.Image, *, exif_rotated: bool) -> Kind:
    return Kind(
        exif_rotated=exif_rotated,
        not_rgb=file.mode not in ("RGB", "RGBA", "RGBX"),
        transparent=file.has_transparency_data,
        deep=_is_deep(file),
        # A photograph with a preview beside it is no animation.
        animated=getattr(file, "n_frames", 1) > 1 and file.format != "MPO",
    )


@contextmanager
def _open(path: str | Path | io.BytesIO) -> Iterator[Image.Image]:
    with without_warnings(), _image_file(path) as file:
        yield file


@contextmanager
def _image_file(source: str | Path | io.BytesIO) -> Iterator[Image.Image]:
    try:
        with Image.open(source) as file:
            yield file
    except _FAULTS as error:
        raise Unreadable(str(error)) from error


def _orientation(file: Image.Image) -> int:
    try:
        return int(file.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:
        # A damaged entry raises anything, and a viewer shows a picture with one as it lies.
        return 1


def _is_deep(file: Image.Image) -> bool:
    return file.mode.startswith(("I", "F"))


def _bound(file: Image.Image) -> bool:
    """Have it decoded smaller where it is too large; whether that was needed."""
    width, height = file.size
    if max(width, height) > LONGEST_SHAPE * min(width, height):
        raise Unreadable(
            f"is {width} x {height} pixels, more than {LONGEST_SHAPE} times as long as wide. Cut it or leave it out."
        )
    if width * height <= MOST_PIXELS:
        return False
    # A progressive file is kept whole in memory whatever size is asked of it.
    if file.format in ("JPEG", "MPO") and not file.info.get("progressive"):
        for share in _DECODED_SHARES:
            if -(-width // share) * -(-height // share) <= MOST_PIXELS:
                file.draft(None, (width // share, height // share))
                return True
    raise Unreadable(
        f"is {width} x {height} pixels, {width * height / 1e6:.0f} million, and at most "
        f"{MOST_PIXELS / 1e6:.0f} million are decoded. Save it smaller."
    )


def _eight_bit(file: Image.Image) -> Image.Image:
    if file.mode.startswith("I"):
        return _grey_image(np.asarray(file), _largest(file), inverted=_white_is_zero(file))
    if file.mode == "F":
        values = np.asarray(file)
        low, high = float(values.min()), float(values.max())
        if not (low >= 0 and high <= 1):
            raise Unreadable(
                f"holds fractional values from {low:g} to {high:g}, whose range is unknown. Save it with values in "
                "[0, 1], or with 8 or 16 bits."
            )
        return _grey_image(values, 1, inverted=_white_is_zero(file))
    return file.convert("RGB")


def _largest(file: Image.Image) -> int:
    """The value that stands for white."""
    tags = getattr(file, "tag_v2", {})
    if file.mode != "I":
        return int(2 ** int(tags.get(_BITS_PER_SAMPLE, (16,))[0]) - 1)
    if file.format in _SIXTEEN_IN_32_BITS:
        return 2**16 - 1
    raise Unreadable(
        "holds whole numbers of 32 bits or with a sign, whose range is unknown. Save it with 8 or 16 bits and no sign."
    )


def _white_is_zero(file: Image.Image) -> bool:
    return getattr(file, "tag_v2", {}).get(_PHOTOMETRIC) == _WHITE_IS_ZERO


def _grey_image(values: np.ndarray, white: int, *, inverted: bool) -> Image.Image:
    share = values.astype(np.float32) / white
    grey = ((1 - share if inverted else share) * _EIGHT_BIT).round().astype(np.uint8)
    return Image.fromarray(grey).convert("RGB")


def shown_size(path: str | Path, *, exif: Exif) -> tuple[int, int]:
    """Width and height of a picture as `read_picture` gives it, without decoding it.

    Of one that is decoded smaller, the size that it has in the file.

    Raises:
        Unreadable: it is no image.
    """
    with _open(path) as file:
        width, height = file.size
        # Of the eight positions the last four stand on their side.
        sideways = exif is Exif.APPLY and _orientation(file) >= 5
        return (height, width) if sideways else (width, height)
