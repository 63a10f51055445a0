"""Twenty-four images of a set on one page with a caption each, so that a person sees what was measured."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from evaluation.datasets.reading import Exif, Unreadable
from evaluation.own_data.working_size import Pixels, read_pixels
from quba.benchmarks import contact_sheet_folder

SHOWN = 24
_COLUMNS, _TILE, _CAPTION, _GAP = 6, 160, 30, 8
_LETTERS = 11
_LONGEST_LINE = 26


Show = Callable[[], Pixels | None]


def write_contact_sheet(target: Path, images: Sequence[tuple[Show, str]]) -> None:
    """Write a page as PNG; the same images give the same bytes.

    Args:
        target: where to; its folder is made.
        images: pictures, None for one that cannot be had, with their captions of up to two lines; one or more. Of more
            than 24, so many at equal distances are shown.
    """
    places = np.unique(np.linspace(0, len(images) - 1, SHOWN).round().astype(int)).tolist()
    rows = -(-len(places) // _COLUMNS)
    sheet = Image.new("RGB", (_GAP + _COLUMNS * (_TILE + _GAP), _GAP + rows * (_TILE + _CAPTION + _GAP)), color="white")
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(_LETTERS)
    for number, place in enumerate(places):
        show, caption = images[place]
        left = _GAP + number % _COLUMNS * (_TILE + _GAP)
        top = _GAP + number // _COLUMNS * (_TILE + _CAPTION + _GAP)
        sheet.paste(_tile(show()), (left, top))
        for line, words in enumerate(caption.split("\n")[:2]):
            shown = words if len(words) <= _LONGEST_LINE else words[: _LONGEST_LINE - 1] + "…"
            pen.text((left, top + _TILE + 2 + line * (_LETTERS + 2)), shown, fill="black", font=font)
    target.parent.mkdir(parents=True, exist_ok=True)
    sheet.save(target, compress_level=6)


def picture_of(path: Path) -> Pixels | None:
    """A generated picture; None where the file stands for one that cannot be read."""
    try:
        return read_pixels(path, exif=Exif.IGNORE)
    except Unreadable:
        return None


def share_contact_sheets(key: str, digest: str | None, *, made: Path, shown: Path) -> None:
    """Lay the contact sheets of a benchmark where the service looks for them; they are small, the sets stay.

    Args:
        key: of the benchmark.
        digest: of the version that was measured; None for a built-in benchmark, which has none.
        made: data folder of whoever measured, where generated sets lie.
        shown: data folder of the service; nothing is to be done where that is the same.

    Raises:
        OSError: the folder cannot be written.
    """
    if digest is None:
        return
    source, target = (folder / contact_sheet_folder(key, digest) for folder in (made, shown))
    if source.resolve() == target.resolve():
        return
    for sheet in sorted(source.glob("*.png")):
        place, content = target / sheet.name, sheet.read_bytes()
        if place.is_file() and place.read_bytes() == content:
            continue
        target.mkdir(parents=True, exist_ok=True)
        # Whoever looks meanwhile sees all of it or none.
        unfinished = target / f"{sheet.stem}.{os.getpid()}.unfinished"
        unfinished.write_bytes(content)
        unfinished.replace(place)


def _tile(pixels: Pixels | None) -> Image.Image:
    """A picture within a grey square, so that white ones have an end."""
    tile = Image.new("RGB", (_TILE, _TILE), color=(224, 224, 224))
    if pixels is None:
        return tile
    picture = Image.fromarray(pixels)
    picture.thumbnail((_TILE, _TILE), Image.Resampling.BOX if max(picture.size) > _TILE else Image.Resampling.NEAREST)
    share = _TILE / max(picture.size)
    # Small drawings are enlarged in whole pixels: a person judges them as they are.
    if share >= 2:
        picture = picture.resize((picture.width * int(share), picture.height * int(share)), Image.Resampling.NEAREST)
    tile.paste(picture, ((_TILE - picture.width) // 2, (_TILE - picture.height) // 2))
    return tile
