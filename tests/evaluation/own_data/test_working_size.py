from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image

from evaluation.datasets.reading import Exif
from evaluation.own_data.working_size import SIDE, covering, read_pixels, shrunk, shrunk_mask


@pytest.mark.parametrize(
    ("size", "found"),
    [((600, 512), (300, 256)), ((512, 600), (256, 300)), ((64, 90), (64, 90)), ((256, 999), (256, 999))],
)
def test_the_shorter_side_is_at_most_the_working_size(size: tuple[int, int], found: tuple[int, int]) -> None:
    assert shrunk(np.zeros((*size, 3), dtype=np.uint8)).shape == (*found, 3)
    assert min(found) <= SIDE


def test_a_mask_keeps_what_is_at_least_half_on_the_object() -> None:
    mask = np.zeros((8, 8), dtype=bool)
    mask[:, :5] = True
    # Of the column pair 4, 5 one is on the object.
    assert shrunk_mask(mask, 4, 4).tolist() == [[True, True, True, False]] * 4
    assert shrunk_mask(mask, 8, 8) is mask


@pytest.mark.parametrize("frame", [(50, 100), (100, 50), (64, 64), (31, 77)])
def test_a_background_fills_the_frame_without_distortion(frame: tuple[int, int]) -> None:
    # A disc stays a disc: as wide as high.
    rows, columns = np.mgrid[0:64, 0:64]
    disc = np.hypot(rows - 31.5, columns - 31.5) < 12
    picture = np.repeat(disc[..., np.newaxis], 3, axis=2).astype(np.uint8) * 255
    found = covering(picture, *frame)
    assert found.shape == (*frame, 3)
    seen = found[..., 0] > 127
    assert abs(int(seen.any(axis=0).sum()) - int(seen.any(axis=1).sum())) <= 1


def test_photographs_are_turned_as_they_are_shown(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    Image.new("RGB", (40, 20)).save(tmp_path / "a.jpg", exif=exif)
    assert read_pixels(tmp_path / "a.jpg", exif=Exif.APPLY).shape == (40, 20, 3)
    assert read_pixels(tmp_path / "a.jpg", exif=Exif.IGNORE).shape == (20, 40, 3)
