"""Selective accuracy, against a slow rewrite, a mean over random orders and models whose value follows on paper."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quba.dimensions import MEASURES
from quba.dimensions.selective_accuracy import selective_accuracy
from quba.measuring.jackknife import balanced_groups, jackknife_standard_error
from quba.measuring.observations import Measured, Observations


def run(confidence: np.ndarray, right: np.ndarray) -> Observations:
    """Two classes; a model so sure of the first one, which is right where it says so."""
    first = np.asarray(confidence, dtype=np.float32)
    return Observations(probabilities=np.column_stack([first, 1 - first]), labels=np.where(right, 0, 1))


def measured(confidence: np.ndarray, right: np.ndarray) -> Measured:
    return MEASURES["selective_accuracy"](run(confidence, right))


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 80))
def test_the_four_fifths_that_are_decided_most_confidently(seed: int, images: int) -> None:
    rng = np.random.default_rng(seed)
    confidence = rng.permutation(np.linspace(0.55, 0.95, images)).astype(np.float32)
    right = rng.random(images) < 0.7
    found = measured(confidence, right)
    best_first = sorted(zip(confidence.tolist(), right.tolist(), strict=True), reverse=True)
    kept = [was_right for _, was_right in best_first[: (4 * images + 4) // 5]]
    assert found.value == pytest.approx(sum(kept) / len(kept), abs=1e-12)
    assert found.parts == {"least_confidence": best_first[len(kept) - 1][0]}
    groups = balanced_groups(np.where(right, 0, 1))
    left_out = [
        selective_accuracy(confidence[groups.of_image != group], right[groups.of_image != group])
        for group in range(groups.count)
    ]
    assert found.replicates == pytest.approx(left_out, abs=1e-12)
    assert found.standard_error == pytest.approx(jackknife_standard_error(np.array(left_out)), abs=1e-12)


def test_where_the_limit_falls_among_equals_each_counts_by_its_chance() -> None:
    # Eight of ten are kept: four sure ones, all right, and four of six equals, of which three are right.
    confidence, right = np.repeat([0.9, 0.6], [4, 6]), np.repeat([True, False, True], [4, 3, 3])
    assert measured(confidence, right).value == pytest.approx((4 + 4 * 3 / 6) / 8)
    assert measured(confidence[::-1].copy(), right[::-1].copy()).value == pytest.approx(6 / 8)


def test_an_oracle_a_constant_and_one_that_knows_when_it_errs() -> None:
    assert measured(np.full(20, 0.9), np.ones(20, dtype=bool)).value == 1.0
    assert measured(np.full(20, 0.9), np.zeros(20, dtype=bool)).value == 0.0
    # Equally sure of all: the accuracy itself.
    assert measured(np.full(20, 0.9), np.arange(20) < 7).value == pytest.approx(0.35)
    assert measured(np.linspace(0.9, 0.6, 20), np.arange(20) < 16).value == 1.0
    assert measured(np.linspace(0.6, 0.9, 20), np.arange(20) < 16).value == pytest.approx(12 / 16)


def test_one_image_is_kept_and_has_no_error() -> None:
    found = measured(np.array([0.75]), np.array([True]))
    assert (found.value, found.standard_error, found.replicates) == (1.0, None, None)


def test_misuse() -> None:
    with pytest.raises(ValueError, match="no image"):
        selective_accuracy(np.zeros(0, dtype=np.float32), np.zeros(0, dtype=bool))
