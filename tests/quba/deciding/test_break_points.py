"""Where the leader changes along one slider."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from quba.deciding.break_points import Reign, reigns
from quba.dimensions import DIMENSIONS
from quba.errors import QuestionError
from quba.ranking.score import WeightError, score

relaxed = settings(deadline=None)
KEYS = ("accuracy", "class_balance", "shape_bias")
pools = arrays(np.float64, st.tuples(st.just(3), st.integers(1, 8)), elements=st.integers(-8, 8).map(lambda n: n / 4))
some_weights = st.tuples(*[st.sampled_from([0.0, 0.5, 1.0, 2.0])] * 3)


def as_columns(table: np.ndarray) -> dict[str, np.ndarray]:
    return dict(zip(KEYS, table, strict=True))


def best(table: np.ndarray, weights: dict[str, float]) -> float:
    return float(score(as_columns(table), weights).score.max())


@relaxed
@given(pools, some_weights, st.floats(0, 30))
def test_at_any_weight_the_reigning_model_has_the_best_score(
    table: np.ndarray, given_weights: tuple[float, ...], at: float
) -> None:
    weights = dict(zip(KEYS, given_weights, strict=True))
    moved = {**weights, "shape_bias": at}
    assume(any(moved.values()))
    (reign,) = [one for one in reigns(as_columns(table), weights, "shape_bias") if one.low <= at < one.high]
    # At a tie the brute force and the line may differ by rounding.
    assert score(as_columns(table), moved).score[reign.leader] == pytest.approx(best(table, moved), abs=1e-9)


@relaxed
@given(pools, some_weights)
def test_a_break_point_flips_the_leader(table: np.ndarray, given_weights: tuple[float, ...]) -> None:
    weights = dict(zip(KEYS, given_weights, strict=True))
    found = reigns(as_columns(table), weights, "shape_bias")
    assert found[0].low == 0
    assert found[-1].high == math.inf
    for before, after in itertools.pairwise(found):
        assert before.high == after.low
        for factor, winner, loser in ((0.999, before, after), (1.001, after, before)):
            at = before.high * factor
            if not (before.low < at < after.high):
                continue
            scores = score(as_columns(table), {**weights, "shape_bias": at}).score
            assert scores[winner.leader] > scores[loser.leader]


@relaxed
@given(pools, some_weights)
def test_a_dominated_model_changes_no_leader(table: np.ndarray, given_weights: tuple[float, ...]) -> None:
    weights = dict(zip(KEYS, given_weights, strict=True))
    worse = np.hstack([table, table[:, :1] - 0.5])
    assert reigns(as_columns(worse), weights, "accuracy") == reigns(as_columns(table), weights, "accuracy")


def test_a_slider_with_an_end() -> None:
    columns = {"accuracy": np.array([1.0, 0.0]), "shape_bias": np.array([0.0, 2.0])}
    assert reigns(columns, {"accuracy": 1}, "shape_bias", upper=0.25) == [Reign(0.0, 0.25, 0)]
    assert reigns(columns, {"accuracy": 1}, "shape_bias", upper=0.5) == [Reign(0.0, 0.5, 0)]


def test_without_any_other_weight_the_best_leads_throughout() -> None:
    columns = {"shape_bias": np.array([0.0, 2.0, 2.0])}
    assert reigns(columns, {"shape_bias": 0}, "shape_bias") == [Reign(0.0, math.inf, 1)]


def test_several_lines_through_one_point() -> None:
    # All three meet at weight 1; the flattest leads before and the steepest after, and the middle one never.
    columns = {"accuracy": np.array([3.0, 2.0, 1.0]), "shape_bias": np.array([0.0, 1.0, 2.0])}
    assert reigns(columns, {"accuracy": 1}, "shape_bias") == [Reign(0.0, 1.0, 0), Reign(1.0, math.inf, 2)]


def test_models_without_the_values_take_no_part() -> None:
    columns = {"accuracy": np.array([9.0, 0.0]), "shape_bias": np.array([np.nan, 2.0])}
    assert reigns(columns, {"accuracy": 1}, "shape_bias") == [Reign(0.0, math.inf, 1)]
    nobody = {"accuracy": np.array([np.nan]), "shape_bias": np.array([1.0])}
    assert reigns(nobody, {"accuracy": 1}, "shape_bias") == []


def test_lines_that_meet_beyond_all_numbers() -> None:
    columns = {"accuracy": np.array([1e300, 0.0]), "shape_bias": np.array([0.0, 5e-324])}
    assert reigns(columns, {"accuracy": 1}, "shape_bias") == [Reign(0.0, math.inf, 0)]


def test_misuse_is_refused() -> None:
    columns = {"accuracy": np.array([1.0])}
    with pytest.raises(WeightError, match="'fairness' has no dimension"):
        reigns(columns, {"accuracy": 1}, "fairness")
    with pytest.raises(WeightError, match="no values for shape_bias"):
        reigns(columns, {"accuracy": 1}, "shape_bias")
    for upper in (0.0, math.nan):
        with pytest.raises(QuestionError, match="must end above 0") as caught:
            reigns(columns, {"accuracy": 1}, "accuracy", upper=upper)
        assert caught.value.code == "upper_out_of_range"


def test_every_dimension_has_a_slider() -> None:
    columns = {key: np.arange(3.0) for key in DIMENSIONS}
    for key in DIMENSIONS:
        assert reigns(columns, {"accuracy": 1}, key) == [Reign(0.0, math.inf, 2)]
