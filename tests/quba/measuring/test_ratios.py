"""Relative accuracies and geometric means."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quba.dimension import Missing, UndefinedResult
from quba.measuring.ratios import geometric_mean, greatest_ratio, relative_accuracy

relaxed = settings(deadline=None)


def test_relative_accuracy_may_exceed_one() -> None:
    assert relative_accuracy(0.9, 0.75) == pytest.approx(1.2)


def test_relative_accuracy_without_clean_accuracy_is_absent_not_zero() -> None:
    with pytest.raises(UndefinedResult) as caught:
        relative_accuracy(0.1, 0.0)
    assert caught.value.reason is Missing.ZERO_CLEAN_ACCURACY


@pytest.mark.parametrize(("shifted", "clean"), [(1.5, 0.5), (0.5, -0.1), (0.5, 1.1), (math.nan, 0.5), (0.5, math.nan)])
def test_relative_accuracy_of_no_accuracy(shifted: float, clean: float) -> None:
    with pytest.raises(ValueError, match="fraction in"):
        relative_accuracy(shifted, clean)


def test_a_zero_makes_the_geometric_mean_zero() -> None:
    assert geometric_mean([0.0, 0.2]) == 0.0


@pytest.mark.parametrize("values", [[], [-0.1, 0.2], [math.nan], [math.inf, 1.0]])
def test_geometric_mean_refuses(values: list[float]) -> None:
    with pytest.raises(ValueError, match="geometric mean"):
        geometric_mean(values)


@relaxed
@given(st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=6))
def test_geometric_mean_is_the_root_of_the_product(values: list[float]) -> None:
    assert geometric_mean(values) == pytest.approx(math.prod(values) ** (1 / len(values)), rel=1e-9)


def test_the_greatest_ratio_is_that_of_all_changed_images_right() -> None:
    assert greatest_ratio(0.8) == relative_accuracy(1.0, 0.8) == 1.25
    with pytest.raises(UndefinedResult):
        greatest_ratio(0.0)
