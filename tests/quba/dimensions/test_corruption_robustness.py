"""Corruption robustness."""

import numpy as np
import pytest

from quba.dimension import Missing, UndefinedResult
from quba.dimensions.corruption_robustness import _standard_error, corruption_robustness
from quba.measuring.observations import Outcome


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


def test_the_standard_error_where_corrupted_sets_are_smaller() -> None:
    # 80 % of 400 clean images right, 60 % of 100 and of 50 corrupted ones: relative errors add in squares.
    clean, larger, smaller = (
        Outcome(right=np.arange(n) < share * n) for n, share in ((400, 0.8), (100, 0.6), (50, 0.6))
    )
    of_clean = np.sqrt(0.8 * 0.2 / 400)
    of_corrupted = (np.sqrt(0.6 * 0.4 / 100) + np.sqrt(0.6 * 0.4 / 50)) / 2
    expected = 0.6 / 0.8 * np.hypot(of_clean / 0.8, of_corrupted / 0.6)
    assert _standard_error(clean, [larger, smaller]) == pytest.approx(expected, rel=1e-12)
