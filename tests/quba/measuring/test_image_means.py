"""Means over images: their error, and the means without each group."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from quba.measuring.image_means import mean_error, means_without, measured_mean
from quba.measuring.jackknife import balanced_groups
from quba.measuring.uncertainty import binomial_standard_error

numbers = arrays(np.float64, st.integers(2, 60), elements=st.floats(-100, 100))


@given(numbers)
def test_the_error_is_the_deviation_over_the_root_of_the_count(values: np.ndarray) -> None:
    assert mean_error(values) == pytest.approx(values.std() / np.sqrt(values.size))


@given(arrays(np.bool_, st.integers(2, 60)))
def test_of_right_and_wrong_it_is_the_binomial_one(right: np.ndarray) -> None:
    expected = binomial_standard_error(float(right.mean()), right.size)
    assert mean_error(right.astype(np.float64)) == pytest.approx(expected, abs=1e-12)


@given(numbers)
def test_the_means_are_those_of_the_images_outside_each_group(values: np.ndarray) -> None:
    labels = np.arange(values.size) % 3
    groups = balanced_groups(labels)
    by_hand = [values[groups.of_image != group].mean() for group in range(groups.count)]
    assert means_without(values, groups) == pytest.approx(by_hand, abs=1e-9)
    found = measured_mean(float(values.mean()), values, labels)
    assert found.replicates == pytest.approx(by_hand, abs=1e-9)
    assert (found.value, found.sample_count) == (float(values.mean()), values.size)


def test_one_image_does_not_scatter() -> None:
    assert mean_error(np.array([3.0])) is None
    found = measured_mean(3.0, np.array([3.0]), np.array([0]))
    assert (found.value, found.standard_error, found.replicates) == (3.0, None, None)
