"""Ranks and order."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quba.ranking.ranks import (
    alphabetical,
    competition_ranks,
    first_and_ranks,
    order_and_ranks,
    ordered_competition_ranks,
    ranking_order,
)

relaxed = settings(deadline=None)
scores = st.lists(st.one_of(st.sampled_from([0.0, -0.0, 1.0, np.nan]), st.floats(-4, 4)), max_size=30)


@relaxed
@given(scores)
def test_a_rank_is_one_more_than_the_number_ahead(values: list[float]) -> None:
    rounded = [round(value, 12) for value in values]
    expected = [0 if np.isnan(v) else 1 + sum(other > v for other in rounded) for v in rounded]
    assert competition_ranks(np.array(values, dtype=np.float64)).tolist() == expected


@relaxed
@given(scores)
def test_order_is_best_first_then_by_name_and_unscored_last(values: list[float]) -> None:
    names = [f"m{(index * 7) % 31:02d}" for index in range(len(values))]
    expected = sorted(
        range(len(values)),
        key=lambda i: (np.isnan(values[i]), 0 if np.isnan(values[i]) else -round(values[i], 12), names[i]),
    )
    assert ranking_order(np.array(values, dtype=np.float64), alphabetical(names)).tolist() == expected


@relaxed
@given(scores)
def test_ranks_never_fall_along_the_order(values: list[float]) -> None:
    array = np.array(values, dtype=np.float64)
    order = ranking_order(array, np.arange(array.size))
    ranks = competition_ranks(array)[order]
    np.testing.assert_array_equal(ordered_competition_ranks(array[order]), ranks)
    ranked = ranks[ranks > 0]
    assert (np.diff(ranked) >= 0).all()
    assert (ranks[ranked.size :] == 0).all()


def test_scores_that_differ_beyond_twelve_decimals_tie() -> None:
    assert competition_ranks(np.array([0.1 + 0.2, 0.3, 0.1])).tolist() == [1, 1, 3]
    assert competition_ranks(np.array([0.3 + 1e-11, 0.3])).tolist() == [1, 2]


def test_the_alphabet_ignores_case_except_between_names_that_differ_in_nothing_else() -> None:
    names = ["beta", "Alpha", "alpha", "Gamma", "alpha-2"]
    assert [names[row] for row in np.argsort(alphabetical(names))] == ["Alpha", "alpha", "alpha-2", "beta", "Gamma"]
    assert alphabetical([]).tolist() == []


@pytest.mark.usefixtures("unchecked_shapes")
def test_one_place_among_ties_per_score() -> None:
    with pytest.raises(ValueError, match="1 places for 2 scores"):
        ranking_order(np.array([1.0, 2.0]), np.array([0]))


@relaxed
@given(scores)
def test_order_and_ranks_are_what_each_gives_alone(values: list[float]) -> None:
    array = np.array(values, dtype=np.float64)
    order, ranks = order_and_ranks(array, np.arange(array.size))
    np.testing.assert_array_equal(order, ranking_order(array, np.arange(array.size)))
    np.testing.assert_array_equal(
        ranks, [0 if np.isnan(v) else 1 + sum(o > v for o in array.round(12)) for v in array.round(12)]
    )


@relaxed
@given(scores, st.integers(0, 40))
def test_the_first_are_those_of_the_whole_order(values: list[float], count: int) -> None:
    score = np.array(values, dtype=np.float64)
    tie_order = alphabetical([f"m{(index * 7) % 31:02d}" for index in range(score.size)])
    order, ranks = order_and_ranks(score, tie_order)
    first, their_ranks = first_and_ranks(score, tie_order, count)
    assert first.tolist() == order[:count].tolist()
    assert their_ranks.tolist() == ranks[order[:count]].tolist()


@pytest.mark.parametrize("share_missing", [0.0, 0.3, 0.97, 1.0])
@pytest.mark.parametrize("decimals", [1, 15])
@pytest.mark.parametrize("size", [33, 500, 3001])
def test_the_first_of_many_are_found_whatever_ties_and_lacks_a_score(
    size: int, decimals: int, share_missing: float
) -> None:
    rng = np.random.default_rng(size)
    # Few decimals for many ties, and a little beside each, which is no difference between models.
    score = rng.standard_normal(size).round(decimals) + 1e-14 * rng.standard_normal(size)
    score[rng.random(size) < share_missing] = np.nan
    tie_order = rng.permutation(size)
    order, ranks = order_and_ranks(score, tie_order)
    for count in (0, 1, 2, 25, size - 1, size, size + 1):
        first, their_ranks = first_and_ranks(score, tie_order, count)
        assert first.tolist() == order[:count].tolist()
        assert their_ranks.tolist() == ranks[order[:count]].tolist()


@pytest.mark.usefixtures("unchecked_shapes")
def test_the_first_need_one_place_among_ties_per_score_too() -> None:
    with pytest.raises(ValueError, match="2 places for 3 scores"):
        first_and_ranks(np.zeros(3), np.arange(2), 1)
