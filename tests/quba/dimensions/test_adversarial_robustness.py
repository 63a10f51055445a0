"""Adversarial robustness."""

import pytest

from quba.dimensions.adversarial_robustness import adversarial_robustness
from quba.measuring.ratios import relative_accuracy


def test_geometric_mean_of_the_two_ratios() -> None:
    fgsm, pgd = relative_accuracy(0.32, 0.8), relative_accuracy(0.08, 0.8)
    assert adversarial_robustness(fgsm, pgd) == pytest.approx((0.4 * 0.1) ** 0.5)


def test_one_attack_that_leaves_nothing_right_makes_it_zero() -> None:
    assert adversarial_robustness(0.2, 0.0) == 0.0


def test_a_negative_ratio_is_refused() -> None:
    with pytest.raises(ValueError, match="0 or more"):
        adversarial_robustness(-0.1, 0.2)
