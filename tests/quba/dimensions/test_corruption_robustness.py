"""Corruption robustness."""

import numpy as np
import pytest

from quba.dimension import Missing, UndefinedResult
from quba.dimensions.corruption_robustness import corruption_robustness


def test_plain_mean_of_75_ratios() -> None:
    accuracies = np.random.default_rng(0).random((15, 5))
    per_corruption = [np.mean([accuracy / 0.8 for accuracy in row]) for row in accuracies]
    assert corruption_robustness(accuracies, 0.8) == pytest.approx(np.mean(per_corruption), rel=1e-12)
    assert corruption_robustness(accuracies, 0.8) == pytest.approx((accuracies / 0.8).mean(), rel=1e-12)


def test_zero_clean_accuracy_is_undefined() -> None:
    with pytest.raises(UndefinedResult) as caught:
        corruption_robustness(np.full((15, 5), 0.1), 0.0)
    assert caught.value.reason is Missing.ZERO_CLEAN_ACCURACY


@pytest.mark.parametrize("accuracies", [np.empty((0, 5)), np.empty((15, 0)), np.array([[1.2]]), np.array([[np.nan]])])
def test_misuse_is_refused(accuracies: np.ndarray) -> None:
    with pytest.raises(ValueError, match="accurac"):
        corruption_robustness(accuracies, 0.8)
