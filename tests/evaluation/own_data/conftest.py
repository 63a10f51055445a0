"""A small folder of one's own with everything that such folders have: 40 images, 3 classes, many formats, faults."""

import io
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image

COUNTS = {"daisy": 20, "red rose": 12, "tülip": 8}
SIDE = 24
LONG_AGO = 1_000_000_000


def picture(label: int, number: int, side: int = SIDE) -> Image.Image:
    """Noise in the colour of a class, different for each number."""
    rng = np.random.default_rng([label, number])
    pixels = rng.integers(0, 80, (side, side, 3))
    pixels[..., label] += 150
    return Image.fromarray(pixels.astype(np.uint8))


@dataclass(frozen=True)
class Folder:
    """A folder and what it takes to change it."""

    path: Path

    def write(self, name: str, data: bytes) -> Path:
        """Write a file and say that it is old, so that its stamp may be trusted."""
        place = self.path / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)
        os.utime(place, (LONG_AGO, LONG_AGO))
        return place

    def draw(self, name: str, label: int, number: int, **options: object) -> Path:
        """Save a picture under a name whose ending tells the format."""
        buffer = io.BytesIO()
        kind = Image.registered_extensions()[Path(name).suffix]
        picture(label, number).save(buffer, format=kind, **options)
        return self.write(name, buffer.getvalue())

    def define(self, text: str) -> None:
        """Write its benchmark.toml."""
        (self.path / "benchmark.toml").write_text(text, encoding="utf-8")


@pytest.fixture
def empty(tmp_path: Path) -> Folder:
    """A folder without anything."""
    (tmp_path / "flowers").mkdir()
    return Folder(tmp_path / "flowers")


def fill(folder: Folder) -> None:
    """The 40 images under val/: one broken, one rotated photograph, one duplicate, one animated, one of 16 bits."""
    endings = (".jpg", ".png", ".webp", ".bmp", ".JPEG".lower())
    for label, (name, count) in enumerate(COUNTS.items()):
        for number in range(count):
            folder.draw(f"val/{name}/image {number:02d}{endings[number % len(endings)]}", label, number)
    whole = (folder.path / "val/daisy/image 00.jpg").read_bytes()
    folder.write("val/daisy/image 05.jpg", whole[: len(whole) // 2])
    folder.write("val/daisy/image 11.png", (folder.path / "val/daisy/image 01.png").read_bytes())
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    folder.draw("val/red rose/image 00.jpg", 1, 0, exif=exif)
    buffer = io.BytesIO()
    picture(1, 1).save(buffer, format="GIF", save_all=True, append_images=[picture(1, 50)])
    (folder.path / "val/red rose/image 01.png").unlink()
    folder.write("val/red rose/image 01.gif", buffer.getvalue())
    buffer = io.BytesIO()
    Image.fromarray(np.arange(SIDE * SIDE, dtype=np.uint16).reshape(SIDE, SIDE) * 100).save(buffer, format="PNG")
    folder.write("val/tülip/image 01.png", buffer.getvalue())


@pytest.fixture
def flowers(empty: Folder) -> Folder:
    """The folder of 40 images."""
    fill(empty)
    return empty
