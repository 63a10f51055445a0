"""Estimates of a difference, their intervals, and dominance, by brute force."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import norm

from quba.group_estimates import Estimator, bootstrap_interval, cliffs_delta, estimate
from quba.question import QuestionError

relaxed = settings(deadline=None)
samples = arrays(np.float64, st.integers(1, 9), elements=st.integers(-9, 9).map(lambda n: n / 8))


@relaxed
@given(samples, samples)
def test_two_groups(a: np.ndarray, b: np.ndarray) -> None:
    differences = [x - y for x in a for y in b]
    assert estimate(a, b, Estimator.HODGES_LEHMANN) == pytest.approx(np.median(differences))
    assert estimate(a, b, Estimator.MEAN_DIFFERENCE) == pytest.approx(np.mean(differences))
    assert cliffs_delta(a, b) == pytest.approx(np.mean(np.sign(differences)))


@relaxed
@given(samples)
def test_pairs(differences: np.ndarray) -> None:
    walsh = [(x + y) / 2 for x, y in itertools.combinations_with_replacement(differences, 2)]
    assert estimate(differences, None, Estimator.HODGES_LEHMANN) == pytest.approx(np.median(walsh))
    assert estimate(differences, None, Estimator.MEAN_DIFFERENCE) == pytest.approx(differences.mean())


@pytest.mark.parametrize("estimator", list(Estimator))
@pytest.mark.parametrize("paired", [False, True])
def test_the_bootstrap_of_normal_samples_is_near_the_normal_interval(estimator: Estimator, paired: bool) -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(1.0, 1.0, 60), rng.normal(0.0, 1.0, 50)
    low, high = bootstrap_interval(a, None if paired else b, estimator, rng=rng, draws=2000, confidence=0.95)
    variance = 1 / 60 if paired else 1 / 60 + 1 / 50
    centre = estimate(a, None if paired else b, estimator)
    # Hodges-Lehmann is nearly as sharp as the mean on normal samples.
    assert (high - low) / 2 == pytest.approx(norm.ppf(0.975) * np.sqrt(variance), rel=0.25)
    assert low < centre < high


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    rng = np.random.default_rng(1)
    held = 0
    for _ in range(300):
        low, high = bootstrap_interval(
            rng.exponential(1.0, 40),
            rng.exponential(1.0, 40),
            Estimator.MEAN_DIFFERENCE,
            rng=rng,
            draws=300,
            confidence=0.9,
        )
        held += low <= 0 <= high
    assert 0.84 <= held / 300 <= 0.95


def test_the_same_seed_gives_the_same_interval() -> None:
    a, b = np.arange(9.0), np.arange(7.0)
    first, second = (
        bootstrap_interval(a, b, Estimator.HODGES_LEHMANN, rng=np.random.default_rng(5), draws=99, confidence=0.9)
        for _ in range(2)
    )
    assert first == second


def test_many_draws_are_taken_in_blocks() -> None:
    a = np.arange(200.0)
    low, high = bootstrap_interval(
        a, a, Estimator.HODGES_LEHMANN, rng=np.random.default_rng(5), draws=120, confidence=0.9
    )
    assert low < 0 < high


def test_too_many_models_for_hodges_lehmann() -> None:
    with pytest.raises(QuestionError, match="use the mean difference") as caught:
        estimate(np.arange(300.0), np.arange(300.0), Estimator.HODGES_LEHMANN)
    assert caught.value.code == "too_many_models"


def test_every_estimator_has_a_sentence() -> None:
    assert all(estimator.meaning.endswith(".") for estimator in Estimator)
