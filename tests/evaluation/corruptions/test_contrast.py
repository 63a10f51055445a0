"""Contrast keeps the mean of each channel and shrinks all distances to it."""

import numpy as np
import pytest

from evaluation.corruptions.contrast import contrast


@pytest.mark.parametrize(("severity", "factor"), [(1, 0.4), (2, 0.3), (3, 0.2), (4, 0.1), (5, 0.05)])
def test_distances_to_the_mean_shrink_by_the_published_factor(severity: int, factor: float) -> None:
    image = np.random.default_rng(0).random((20, 30, 3)).astype(np.float32)
    image[..., 2] *= 0.3
    faded = contrast(image, severity, np.random.default_rng(0))
    assert faded.mean(axis=(0, 1)) == pytest.approx(image.mean(axis=(0, 1)), abs=1e-5)
    assert faded.std(axis=(0, 1)) == pytest.approx(factor * image.std(axis=(0, 1)), rel=1e-3)
    assert np.corrcoef(faded[..., 0].ravel(), image[..., 0].ravel())[0, 1] == pytest.approx(1, abs=1e-5)
