"""AURC, against a slow rewrite, every order of ties and models whose value follows on paper."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quba.dimensions import MEASURES
from quba.dimensions.area_under_risk_coverage import area_under_risk_coverage
from quba.measuring.jackknife import balanced_groups, jackknife_standard_error
from quba.measuring.observations import Measured, Observations


def measured(confidence: np.ndarray, right: np.ndarray) -> Measured:
    first = np.asarray(confidence, dtype=np.float32)
    probabilities = np.column_stack([first, 1 - first])
    return MEASURES["area_under_risk_coverage"](Observations(probabilities=probabilities, labels=np.where(right, 0, 1)))


def slow(wrong_by_confidence: list[bool]) -> float:
    risks = [sum(wrong_by_confidence[:kept]) / kept for kept in range(1, len(wrong_by_confidence) + 1)]
    return sum(risks) / len(risks)


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 80))
def test_the_mean_of_the_risks_at_every_coverage(seed: int, images: int) -> None:
    rng = np.random.default_rng(seed)
    confidence = rng.permutation(np.linspace(0.55, 0.95, images)).astype(np.float32)
    right = rng.random(images) < 0.7
    found = measured(confidence, right)
    assert found.value == pytest.approx(slow((~right[np.argsort(-confidence)]).tolist()), abs=1e-12)
    assert found.parts["least_possible"] == pytest.approx(slow(sorted((~right).tolist())), abs=1e-12)
    groups = balanced_groups(np.where(right, 0, 1))
    left_out = [
        area_under_risk_coverage(confidence[groups.of_image != group], right[groups.of_image != group])
        for group in range(groups.count)
    ]
    assert found.replicates == pytest.approx(left_out, abs=1e-12)
    assert found.standard_error == pytest.approx(jackknife_standard_error(np.array(left_out)), abs=1e-12)


def test_ties_count_as_the_mean_over_all_their_orders() -> None:
    tied = [True, True, False, False]
    expected = np.mean([slow([False, *order]) for order in permutations(tied)])
    assert measured(np.array([0.9, 0.6, 0.6, 0.6, 0.6]), ~np.array([False, *tied])).value == pytest.approx(expected)


def test_an_oracle_a_constant_and_two_opposite_models() -> None:
    assert measured(np.full(10, 0.9), np.ones(10, dtype=bool)).value == 0.0
    assert measured(np.full(10, 0.9), np.zeros(10, dtype=bool)).value == 1.0
    # Confidence that says nothing: the error rate at every coverage.
    assert measured(np.full(10, 0.9), np.arange(10) < 4).value == pytest.approx(0.6)
    knows = measured(np.linspace(0.9, 0.6, 10), np.arange(10) < 9)
    assert knows.value == knows.parts["least_possible"] == pytest.approx(0.01)
    # The only error comes first and is a share of 1/k of the k most confident images.
    assert measured(np.linspace(0.6, 0.9, 10), np.arange(10) < 9).value == pytest.approx(np.mean(1 / np.arange(1, 11)))


def test_one_image_has_no_error() -> None:
    found = measured(np.array([0.75]), np.array([True]))
    assert (found.value, found.standard_error, found.replicates) == (0.0, None, None)


def test_misuse() -> None:
    with pytest.raises(ValueError, match="no image"):
        area_under_risk_coverage(np.zeros(0, dtype=np.float32), np.zeros(0, dtype=bool))
