"""OOD robustness."""

import pytest

from quba.dimensions.ood_robustness import ood_robustness


def test_geometric_mean_of_five_ratios() -> None:
    ratios = [0.5, 0.6, 0.9, 0.4, 1.2]
    assert ood_robustness(ratios) == pytest.approx((0.5 * 0.6 * 0.9 * 0.4 * 1.2) ** 0.2)


def test_one_data_set_with_nothing_right_makes_it_zero() -> None:
    assert ood_robustness([0.5, 0.6, 0.9, 0.0, 1.2]) == 0.0


def test_no_data_set_is_refused() -> None:
    with pytest.raises(ValueError, match="no values"):
        ood_robustness([])
