"""The kernels of torch against those of NumPy, SciPy, OpenCV and Pillow: the same numbers, of many images at once."""

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL.Image import Resampling

from evaluation.corruptions import kernels
from evaluation.corruptions.kernels import disk, path

SIZES = [(1, 1), (12, 12), (9, 31), (64, 40)]
COUNT = 3


def noise(height: int, width: int, channels: int = 3) -> NDArray[np.float32]:
    return np.random.default_rng(height + width).random((COUNT, height, width, channels)).astype(np.float32)


def furthest(found: torch.Tensor, expected: list[NDArray[np.float32]]) -> float:
    assert found.dtype == torch.float32
    assert found.shape == np.stack(expected).shape
    return float(np.abs(found.numpy() - np.stack(expected)).max())


@pytest.mark.parametrize(("height", "width"), SIZES)
@pytest.mark.parametrize("radius", [0.4, 3.0, 10.0])
def test_a_point_is_spread_alike(height: int, width: int, radius: float) -> None:
    images, kernel = noise(height, width), disk(radius, 0.5)
    found = kernels.spread(torch.from_numpy(images), kernel)
    assert furthest(found, [kernels.spread(image, kernel) for image in images]) < 1e-6


@pytest.mark.parametrize(("height", "width"), SIZES)
@pytest.mark.parametrize("deviation", [0.1, 0.7, 3.0])
def test_a_blur_is_scipys_to_the_last_bit(height: int, width: int, deviation: float) -> None:
    images = noise(height, width)
    found = kernels.gaussian_blur(torch.from_numpy(images), deviation)
    alone = [kernels.gaussian_blur(image, deviation) for image in images]
    # A bit of 32, where another order of a sum of 64 bits comes out on the other side of a half.
    assert furthest(found, alone) <= np.finfo(np.float32).eps
    assert (found.numpy() != np.stack(alone)).mean() < 0.001


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(("height", "width"), SIZES)
def test_each_image_is_smeared_along_its_own_path(height: int, width: int, channels: int) -> None:
    images = noise(height, width, channels)
    paths = [path(4.0, degrees) for degrees in (-130.0, 0.0, 77.0)]
    found = kernels.smear(torch.from_numpy(images), torch.from_numpy(np.stack(paths)), 2.5)
    alone = [kernels.smear(image, steps, 2.5) for image, steps in zip(images, paths, strict=True)]
    assert furthest(found, alone) == 0


@pytest.mark.parametrize("border", [cv2.BORDER_REPLICATE, cv2.BORDER_REFLECT, cv2.BORDER_REFLECT_101])
@pytest.mark.parametrize(("height", "width"), SIZES)
def test_what_is_taken_from_each_image_is_opencvs(border: int, height: int, width: int) -> None:
    images = noise(height, width)
    # Within the image and as far beyond it as it is large.
    spans = np.array([height, width])[:, None, None]
    places = np.random.default_rng(0).uniform(-1, 2, (COUNT, 2, 20, 17)) * spans
    found = kernels.taken_from(torch.from_numpy(images), torch.from_numpy(places), border=border)
    alone = [kernels.taken_from(image, place, border=border) for image, place in zip(images, places, strict=True)]
    assert furthest(found, alone) < 1e-5


@pytest.mark.parametrize("border", [cv2.BORDER_REPLICATE, cv2.BORDER_REFLECT, cv2.BORDER_REFLECT_101])
def test_of_one_colour_the_same_colour_is_taken_exactly(border: int) -> None:
    """A bit less, and every 8-bit value of the area would be one lower."""
    values = (np.arange(256, dtype=np.float32) / 255)[:, None, None, None]
    places = torch.from_numpy(np.random.default_rng(0).uniform(-9, 17, (256, 2, 8, 8)))
    images = torch.from_numpy(np.broadcast_to(values, (256, 8, 8, 3)).copy())
    assert torch.equal(kernels.taken_from(images, places, border=border), images)


@pytest.mark.parametrize(("height", "width"), SIZES)
@pytest.mark.parametrize("factor", [1.0, 1.11, 4.5])
def test_all_images_are_zoomed_alike(height: int, width: int, factor: float) -> None:
    images = noise(height, width)
    found = kernels.zoom(torch.from_numpy(images), factor)
    assert furthest(found, [kernels.zoom(image, factor) for image in images]) < 1e-5


@pytest.mark.parametrize(("height", "width"), SIZES)
def test_pixels_take_the_values_of_others_of_their_own_image(height: int, width: int) -> None:
    images = noise(height, width)
    sources = np.random.default_rng(0).integers(0, height * width, (COUNT, height * width), dtype=np.int32)
    found = kernels.exchange(torch.from_numpy(images), torch.from_numpy(sources))
    alone = [kernels.exchange(image, source) for image, source in zip(images, sources, strict=True)]
    assert furthest(found, alone) == 0


@pytest.mark.parametrize(("height", "width"), SIZES)
@pytest.mark.parametrize("resampling", [Resampling.BOX, Resampling.NEAREST])
def test_images_are_resized_as_pillow_does(height: int, width: int, resampling: Resampling) -> None:
    images = (noise(height, width) * 255).round() / np.float32(255)
    found = kernels.at_size(torch.from_numpy(images), (7, 10), resampling)
    assert furthest(found, [kernels.at_size(image, (7, 10), resampling) for image in images]) == 0


def test_brightness_is_weighed_alike_and_all_is_brought_back_into_the_range() -> None:
    images = noise(9, 7)
    grey = kernels.grey(torch.from_numpy(images))
    assert furthest(grey, [kernels.grey(image) for image in images]) < 1e-6
    back = kernels.as_pictures(torch.tensor([-0.5, 0.25, 1.5], dtype=torch.float64))
    assert (back.dtype, back.tolist()) == (torch.float32, [0.0, 0.25, 1.0])
