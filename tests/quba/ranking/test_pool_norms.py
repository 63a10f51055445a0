"""Norms of a pool of one's own: the pool's spread, and never less than noise and what matters."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from quba.dimensions import DIMENSIONS
from quba.ranking.normalisation import Normalisation, standardise
from quba.ranking.pool_norms import pool_norms, standardise_by
from quba.reference import Reference

relaxed = settings(deadline=None, max_examples=30)
KEYS = list(DIMENSIONS)
# So near each other that none is an outlier on any dimension.
values = arrays(np.float64, st.integers(1, 12), elements=st.floats(0, 0.04))
NONE_KNOWN = np.full(4, np.nan)


def norm_of(key: str, column: np.ndarray, errors: np.ndarray, among: np.ndarray | None = None) -> Reference:
    return pool_norms({key: column}, {key: errors}, among)[key]


@pytest.mark.parametrize("key", KEYS)
@relaxed
@given(column=values, data=st.data())
def test_a_spread_is_at_least_noise_and_what_matters(key: str, column: np.ndarray, data: st.DataObject) -> None:
    errors = data.draw(arrays(np.float64, column.size, elements=st.one_of(st.floats(0, 0.3), st.just(np.nan))))
    found = norm_of(key, column, errors)
    known = errors[~np.isnan(errors)]
    noise = 2 * np.median(known) if known.size else 0
    least = max(noise, DIMENSIONS[key].smallest_meaningful_difference)
    assert found.standard_deviation == pytest.approx(max(column.std(), least))
    assert found.mean == pytest.approx(column.mean())


@relaxed
@given(column=values, shift=st.floats(-0.5, 0.5))
def test_a_shift_of_all_models_moves_no_score(column: np.ndarray, shift: float) -> None:
    errors = np.full(column.size, 0.01)
    before = standardise_by({"object_focus": column}, pool_norms({"object_focus": column}, {"object_focus": errors}))
    moved = {"object_focus": column + shift}
    after = standardise_by(moved, pool_norms(moved, {"object_focus": errors}))
    assert after["object_focus"] == pytest.approx(before["object_focus"], abs=1e-9)


def test_equal_models_stay_within_half_a_spread_of_each_other_on_the_whole() -> None:
    """Models that are the same but for sampling noise must not be told apart as a z-score tells them."""
    rng, pools, models = np.random.default_rng(7), 4000, 5
    errors = np.full(models, 0.03)
    floored, plain = [], []
    for _ in range(pools):
        column = 0.8 + 0.03 * rng.standard_normal(models)
        given_norms = pool_norms({"accuracy": column}, {"accuracy": errors})
        floored.append(standardise_by({"accuracy": column}, given_norms)["accuracy"].std())
        plain.append(standardise({"accuracy": column}, Normalisation.ZSCORE)["accuracy"].std())
    # The standard deviation of five draws is about 0.84 of the true one (c4 with n - 1, times sqrt(4 / 5)).
    assert np.mean(floored) == pytest.approx(0.84 / 2, abs=0.01)
    assert np.mean(plain) == pytest.approx(1)


def test_errors_that_nobody_knows_leave_the_smallest_meaningful_difference() -> None:
    least = DIMENSIONS["accuracy"].smallest_meaningful_difference
    assert norm_of("accuracy", np.full(4, 0.8), NONE_KNOWN) == Reference(0.8, least)


def test_without_errors_it_is_what_standardise_gives() -> None:
    column = np.array([0.1, 0.5, 0.2, np.nan])
    own = standardise_by({"shape_bias": column}, pool_norms({"shape_bias": column}, {"shape_bias": NONE_KNOWN}))
    assert own["shape_bias"] == pytest.approx(
        standardise({"shape_bias": column}, Normalisation.POOL)["shape_bias"], nan_ok=True
    )


def test_only_the_models_among_make_the_norm() -> None:
    column, errors = np.array([0.5, 0.9, 0.1, np.nan]), np.array([0.1, 0.1, 0.9, 0.9])
    found = norm_of("accuracy", column, errors, np.array([True, True, False, True]))
    assert [found.mean, found.standard_deviation] == pytest.approx([0.7, 0.2])


def test_a_slip_of_a_digit_makes_no_norm_and_brings_no_error() -> None:
    column = np.array([20.0, 25.0, 30.0, 25_000_000.0])
    found = norm_of("parameters_millions", column, np.array([0.0, 0.0, 0.0, 9e9]))
    assert found.mean == 25
    assert found.standard_deviation < 100


def test_a_dimension_without_values_has_no_norm_and_stays_missing() -> None:
    columns = {"accuracy": np.array([0.5, 0.7]), "shape_bias": np.full(2, np.nan)}
    found = pool_norms(columns, {key: np.full(2, np.nan) for key in columns})
    assert list(found) == ["accuracy"]
    assert np.isnan(standardise_by(columns, found)["shape_bias"]).all()


def test_frozen_norms_move_nobody_when_a_model_is_added() -> None:
    column = np.array([0.5, 0.6, 0.8])
    frozen = pool_norms({"accuracy": column}, {"accuracy": np.full(3, 0.01)})
    before = standardise_by({"accuracy": column}, frozen)["accuracy"]
    after = standardise_by({"accuracy": np.append(column, 0.99)}, frozen)["accuracy"]
    assert after[:3].tolist() == before.tolist()


def test_larger_is_better_where_lower_values_are() -> None:
    found = standardise_by({"calibration_error": np.array([0.1, 0.3])}, {"calibration_error": Reference(0.2, 0.1)})
    assert found["calibration_error"] == pytest.approx([1, -1])


def test_a_column_with_values_needs_a_norm() -> None:
    with pytest.raises(KeyError):
        standardise_by({"accuracy": np.array([0.5])}, {})
