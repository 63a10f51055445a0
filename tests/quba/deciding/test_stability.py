"""Acceptability over drawn weights and drawn errors."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import norm

from quba.deciding.stability import Noise, acceptability, any_weights, jittered_weights
from quba.dimensions import DIMENSIONS, STUDY_DIMENSIONS
from quba.errors import QuestionError
from quba.ranking.ranks import competition_ranks
from quba.ranking.score import WeightError, score

relaxed = settings(deadline=None)
pools = arrays(np.float64, st.tuples(st.just(9), st.integers(1, 7)), elements=st.integers(-3, 3).map(float))


def as_columns(table: np.ndarray) -> dict[str, np.ndarray]:
    return dict(zip(STUDY_DIMENSIONS, table, strict=True))


def rng() -> np.random.Generator:
    return np.random.default_rng(7)


@relaxed
@given(pools, st.integers(1, 7), st.integers(0, 2**32 - 1))
def test_shares_and_intervals_by_ranking_every_draw(table: np.ndarray, k: int, seed: int) -> None:
    k = min(k, table.shape[1])
    draws = any_weights(rng=np.random.default_rng(seed), draws=40)
    found = acceptability(as_columns(table), draws, k=k, confidence=0.9)
    ranks = np.array(
        [
            competition_ranks(score(as_columns(table), dict(zip(DIMENSIONS, w, strict=True))).score)
            for w in draws.tolist()
        ]
    )
    assert found.first.tolist() == (ranks == 1).mean(axis=0).tolist()
    assert found.top.tolist() == (ranks <= k).mean(axis=0).tolist()
    ordered = np.sort(ranks, axis=0)
    # Of 40 draws the central 90 % leave out two at each end.
    assert found.low_rank.tolist() == ordered[2].tolist()
    assert found.high_rank.tolist() == ordered[37].tolist()
    inside = ((ranks >= found.low_rank) & (ranks <= found.high_rank)).mean(axis=0)
    assert (inside >= 0.9).all()
    for model in range(table.shape[1]):
        winning = draws[ranks[:, model] == 1]
        if len(winning):
            assert found.central_weights[model] == pytest.approx(winning.mean(axis=0))
        else:
            assert np.isnan(found.central_weights[model]).all()


@pytest.mark.parametrize("percent", [1, 30, 50, 51, 85, 90, 99])
def test_an_interval_leaves_out_as_many_draws_at_either_end_as_its_confidence_allows(percent: int) -> None:
    table = np.random.default_rng(1).normal(size=(9, 12))
    draws = any_weights(rng=rng(), draws=40)
    found = acceptability(as_columns(table), draws, k=1, confidence=percent / 100)
    scores = [score(as_columns(table), dict(zip(DIMENSIONS, w, strict=True))).score for w in draws.tolist()]
    ordered = np.sort([competition_ranks(each) for each in scores], axis=0)
    # In whole numbers: of 40 draws a fifth of 100 - percent.
    outside = (100 - percent) * 40 // 200
    assert found.low_rank.tolist() == ordered[outside].tolist()
    assert found.high_rank.tolist() == ordered[39 - outside].tolist()


def test_ranks_beyond_65535_are_ranks() -> None:
    columns = {"accuracy": np.arange(70_000.0)}
    found = acceptability(columns, jittered_weights({"accuracy": 1}, rng=rng(), draws=2), k=1)
    assert found.low_rank.tolist() == found.high_rank.tolist() == list(range(70_000, 0, -1))


def test_models_with_equal_values_share_their_rank() -> None:
    table = np.vstack([np.full((1, 3), 0.1), np.full((8, 3), 1 / 3)])
    found = acceptability(as_columns(table), any_weights(rng=rng(), draws=200), k=1)
    assert found.first.tolist() == found.top.tolist() == [1.0, 1.0, 1.0]
    assert found.high_rank.tolist() == [1, 1, 1]


def test_a_share_known_on_paper() -> None:
    # The first model leads where its weight exceeds the other: half of all weightings, whatever the other seven.
    table = np.zeros((9, 2))
    table[0, 0] = table[1, 1] = 1.0
    found = acceptability(as_columns(table), any_weights(rng=rng(), draws=20_000), k=1)
    assert found.first[0] == pytest.approx(0.5, abs=0.015)  # four standard errors of 20,000 draws
    # The larger of two shares of nine is 1.5/9 on average, as order statistics of two exponentials are 1.5 and 0.5.
    assert found.central_weights[0, 0] == pytest.approx(1.5 / 9, abs=0.005)


def test_jitter_has_the_spread_asked_for_and_keeps_zeros() -> None:
    drawn = jittered_weights({"accuracy": 2, "shape_bias": 1}, rng=rng(), draws=20_000, spread=0.3)
    assert (drawn[:, [key not in ("accuracy", "shape_bias") for key in DIMENSIONS]] == 0).all()
    ratio = np.log(drawn[:, 0] / drawn[:, 7])
    assert ratio.mean() == pytest.approx(math.log(2), abs=0.015)
    assert ratio.std() == pytest.approx(0.3 * math.sqrt(2), rel=0.03)


def test_jitter_multiplies_each_weight_by_a_factor_of_its_own() -> None:
    drawn = jittered_weights({"accuracy": 1, "shape_bias": 3}, rng=np.random.default_rng(4), draws=50, spread=0.4)
    noise = np.random.default_rng(4).standard_normal((50, len(STUDY_DIMENSIONS)))
    accuracy, shape_bias = (list(DIMENSIONS).index(key) for key in ("accuracy", "shape_bias"))
    # Of two weights only the ratio counts: 3 times the quotient of their factors.
    expected = 3 * np.exp(0.4 * (noise[:, shape_bias] - noise[:, accuracy]))
    assert drawn[:, shape_bias] / drawn[:, accuracy] == pytest.approx(expected, rel=1e-12)


def test_the_same_seed_gives_the_same_picture() -> None:
    weights = {"accuracy": 1, "shape_bias": 1}
    first = jittered_weights(weights, rng=rng(), draws=50)
    assert (first == jittered_weights(weights, rng=rng(), draws=50)).all()
    assert (first != jittered_weights(weights, rng=np.random.default_rng(8), draws=50)).any()


def test_noise_alone_is_a_comparison_of_two_normals() -> None:
    columns = {"accuracy": np.array([0.3, 0.0])}
    noise = Noise({"accuracy": np.array([0.3, 0.4])}, rng())
    only = np.zeros((40_000, len(DIMENSIONS)))
    only[:, 0] = 1
    found = acceptability(columns, only, k=1, noise=noise)
    assert found.first[0] == pytest.approx(norm.cdf(0.3 / 0.5), abs=0.01)
    assert found.first.sum() == pytest.approx(1.0)


def test_noise_that_is_absent_or_unknown_counts_as_none() -> None:
    columns = {"accuracy": np.array([0.3, 0.0]), "shape_bias": np.array([0.0, 0.1])}
    draws = jittered_weights({"accuracy": 1, "shape_bias": 1}, rng=rng(), draws=10)
    for errors in ({}, {"accuracy": np.array([np.nan, np.nan])}):
        found = acceptability(columns, draws, k=1, noise=Noise(errors, rng()))
        assert found.first.tolist() == [1.0, 0.0]


def test_models_without_a_weighted_value_are_left_out() -> None:
    columns = {"accuracy": np.array([0.3, np.nan, 0.1]), "shape_bias": np.array([np.nan, 1.0, 1.0])}
    found = acceptability(columns, jittered_weights({"accuracy": 1}, rng=rng(), draws=10), k=2)
    assert found.first[[0, 2]].tolist() == [1.0, 0.0]
    assert np.isnan(found.first[1])
    assert np.isnan(found.top[1])
    assert found.low_rank.tolist() == [1, 0, 2]


def test_a_pool_without_models() -> None:
    found = acceptability({"accuracy": np.array([np.nan])}, jittered_weights({"accuracy": 1}, rng=rng(), draws=3), k=1)
    assert np.isnan(found.first).all()
    assert found.low_rank.tolist() == [0]


def test_many_models_are_taken_in_blocks() -> None:
    table = np.random.default_rng(3).normal(size=(9, 600))
    draws = any_weights(rng=rng(), draws=30)
    found = acceptability(as_columns(table), draws, k=600)
    assert found.top.tolist() == [1.0] * 600
    ranks = np.argsort(np.argsort(-(draws[:, : len(table)] @ table), axis=1), axis=1) + 1
    assert found.high_rank.tolist() == np.sort(ranks, axis=0)[28].tolist()


def test_a_dominated_model_changes_no_first_place() -> None:
    table = np.random.default_rng(4).normal(size=(9, 12))
    draws = any_weights(rng=rng(), draws=500)
    worse = np.hstack([table, table[:, :1] - 0.1])
    assert (
        acceptability(as_columns(worse), draws).first[:12].tolist()
        == acceptability(as_columns(table), draws).first.tolist()
    )


def test_as_many_draws_as_are_allowed_are_drawn() -> None:
    assert any_weights(rng=rng()).shape == (10_000, len(DIMENSIONS))
    assert any_weights(rng=rng(), draws=100_000).shape == (100_000, len(DIMENSIONS))


def test_a_dimension_beyond_those_of_the_study_leaves_the_draws_of_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    *study, beyond = DIMENSIONS
    monkeypatch.setattr("quba.deciding.stability.STUDY_DIMENSIONS", tuple(study))
    equal = dict.fromkeys(study, 1)
    without, weighed = (
        jittered_weights({**equal, beyond: weight}, rng=rng(), draws=400, spread=0.3) for weight in (0, 1)
    )
    assert (without[:, -1] == 0).all()
    assert weighed[:, 1:-1] / weighed[:, :1] == pytest.approx(without[:, 1:-1] / without[:, :1])
    # Equal weights, so that the logarithm of their ratio has the variance of two factors.
    assert np.log(weighed[:, -1] / weighed[:, 0]).std() == pytest.approx(0.3 * math.sqrt(2), rel=0.1)


def test_misuse_is_refused() -> None:
    columns = {"accuracy": np.array([1.0, 2.0])}
    good = jittered_weights({"accuracy": 1}, rng=rng(), draws=5)
    for k in (0, 3):
        with pytest.raises(QuestionError, match="k is"):
            acceptability(columns, good, k=k)
    with pytest.raises(QuestionError, match="confidence is"):
        acceptability(columns, good, k=1, confidence=1.0)
    with pytest.raises(QuestionError, match="draws is 0"):
        acceptability(columns, good[:0], k=1)
    with pytest.raises(WeightError, match="no values for shape_bias"):
        acceptability(columns, jittered_weights({"shape_bias": 1}, rng=rng(), draws=5), k=1)
    for draws in (0, 100_001):
        with pytest.raises(QuestionError, match="draws is"):
            any_weights(rng=rng(), draws=draws)
        with pytest.raises(QuestionError, match="draws is"):
            jittered_weights({"accuracy": 1}, rng=rng(), draws=draws)
    for spread in (0.0, -1.0, 6.0, math.nan):
        with pytest.raises(QuestionError, match="spread is"):
            jittered_weights({"accuracy": 1}, rng=rng(), spread=spread)
