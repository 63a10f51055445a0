"""Impulse noise replaces single values, half of them by dark and half by bright."""

import numpy as np
import pytest
from scipy.stats import binomtest

from evaluation.corruptions.impulse_noise import impulse_noise


@pytest.mark.parametrize(("severity", "share"), [(1, 0.03), (2, 0.06), (3, 0.09), (4, 0.17), (5, 0.27)])
def test_the_share_is_that_published_and_both_ends_are_as_frequent(severity: int, share: float) -> None:
    noisy = impulse_noise(np.full((150, 150, 3), 0.5, dtype=np.float32), severity, np.random.default_rng(severity))
    dark, bright = int((noisy == 0).sum()), int((noisy == 1).sum())
    assert set(np.unique(noisy)) == {0.0, 0.5, 1.0}
    assert binomtest(dark + bright, noisy.size, share).pvalue > 1e-4
    assert binomtest(dark, dark + bright, 0.5).pvalue > 1e-4


def test_channels_fail_on_their_own() -> None:
    noisy = impulse_noise(np.full((150, 150, 3), 0.5, dtype=np.float32), 5, np.random.default_rng(0))
    failed = noisy != 0.5
    assert failed.all(axis=2).mean() == pytest.approx(0.27**3, rel=0.2)
