"""The two halves of the clean images, and the fit of a temperature against scipy's minimiser."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

from quba.dimension import Missing, UndefinedResult
from quba.measuring.jackknife import Groups, balanced_groups
from quba.measuring.temperature import MILDEST, SHARPEST, fitted_temperature, fitting_half, scaled_confidence

relaxed = settings(deadline=None)
some_labels = arrays(np.int64, st.integers(1, 200), elements=st.integers(0, 5))


@relaxed
@given(some_labels)
def test_the_halves_are_of_one_size_and_share_every_class(labels: np.ndarray) -> None:
    fits = fitting_half(labels)
    assert abs(2 * int(fits.sum()) - labels.size) <= 1
    for label in np.unique(labels):
        of_class = labels == label
        # In turn, and once in 20 images the turn is skipped.
        assert abs(2 * int(fits[of_class].sum()) - int(of_class.sum())) <= 2 + int(of_class.sum()) // 20


@relaxed
@given(some_labels)
def test_the_half_follows_from_the_labels_alone(labels: np.ndarray) -> None:
    assert np.array_equal(fitting_half(labels), fitting_half(labels.copy()))


def test_every_group_of_the_jackknife_is_in_both_halves() -> None:
    labels = np.arange(400) % 10
    groups, fits = balanced_groups(labels), fitting_half(labels)
    assert np.bincount(groups.of_image[fits], minlength=20).tolist() == [10] * 20
    assert np.bincount(groups.of_image[~fits], minlength=20).tolist() == [10] * 20


def test_the_half_is_pinned() -> None:
    # Another deal would give every stored value another temperature.
    assert np.flatnonzero(fitting_half(np.zeros(45, dtype=np.int64))).tolist() == [
        *range(0, 20, 2), *range(21, 40, 2), *range(40, 45, 2),
    ]  # fmt: skip


@relaxed
@given(st.integers(0, 2**32 - 1), st.floats(0.2, 5))
def test_the_minimum_is_that_of_a_general_minimiser(seed: int, sharpness: float) -> None:
    rng = np.random.default_rng(seed)
    logits = sharpness * rng.standard_normal((300, 6))
    labels = np.where(rng.random(300) < 0.6, logits.argmax(axis=1), rng.integers(0, 6, 300))
    fit = fitted_temperature(softmax(logits, axis=1).astype(np.float32), labels)

    def loss(logarithm: float) -> float:
        scaled: np.ndarray = log_softmax(logits * np.exp(logarithm), axis=1)
        return -float(scaled[np.arange(300), labels].mean())

    ends = (np.log(1 / MILDEST), np.log(1 / SHARPEST))
    expected = minimize_scalar(loss, bounds=ends, method="bounded", options={"xatol": 1e-9})
    assert loss(np.log(fit.inverse)) <= expected.fun + 1e-7
    if not fit.at_end:
        assert fit.inverse == pytest.approx(float(np.exp(expected.x)), rel=1e-3)


def test_a_step_without_a_group_is_nearly_a_fit_without_it() -> None:
    rng = np.random.default_rng(8)
    logits = 3 * rng.standard_normal((1000, 5))
    labels = np.where(rng.random(1000) < 0.7, logits.argmax(axis=1), rng.integers(0, 5, 1000))
    probabilities = softmax(logits, axis=1).astype(np.float32)
    groups = balanced_groups(labels)
    fit = fitted_temperature(probabilities, labels)
    refitted = [
        fitted_temperature(probabilities[groups.of_image != group], labels[groups.of_image != group]).inverse
        for group in range(groups.count)
    ]
    assert np.std(refitted) > 1e-3
    assert fit.inverses_without(groups) == pytest.approx(refitted, rel=2e-3)


def test_a_temperature_at_an_end_stays_there_without_any_group() -> None:
    doubtful = np.tile(np.array([[0.6, 0.4]], dtype=np.float32), (8, 1))
    fit = fitted_temperature(doubtful, np.zeros(8, dtype=np.int64))
    assert fit.at_end
    assert fit.inverses_without(Groups(np.arange(8) % 4, 4)).tolist() == [fit.inverse] * 4


@pytest.mark.parametrize("inverse", [0.01, 0.3, 1.0, 4.0, 100.0])
def test_scaled_confidence_is_that_of_scaled_logits(inverse: float) -> None:
    logits = np.random.default_rng(9).standard_normal((1100, 5))
    probabilities = softmax(logits, axis=1).astype(np.float32)
    confidence, slope = scaled_confidence(probabilities, inverse)
    expected = softmax(logits * inverse, axis=1).max(axis=1)
    assert confidence == pytest.approx(expected, abs=1e-5)
    step = 1e-4 * inverse
    sides = [softmax(logits * (inverse + side), axis=1).max(axis=1) for side in (-step, step)]
    assert slope == pytest.approx((sides[1] - sides[0]) / (2 * step), abs=1e-4)


def test_a_class_without_probability_never_gets_any() -> None:
    probabilities = np.array([[0.75, 0.25, 0.0]], dtype=np.float32)
    confidence, slope = scaled_confidence(probabilities, 1 / MILDEST)
    assert confidence[0] == pytest.approx(softmax(np.log([0.75, 0.25]) / MILDEST).max(), abs=1e-6)
    assert np.isfinite(slope[0])


def test_no_temperature_mends_a_right_class_without_probability() -> None:
    with pytest.raises(UndefinedResult, match="in 1 of the 2 images") as caught:
        fitted_temperature(np.array([[1.0, 0.0], [0.5, 0.5]], dtype=np.float32), np.array([1, 0]))
    assert caught.value.reason is Missing.NOT_APPLICABLE
