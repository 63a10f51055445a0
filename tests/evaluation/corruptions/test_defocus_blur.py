"""Defocus by Fourier transform against SciPy's direct correlation."""

import numpy as np
import pytest
from scipy import ndimage

from evaluation.corruptions.defocus_blur import defocus_blur
from evaluation.corruptions.kernels import disk


@pytest.mark.parametrize(("severity", "radius", "softness"), [(1, 3, 0.1), (4, 8, 0.5)])
def test_every_point_is_spread_over_the_disk(severity: int, radius: float, softness: float) -> None:
    image = np.random.default_rng(0).random((112, 130, 3)).astype(np.float32)
    # Lengths are for a shorter side of 224.
    kernel = disk(radius / 2, softness / 2)
    expected = np.stack(
        [ndimage.correlate(image[..., channel], kernel, mode="reflect") for channel in range(3)], axis=2
    )
    assert np.abs(defocus_blur(image, severity, np.random.default_rng(0)) - expected).max() < 1e-5


def test_light_is_neither_made_nor_lost() -> None:
    image = np.zeros((224, 224, 3), dtype=np.float32)
    image[112, 112] = 1
    assert defocus_blur(image, 5, np.random.default_rng(0)).sum(axis=(0, 1)) == pytest.approx([1, 1, 1], abs=1e-4)
