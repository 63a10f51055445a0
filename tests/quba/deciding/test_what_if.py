"""Other weights for a model, or why none would do."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import linprog

import quba.deciding.weight_search
from quba.deciding.what_if import nearest_weights
from quba.dimensions import STUDY_DIMENSIONS
from quba.errors import QuestionError
from quba.ranking.ranks import competition_ranks
from quba.ranking.score import score

relaxed = settings(deadline=None, max_examples=80)
KEYS = ("accuracy", "class_balance", "shape_bias")
WEIGHTS = {"accuracy": 1.0, "class_balance": 2.0, "shape_bias": 0.5}
pools = arrays(np.float64, st.tuples(st.just(3), st.integers(1, 8)), elements=st.integers(-8, 8).map(lambda n: n / 4))


def as_columns(table: np.ndarray) -> dict[str, np.ndarray]:
    return dict(zip(KEYS, table, strict=True))


def can_be_first(table: np.ndarray, model: int) -> bool:
    """By linear programming: is there a weighting under which nobody is clearly ahead?"""
    rivals = table.T[(table[:, model] != table.T).any(axis=1)]
    if len(rivals) == 0:
        return True
    ahead = np.hstack([rivals - table[:, model], np.ones((len(rivals), 1))])
    bounds = [(0, None)] * 3 + [(None, None)]
    found = linprog([0, 0, 0, -1], A_ub=ahead, b_ub=np.zeros(len(rivals)), A_eq=[[1, 1, 1, 0]], b_eq=[1], bounds=bounds)
    assert found.x is not None
    return bool(found.x[-1] > 1e-6)


@relaxed
@given(pools)
def test_the_weights_lead_to_the_first_rank_or_none_do(table: np.ndarray) -> None:
    found = nearest_weights(as_columns(table), WEIGHTS, 0)
    assert found.proven
    if found.weights is not None:
        assert competition_ranks(score(as_columns(table), found.weights).score)[0] == 1
        assert found.change is not None
        assert found.obstacle is None
        return
    assert not can_be_first(table, 0)
    assert found.obstacle is not None
    dominators, mixtures = found.obstacle.dominators, found.obstacle.mixtures
    assert (table[:, dominators] >= table[:, [0]]).all()
    assert bool(dominators.size) != bool(mixtures)
    for mixture in mixtures:
        mixed = sum(share * table[:, rival] for rival, share in mixture.items())
        assert np.min(mixed - table[:, 0]) >= -1e-6


@relaxed
@given(pools, st.integers(1, 4))
def test_into_the_top(table: np.ndarray, k: int) -> None:
    k = min(k, table.shape[1])
    found = nearest_weights(as_columns(table), WEIGHTS, 0, k=k)
    if found.weights is not None:
        assert competition_ranks(score(as_columns(table), found.weights).score)[0] <= k
    else:
        assert found.proven


def test_a_model_in_place_already_needs_no_change() -> None:
    columns = as_columns(np.array([[1.0, 0.0], [1.0, 0.0], [1.0, 0.0]]))
    found = nearest_weights(columns, WEIGHTS, 0)
    assert found.weights == WEIGHTS
    assert found.change == 0


def test_the_change_is_relative_and_zero_stays_zero() -> None:
    columns = as_columns(np.array([[1.0, 0.0], [0.0, 1.0], [9.0, 0.0]]))
    found = nearest_weights(columns, {"accuracy": 10.0, "class_balance": 1.0, "shape_bias": 0}, 1)
    assert found.weights is not None
    assert set(found.weights) == {"accuracy", "class_balance"}
    # Both weights must become equal: 10 x = y, nearest to x = y = 1, is x = 11/101.
    assert found.weights["accuracy"] == pytest.approx(110 / 101, abs=1e-6)
    assert found.change == pytest.approx(np.sqrt(((11 / 101 - 1) ** 2 + (110 / 101 - 1) ** 2) / 2), abs=1e-6)


def test_dominators_are_named_by_their_row() -> None:
    columns = as_columns(np.array([[0.0, np.nan, 1.0], [0.0, 5.0, 1.0], [0.0, 5.0, 0.0]]))
    found = nearest_weights(columns, WEIGHTS, 0)
    assert found.obstacle is not None
    assert found.obstacle.dominators.tolist() == [2]
    assert found.obstacle.mixtures == ()
    assert nearest_weights(columns, WEIGHTS, 0, k=2).weights is not None


def test_a_mixture_bars_the_way() -> None:
    columns = as_columns(np.array([[0.4, 1.0, 0.0], [0.4, 0.0, 1.0], [0.0, 0.0, 0.0]]))
    found = nearest_weights(columns, WEIGHTS, 0)
    assert found.obstacle is not None
    assert found.obstacle.dominators.size == 0
    assert [set(mixture) for mixture in found.obstacle.mixtures] == [{1, 2}]


def no_first_answer(search: object, start: object) -> None:
    """As if the quick dive before the search had found nothing."""


def test_a_search_without_an_end_leaves_it_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quba.deciding.weight_search, "_LIMIT", 0)
    monkeypatch.setattr(quba.deciding.weight_search._Search, "_dive", no_first_answer)
    table = np.random.default_rng(0).normal(size=(9, 30))
    table[:, 0] = -0.5
    columns = dict(zip(STUDY_DIMENSIONS, table, strict=True))
    found = nearest_weights(columns, dict.fromkeys(STUDY_DIMENSIONS, 1.0), 0, k=10)
    assert not found.proven
    assert found.weights is None
    assert found.change is None
    assert found.obstacle is None


def test_misuse_is_refused() -> None:
    columns = as_columns(np.array([[0.0, np.nan], [0.0, 5.0], [0.0, 5.0]]))
    with pytest.raises(QuestionError, match="choose a scored model"):
        nearest_weights(columns, WEIGHTS, 1)
    for k in (0, 2):
        with pytest.raises(QuestionError, match="k is"):
            nearest_weights(columns, WEIGHTS, 0, k=k)
