"""Standard errors against formulas written out, finite differences and simulation by hand."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import gmean, norm

from quba.measuring.uncertainty import (
    accuracy_covariance,
    binomial_standard_error,
    confidence_interval,
    gap_standard_error,
    geometric_mean_standard_error,
    ratio_covariance,
    standard_errors,
)

relaxed = settings(deadline=None)
accuracies = arrays(np.float64, 3, elements=st.floats(0.05, 0.95))
roots = arrays(np.float64, (3, 3), elements=st.floats(-0.05, 0.05))


def numeric_gradient(function: object, at: np.ndarray) -> np.ndarray:
    assert callable(function)
    step = 1e-6
    return np.array(
        [(function(at + step * unit) - function(at - step * unit)) / (2 * step) for unit in np.eye(at.size)]
    )


def test_binomial() -> None:
    assert binomial_standard_error(0.5, 50_000) == pytest.approx(0.002236, abs=1e-6)
    assert binomial_standard_error(0.0, 5) == binomial_standard_error(1.0, 5) == 0.0


@pytest.mark.parametrize(("share", "count"), [(1.1, 5), (-0.1, 5), (math.nan, 5), (0.5, 0)])
def test_binomial_misuse(share: float, count: int) -> None:
    with pytest.raises(ValueError, match=r"share|count"):
        binomial_standard_error(share, count)


@given(arrays(np.float64, (3, 40), elements=st.sampled_from([0.0, 1.0])))
def test_images_that_are_the_same_covary_and_others_do_not(bits: np.ndarray) -> None:
    clean, same, _ = bits
    fewer = bits[2, :25]
    covariance = accuracy_covariance(clean, [same, fewer], same_images=True)
    assert covariance[:2, :2] == pytest.approx(np.cov(bits[:2], ddof=0) / 40, abs=1e-15)
    assert covariance[2].tolist() == [0, 0, pytest.approx(fewer.var() / 25)]
    apart = accuracy_covariance(clean, [same, fewer], same_images=False)
    assert apart == pytest.approx(np.diag(np.diag(covariance)), abs=1e-15)


@relaxed
@given(accuracies, roots)
def test_ratios_against_numeric_derivatives(values: np.ndarray, root: np.ndarray) -> None:
    covariance = root @ root.T
    found = ratio_covariance(values, covariance)
    slopes = np.array([numeric_gradient(lambda a, i=i: a[i] / a[0], values) for i in (1, 2)])
    assert found == pytest.approx(slopes @ covariance @ slopes.T, rel=1e-5, abs=1e-7)


def test_no_ratio_to_zero() -> None:
    with pytest.raises(ValueError, match=r"clean accuracy is 0\.0"):
        ratio_covariance(np.array([0.0, 0.1]), np.eye(2))


def test_a_variance_that_ends_a_rounding_below_0_is_0() -> None:
    assert standard_errors(np.array([[-1e-20, 0.0], [0.0, 4.0]])) == [0.0, 2.0]


@relaxed
@given(accuracies, roots)
def test_geometric_mean_against_numeric_derivatives(values: np.ndarray, root: np.ndarray) -> None:
    covariance = root @ root.T
    slopes = numeric_gradient(gmean, values)
    expected = math.sqrt(max(slopes @ covariance @ slopes, 0))
    found = geometric_mean_standard_error(values, covariance, np.full(3, 0.01))
    assert found == pytest.approx(expected, rel=1e-5, abs=1e-8)


def test_a_zero_counts_as_half_an_image() -> None:
    resolution = np.array([1 / 800, 1 / 800])
    found = geometric_mean_standard_error(np.array([0.25, 0.0]), np.eye(2), resolution)
    assert found == pytest.approx(gmean([0.25, 0.5 / 800]))


def test_half_an_image_is_what_the_prior_of_jeffreys_expects() -> None:
    # After none of 800 images, their expected number is about 1/2, so the root mean square of sqrt(a * count) is this.
    counts = np.random.default_rng(0).gamma(0.5, size=400_000)
    root_mean_square = np.sqrt(np.mean(0.25 * counts / 800))
    found = geometric_mean_standard_error(np.array([0.25, 0.0]), np.eye(2), np.full(2, 1 / 800))
    assert found == pytest.approx(root_mean_square, rel=0.01)


@relaxed
@given(accuracies)
def test_gap_against_numeric_derivatives(values: np.ndarray) -> None:
    counts = np.array([1000, 200, 300])
    slopes = numeric_gradient(lambda a: 1 - (a[1] - a[2]) / a[0], values)
    expected = math.sqrt(float(slopes**2 @ (values * (1 - values) / counts)))
    assert gap_standard_error(values, counts) == pytest.approx(expected, rel=1e-5)


def test_intervals() -> None:
    low, high = confidence_interval(0.5, 0.1, confidence=0.9)
    assert (low, high) == pytest.approx(norm.interval(0.9, loc=0.5, scale=0.1))
    assert confidence_interval(0.01, 0.1, lower_bound=0.0)[0] == 0.0
    assert confidence_interval(0.99, 0.1, upper_bound=1.0)[1] == 1.0
    assert confidence_interval(0.3, 0.0) == (0.3, 0.3)


@pytest.mark.parametrize(
    ("error", "confidence"), [(-1.0, 0.9), (math.nan, 0.9), (math.inf, 0.9), (0.1, 0.0), (0.1, 1.0)]
)
def test_interval_misuse(error: float, confidence: float) -> None:
    with pytest.raises(ValueError, match=r"standard_error is|confidence is"):
        confidence_interval(0.5, error, confidence=confidence)


def test_rounding_below_zero_is_an_error_of_zero() -> None:
    # Two values whose errors cancel, with a covariance that rounding took a little below what any covariance can be.
    opposite = np.array([[1.0, -1.0], [-1.0, 1.0]]) - 1e-12
    assert geometric_mean_standard_error(np.array([0.5, 0.5]), opposite, np.full(2, 0.01)) == 0.0
