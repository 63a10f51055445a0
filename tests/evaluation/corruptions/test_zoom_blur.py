"""Zoom blur averages as many zooms as the published steps have."""

import numpy as np
import pytest

from evaluation.corruptions.kernels import zoom
from evaluation.corruptions.zoom_blur import zoom_blur


@pytest.mark.parametrize(("severity", "last", "copies"), [(1, 1.11, 12), (2, 1.15, 16), (3, 1.20, 11), (5, 1.30, 11)])
def test_the_mean_of_the_image_and_its_zooms(severity: int, last: float, copies: int) -> None:
    # Of the first severity the end itself is taken: the published steps round so.
    image = np.random.default_rng(0).random((24, 24, 3)).astype(np.float32)
    zoomed = [zoom(image, float(factor)) for factor in np.linspace(1, last, copies)]
    expected = (image + np.sum(zoomed, axis=0)) / (copies + 1)
    assert zoom_blur(image, severity, np.random.default_rng(0)) == pytest.approx(expected, abs=1e-5)


def test_the_centre_is_blurred_least() -> None:
    image = (np.indices((65, 65)).sum(axis=0) % 2).astype(np.float32)[..., None].repeat(3, axis=2)
    changed = np.abs(zoom_blur(image, 3, np.random.default_rng(0)) - image)
    assert changed[32, 32].max() < 1e-5 < changed[:8].mean()
