"""Weights and scores."""

import math
from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from quba.dimensions import DIMENSIONS, STUDY_DIMENSIONS
from quba.ranking.normalisation import Normalisation, standardise
from quba.ranking.score import WeightError, checked_weights, score

relaxed = settings(deadline=None)
some_weights = st.dictionaries(st.sampled_from(STUDY_DIMENSIONS), st.floats(0.01, 10), min_size=1)
z_tables = arrays(np.float64, (9, 6), elements=st.floats(-20, 20))


def as_columns(table: np.ndarray) -> dict[str, np.ndarray]:
    return dict(zip(STUDY_DIMENSIONS, table, strict=True))


def test_absent_keys_weigh_nothing_and_all_are_named() -> None:
    weights = checked_weights({"shape_bias": 2, "accuracy": 0.5})
    assert list(weights) == list(DIMENSIONS)
    assert {key: weight for key, weight in weights.items() if weight} == {"accuracy": 0.5, "shape_bias": 2.0}
    assert all(type(weight) is float for weight in weights.values())


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ({"fairness": 1.0}, r"'fairness' has no dimension; use one of accuracy"),
        ({"accuracy": -1.0}, r"accuracy is -1.0; weights must be 0 or more. Use 0 to leave it out"),
        ({"calibration_error": -1}, r"lower is better is already in the dimension"),
        ({"accuracy": math.nan}, r"accuracy is nan; weights must be finite"),
        ({"accuracy": math.inf}, r"accuracy is inf; weights must be finite"),
        ({"accuracy": True}, r"accuracy is True; weights must be numbers"),
        ({"accuracy": 0.0, "shape_bias": 0}, r"all weights are 0; at least one must be positive. Give"),
        ({}, r"all weights are 0"),
    ],
)
def test_weights_that_no_score_can_be_computed_with(weights: Mapping[str, float], message: str) -> None:
    with pytest.raises(WeightError, match=message):
        checked_weights(weights)


@pytest.mark.usefixtures("unchecked_shapes")
def test_a_weight_that_is_no_number() -> None:
    with pytest.raises(WeightError, match="accuracy is '1'; weights must be numbers"):
        checked_weights({"accuracy": "1"})  # type: ignore[dict-item]


def test_a_positive_weight_needs_a_column() -> None:
    columns = {"accuracy": np.array([1.0])}
    with pytest.raises(WeightError, match="no values for shape_bias; add the columns or set these weights to 0"):
        score(columns, {"accuracy": 1.0, "shape_bias": 1.0})
    assert score(columns, {"accuracy": 1.0, "shape_bias": 0.0}).score.tolist() == [1.0]


def test_a_missing_value_costs_the_score_only_where_it_weighs() -> None:
    columns = {"accuracy": np.array([1.0, 2.0]), "shape_bias": np.array([np.nan, 4.0])}
    both = score(columns, {"accuracy": 1.0, "shape_bias": 1.0})
    assert np.isnan(both.score[0])
    assert both.score[1] == 3.0
    assert np.isnan(both.contributions(0)["shape_bias"])
    assert [both.contributions(row)["accuracy"] for row in (0, 1)] == [0.5, 1.0]
    assert score(columns, {"accuracy": 1.0}).score.tolist() == [1.0, 2.0]


def test_only_positive_weights_contribute() -> None:
    columns = as_columns(np.ones((9, 2)))
    assert set(score(columns, {"accuracy": 1.0, "shape_bias": 0.0}).contributions(0)) == {"accuracy"}


def test_no_model_at_all() -> None:
    assert score({"accuracy": np.array([])}, {"accuracy": 1.0}).score.shape == (0,)


@pytest.mark.parametrize("extreme", [1e308, 5e-324])
def test_weights_near_the_ends_of_the_number_range(extreme: float) -> None:
    columns = as_columns(np.ones((9, 2)))
    assert score(columns, dict.fromkeys(STUDY_DIMENSIONS, extreme)).score == pytest.approx(np.ones(2))


@relaxed
@given(table=z_tables, weights=some_weights)
def test_against_the_formula_written_out(table: np.ndarray, weights: dict[str, float]) -> None:
    columns = as_columns(table)
    expected = sum(weight * columns[key] for key, weight in weights.items()) / sum(weights.values())
    assert score(columns, weights).score == pytest.approx(expected, abs=1e-12)


@relaxed
@given(table=z_tables, weights=some_weights, factor=st.floats(1e-6, 1e6))
def test_scaling_all_weights_changes_nothing(table: np.ndarray, weights: dict[str, float], factor: float) -> None:
    scaled = {key: weight * factor for key, weight in weights.items()}
    assert score(as_columns(table), scaled).score == pytest.approx(score(as_columns(table), weights).score, abs=1e-12)


@relaxed
@given(table=z_tables, weights=some_weights, data=st.data())
def test_the_order_of_the_dimensions_does_not_matter(
    table: np.ndarray, weights: dict[str, float], data: st.DataObject
) -> None:
    columns = as_columns(table)
    shuffled = {key: columns[key] for key in data.draw(st.permutations(list(columns)))}
    reordered = {key: weights[key] for key in data.draw(st.permutations(list(weights)))}
    np.testing.assert_array_equal(score(shuffled, reordered).score, score(columns, weights).score)


@relaxed
@given(table=z_tables, weights=some_weights, data=st.data())
def test_the_order_of_the_models_does_not_matter(
    table: np.ndarray, weights: dict[str, float], data: st.DataObject
) -> None:
    order = np.array(data.draw(st.permutations(range(table.shape[1]))))
    shuffled = score(as_columns(table[:, order]), weights).score
    assert shuffled == pytest.approx(score(as_columns(table), weights).score[order], abs=1e-12)


@relaxed
@given(table=z_tables, weights=some_weights, key=st.sampled_from(STUDY_DIMENSIONS))
def test_weight_zero_is_leaving_the_dimension_out(table: np.ndarray, weights: dict[str, float], key: str) -> None:
    others = {name: weight for name, weight in weights.items() if name != key}
    if not others:
        return
    without = {name: column for name, column in as_columns(table).items() if name != key}
    np.testing.assert_array_equal(score(as_columns(table), {**others, key: 0.0}).score, score(without, others).score)


@relaxed
@given(table=z_tables, weights=some_weights)
def test_contributions_sum_to_the_score(table: np.ndarray, weights: dict[str, float]) -> None:
    result = score(as_columns(table), weights)
    parts = result.parts(np.arange(table.shape[1]))
    assert parts.sum(axis=0) == pytest.approx(result.score, abs=1e-12)


@relaxed
@given(
    values=arrays(np.float64, (9, 4), elements=st.floats(0, 1)),
    weights=some_weights,
    key=st.sampled_from(STUDY_DIMENSIONS),
    step=st.floats(0.001, 0.5),
)
def test_a_better_value_raises_the_score(values: np.ndarray, weights: dict[str, float], key: str, step: float) -> None:
    before = as_columns(values)
    after = {**before, key: before[key] + DIMENSIONS[key].sign * step}
    old, new = (score(standardise(columns, Normalisation.PUBLISHED), weights).score for columns in (before, after))
    if weights.get(key, 0) > 0:
        assert (new > old).all()
    else:
        np.testing.assert_array_equal(new, old)


@relaxed
@given(table=z_tables, weights=some_weights)
def test_some_models_are_scored_as_among_all(table: np.ndarray, weights: dict[str, float]) -> None:
    whole, rows = score(as_columns(table), weights), np.array([table.shape[1] - 1, 0])
    parts = whole.parts(np.arange(table.shape[1]))
    np.testing.assert_array_equal(whole.parts(rows), parts[:, rows])
    some = whole.of(rows)
    np.testing.assert_array_equal(some.parts(np.arange(2)), parts[:, rows])
    np.testing.assert_array_equal(some.score, whole.score[rows])
    # In the order in which they are added up: the very sums.
    np.testing.assert_array_equal(parts.sum(axis=0), whole.score)
