"""The values that Pillow makes, each of them."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from evaluation import tensor_resize
from evaluation.tensor_resize import at_size
from tests.evaluation.devices import DEVICES

# Of fewer pixels both orders of directions may lead to the same bytes, so that it cannot be seen which is Pillow's.
SIDES = st.integers(8, 60)


def by_pillow(images: np.ndarray, size: tuple[int, int], resampling: Image.Resampling) -> np.ndarray:
    return np.stack([np.asarray(Image.fromarray(each).resize(size[::-1], resampling)) for each in images])


def by_torch(
    images: np.ndarray, size: tuple[int, int], resampling: Image.Resampling, device: str = "cpu"
) -> np.ndarray:
    found = at_size(torch.from_numpy(images).to(device).movedim(-1, 1), size, resampling)
    assert (found.dtype, found.device.type) == (torch.uint8, device)
    return found.movedim(1, -1).cpu().numpy()


def noise(height: int, width: int, count: int = 2) -> np.ndarray:
    return np.random.default_rng(height * width).integers(0, 256, (count, height, width, 3), dtype=np.uint8)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("resampling", Image.Resampling)
# From the size of corrupted photographs to those of models, and across and down by different shares: Pillow begins with
# the direction that leaves less to do.
@pytest.mark.parametrize(("old", "new"), [
    ((224, 224), (256, 256)), ((224, 224), (235, 235)), ((224, 224), (224, 224)), ((64, 80), (224, 280)),
    ((64, 80), (224, 200)), ((224, 224), (100, 333)), ((224, 224), (333, 100)), ((100, 300), (50, 280)),
    ((1, 1), (5, 9)), ((3, 7), (8, 2)),
])  # fmt: skip
def test_images_are_resized_to_the_very_bytes(
    resampling: Image.Resampling, old: tuple[int, int], new: tuple[int, int], device: str
) -> None:
    images = noise(*old)
    np.testing.assert_array_equal(by_torch(images, new, resampling, device), by_pillow(images, new, resampling))


@given(old=st.tuples(SIDES, SIDES), new=st.tuples(SIDES, SIDES), resampling=st.sampled_from(Image.Resampling))
def test_images_of_any_size_are(old: tuple[int, int], new: tuple[int, int], resampling: Image.Resampling) -> None:
    images = noise(*old, count=1)
    np.testing.assert_array_equal(by_torch(images, new, resampling), by_pillow(images, new, resampling))


@pytest.mark.parametrize("most", [1, 2_000, 20_000])
def test_lines_are_taken_in_parts_where_memory_would_not_bear_all(monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    images = noise(20, 30, count=5)
    monkeypatch.setattr(tensor_resize, "_MOST_TAKEN", most)
    np.testing.assert_array_equal(
        by_torch(images, (10, 13), Image.Resampling.BICUBIC), by_pillow(images, (10, 13), Image.Resampling.BICUBIC)
    )  # fmt: skip


@pytest.mark.parametrize("value", [0, 37, 255])
def test_one_colour_stays(value: int) -> None:
    flat = torch.full((1, 3, 20, 30), value, dtype=torch.uint8)
    assert (at_size(flat, (33, 11), Image.Resampling.BICUBIC) == value).all()
