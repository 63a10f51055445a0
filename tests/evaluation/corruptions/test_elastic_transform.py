"""The elastic transform moves pixels and makes none."""

import numpy as np
import pytest
from scipy import ndimage

from evaluation.corruptions.elastic_transform import _affine, _smooth, elastic_transform


def test_without_a_shift_the_corners_stay() -> None:
    assert _affine(30, (60, 80), 0.0, np.random.default_rng(0)) == pytest.approx(np.eye(2, 3), abs=1e-12)


@pytest.mark.parametrize("deviation", [0.4, 2.4, 19.5, 170.8])
@pytest.mark.parametrize(("height", "width"), [(40, 56), (1, 7)])
def test_the_field_is_smoothed_as_scipy_does(deviation: float, height: int, width: int) -> None:
    noise = np.random.default_rng(0).uniform(-1, 1, (2, height, width))
    expected = ndimage.gaussian_filter(noise, (0, deviation, deviation), mode="reflect", truncate=3.0)
    assert _smooth(noise, deviation) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("severity", range(1, 6))
def test_values_stay_between_those_of_the_image(severity: int) -> None:
    rng = np.random.default_rng(severity)
    image = (0.2 + 0.6 * rng.random((50, 60, 3))).astype(np.float32)
    changed = elastic_transform(image, severity, rng)
    assert changed.shape == image.shape
    assert image.min() - 1e-5 <= changed.min()
    assert changed.max() <= image.max() + 1e-5
    # Channels are moved together: a grey image stays grey.
    grey = image[..., :1].repeat(3, axis=2)
    moved = elastic_transform(grey, severity, np.random.default_rng(0))
    assert np.ptp(moved, axis=2).max() < 1e-6
