"""Snow whitens what lies under it, and its flakes only add light."""

import numpy as np
import pytest

from evaluation.corruptions.snow import snow


@pytest.mark.parametrize(("severity", "share"), [(1, 0.8), (2, 0.7), (3, 0.7), (4, 0.65), (5, 0.55)])
def test_black_is_lifted_by_the_whitening_and_nothing_is_darkened(severity: int, share: float) -> None:
    black = np.zeros((40, 40, 3), dtype=np.float32)
    snowed = snow(black, severity, np.random.default_rng(0))
    # Between the flakes: what stays of black is 0, and the whitened share of it is half.
    assert snowed.min() >= (1 - share) * 0.5 - 1e-6
    image = np.random.default_rng(1).random((40, 40, 3)).astype(np.float32)
    assert (snow(image, severity, np.random.default_rng(0)) >= image - 1e-6).all()


def test_flakes_are_white_and_lie_in_two_layers_turned_against_each_other() -> None:
    black = np.zeros((40, 40, 3), dtype=np.float32)
    flakes = snow(black, 3, np.random.default_rng(0)) - np.float32(0.15)
    assert np.ptp(flakes, axis=2).max() < 1e-6
    assert flakes == pytest.approx(flakes[::-1, ::-1], abs=1e-5)
    assert flakes.max() > 0.05
