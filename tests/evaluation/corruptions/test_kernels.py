"""Disks, smears, zooms and clouds against SciPy, Pillow and counting by hand."""

import math
from typing import Any, Literal

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from evaluation.corruptions.kernels import as_pictures, disk, grey, path, plasma, smear, taken_from, zoom


def noise(height: int, width: int, seed: int = 0) -> NDArray[Any]:
    return np.random.default_rng(seed).random((height, width, 3)).astype(np.float32)


def test_what_leaves_the_unit_interval_is_brought_back_in_single_precision() -> None:
    found = as_pictures(np.array([-0.5, 0.25, 1.5]))
    assert found.dtype == np.float32
    assert found.tolist() == [0.0, 0.25, 1.0]


@pytest.mark.parametrize("radius", [1.5, 3.0, 6.4])
def test_a_disk_covers_each_pixel_as_finer_pixels_say(radius: float) -> None:
    kernel = disk(radius, 0.0)
    reach, fine = kernel.shape[0] // 2, 41
    steps = (np.arange((2 * reach + 1) * fine) + 0.5) / fine - reach - 0.5
    inside = np.hypot(*np.meshgrid(steps, steps)) <= radius
    covered = inside.reshape(2 * reach + 1, fine, 2 * reach + 1, fine).mean(axis=(1, 3))
    assert np.abs(kernel / kernel.max() - covered / covered.max()).max() < 0.16
    # All in all the rim evens out: the disk is as large as a circle of its radius.
    assert 1 / kernel.max() == pytest.approx(math.pi * radius**2, rel=0.1)


@given(radius=st.floats(0.2, 12), softness=st.sampled_from([0.0, 0.1, 0.5, 2.0]))
def test_a_disk_sums_to_one_and_looks_alike_from_all_four_sides(radius: float, softness: float) -> None:
    kernel = disk(radius, softness)
    assert kernel.sum() == pytest.approx(1, abs=1e-5)
    assert kernel.min() >= 0
    assert np.allclose(kernel, kernel.T, atol=1e-7)
    assert np.allclose(kernel, kernel[::-1], atol=1e-7)
    assert np.allclose(kernel, kernel[:, ::-1], atol=1e-7)


@pytest.mark.parametrize(
    ("degrees", "toward"),
    [(0.0, (0, -1)), (90.0, (-1, 0)), (180.0, (0, 1)), (-90.0, (1, 0)), (45.0, (-1, -1))],
)
def test_a_point_is_smeared_towards_those_that_take_from_it(degrees: float, toward: tuple[int, int]) -> None:
    point = np.zeros((21, 21, 3), dtype=np.float32)
    point[10, 10] = 1
    smeared = smear(point, path(2.0, degrees), 1.5)[..., 0]
    weights = np.exp(-(np.arange(5) ** 2) / (2 * 1.5**2))
    expected = np.zeros((21, 21))
    for offset, weight in enumerate(weights / weights.sum()):
        # Five steps of a diagonal of length one end after round(5 * 0.707) pixels on either axis.
        along = round(offset * math.sqrt(0.5)) if 0 not in toward else offset
        expected[10 + along * toward[0], 10 + along * toward[1]] += weight
    assert np.abs(smeared - expected).max() < 1e-6


@given(degrees=st.floats(-180, 180), radius=st.floats(0.1, 8), deviation=st.floats(0.01, 8), seed=st.integers(0, 99))
def test_a_smear_is_a_weighted_mean_of_what_is_there(
    degrees: float, radius: float, deviation: float, seed: int
) -> None:
    image = noise(9, 12, seed)
    smeared = smear(image, path(radius, degrees), deviation)
    assert smeared.shape == image.shape
    assert (smeared >= image.min(axis=(0, 1)) - 1e-5).all()
    assert (smeared <= image.max(axis=(0, 1)) + 1e-5).all()
    flat = np.full_like(image, 0.375)
    assert smear(flat, path(radius, degrees), deviation) == pytest.approx(flat, abs=1e-6)


@pytest.mark.parametrize("degrees", [0.0, 90.0])
def test_a_smear_along_an_axis_is_scipys_correlation(degrees: float) -> None:
    image = noise(17, 23)
    steps = 6
    weights = np.exp(-(np.arange(steps + 1) ** 2) / (2 * 2.0**2))
    kernel = np.zeros(2 * steps + 1)
    kernel[steps:] = weights / weights.sum()
    expected = ndimage.correlate1d(image, kernel, axis=1 if degrees == 0 else 0, mode="nearest")
    assert np.abs(smear(image, path(3.0, degrees), 2.0) - expected).max() < 1e-5


@pytest.mark.parametrize("factor", [1.0, 1.03, 1.26, 2.0, 4.5])
@pytest.mark.parametrize(("height", "width"), [(16, 16), (15, 22)])
def test_a_zoom_is_scipys_affine_map_about_the_centre(factor: float, height: int, width: int) -> None:
    image = noise(height, width)
    centre = (np.array([height, width]) - 1) / 2
    expected = np.stack(
        [
            ndimage.affine_transform(
                image[..., channel], np.full(2, 1 / factor), offset=centre - centre / factor, order=1, mode="nearest"
            )
            for channel in range(3)
        ],
        axis=2,
    )
    assert np.abs(zoom(image, factor) - expected).max() < 1e-5


@pytest.mark.parametrize("channels", [(), (1,), (3,)])
@pytest.mark.parametrize(
    ("border", "mode"),
    [(cv2.BORDER_REPLICATE, "nearest"), (cv2.BORDER_REFLECT, "reflect"), (cv2.BORDER_REFLECT_101, "mirror")],
)
@pytest.mark.parametrize(("height", "width"), [(16, 16), (9, 31), (1, 1)])
def test_what_is_taken_is_scipys_linear_interpolation_beyond_the_border_too(
    channels: tuple[int, ...], border: int, mode: Literal["nearest", "reflect", "mirror"], height: int, width: int
) -> None:
    rng = np.random.default_rng(3)
    image: NDArray[Any] = rng.random((height, width, *channels)).astype(np.float32)
    places: NDArray[Any] = rng.uniform(-20, 50, (2, 12, 17))
    each = image.reshape(height, width, -1)
    expected = [
        ndimage.map_coordinates(each[..., channel], places.astype(np.float32), order=1, mode=mode)
        for channel in range(each.shape[2])
    ]
    found = taken_from(image, places, border=border)
    assert found.shape == (12, 17, *channels)
    assert np.abs(found - np.stack(expected, axis=2).reshape(found.shape)).max() < 1e-5


def test_grey_is_pillows() -> None:
    eight_bit = np.random.default_rng(0).integers(0, 256, (20, 20, 3), dtype=np.uint8)
    expected = np.asarray(Image.fromarray(eight_bit).convert("L"), dtype=float)
    found = grey(eight_bit.astype(np.float32) / 255) * 255
    assert found.shape == (20, 20, 1)
    # Pillow rounds to whole steps.
    assert np.abs(found[..., 0] - expected).max() <= 0.51


@given(height=st.integers(1, 40), width=st.integers(1, 40), decay=st.floats(1.1, 3.0), seed=st.integers(0, 99))
def test_a_cloud_fills_an_image_of_any_size(height: int, width: int, decay: float, seed: int) -> None:
    cloud = plasma(height, width, decay, np.random.default_rng(seed))
    assert cloud.shape == (height, width)
    assert cloud.dtype == np.float32
    assert cloud.min() >= 0
    assert cloud.max() <= 1


def test_a_cloud_of_the_full_grid_reaches_both_ends_and_is_smoother_the_faster_its_noise_decays() -> None:
    clouds = [plasma(64, 64, decay, np.random.default_rng(7)) for decay in (1.4, 2.0, 3.0)]
    assert [(float(cloud.min()), float(cloud.max())) for cloud in clouds] == [(0.0, 1.0)] * 3
    steps = [np.abs(np.diff(cloud, axis=0)).mean() / cloud.std() for cloud in clouds]
    assert steps == sorted(steps, reverse=True)


def test_a_cloud_closes_at_its_edges() -> None:
    """Diamond-square on a torus: neighbours across the edge differ no more than neighbours within."""
    cloud = plasma(128, 128, 2.5, np.random.default_rng(1))
    across = np.abs(cloud[0] - cloud[-1]).mean()
    within = np.abs(np.diff(cloud, axis=0)).mean()
    assert across < 2 * within
