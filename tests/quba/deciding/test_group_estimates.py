"""Estimates of a difference, and dominance, by brute force."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from quba.deciding.group_estimates import Estimator, cliffs_delta, estimate
from quba.errors import QuestionError

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


def test_too_many_models_for_hodges_lehmann() -> None:
    with pytest.raises(QuestionError, match="use the mean difference") as caught:
        estimate(np.arange(300.0), np.arange(300.0), Estimator.HODGES_LEHMANN)
    assert caught.value.code == "too_many_models"


def test_every_estimator_has_a_sentence() -> None:
    assert all(estimator.meaning.endswith(".") for estimator in Estimator)
