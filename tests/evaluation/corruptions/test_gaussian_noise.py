"""Gaussian noise is normal, of the published size, and in every value on its own."""

import numpy as np
import pytest
from scipy.stats import kstest

from evaluation.corruptions.gaussian_noise import gaussian_noise


@pytest.mark.parametrize(("severity", "deviation"), [(1, 0.08), (2, 0.12), (3, 0.18), (4, 0.26), (5, 0.38)])
def test_what_is_added_is_normal(severity: int, deviation: float) -> None:
    image = np.random.default_rng(9).random((60, 60, 3)).astype(np.float32)
    added = gaussian_noise(image, severity, np.random.default_rng(severity)) - image
    assert kstest(added.ravel() / deviation, "norm").pvalue > 1e-3
    assert abs(np.corrcoef(added[..., 0].ravel(), added[..., 1].ravel())[0, 1]) < 0.06
    assert abs(np.corrcoef(added[:-1].ravel(), added[1:].ravel())[0, 1]) < 0.04
