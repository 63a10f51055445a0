"""Rank tests against permutation by hand, and Holm's correction against its definition."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quba.deciding.significance import PMethod, holm, mann_whitney, normal_p, signed_rank


def test_exact_mann_whitney_counts_all_divisions() -> None:
    a, b = np.array([1.0, 2.5, 9.0]), np.array([2.0, 3.0, 4.0, 5.0])
    together = np.concatenate([a, b])
    observed = sum(x > y for x in a for y in b)
    wins = [
        sum(together[i] > together[j] for i in chosen for j in set(range(7)) - set(chosen))
        for chosen in itertools.combinations(range(7), 3)
    ]
    expected = np.mean([abs(one - 6) >= abs(observed - 6) for one in wins])
    method, p = mann_whitney(a, b)
    assert method is PMethod.MANN_WHITNEY_EXACT
    assert p == pytest.approx(expected)


def test_a_small_group_is_counted_exactly_however_large_the_other_is() -> None:
    # Above all 300: one of 301 equally likely places, and its mirror.
    method, p = mann_whitney(np.array([1000.0]), np.arange(300.0))
    assert method is PMethod.MANN_WHITNEY_EXACT
    assert p == pytest.approx(2 / 301)


def test_exact_signed_rank_counts_all_signs() -> None:
    differences = np.array([0.3, -0.1, 0.5, 0.2, 0.9, -0.7])
    ranks = np.argsort(np.argsort(np.abs(differences))) + 1
    observed = ranks[differences > 0].sum()
    sums = [ranks[np.array(signs, dtype=bool)].sum() for signs in itertools.product([False, True], repeat=6)]
    expected = np.mean([abs(one - 10.5) >= abs(observed - 10.5) for one in sums])
    method, p = signed_rank(differences)
    assert method is PMethod.WILCOXON_EXACT
    assert p == pytest.approx(expected)


def test_ties_and_size_call_for_the_normal_approximation() -> None:
    tied = mann_whitney(np.array([1.0, 2.0]), np.array([2.0, 3.0]))
    large = mann_whitney(np.arange(9.0), np.arange(9.0) + 0.5)
    assert tied[0] is large[0] is PMethod.MANN_WHITNEY_NORMAL
    same_size = signed_rank(np.array([0.1, -0.1, 0.2, 0.3, 0.4, 0.5]))
    with_zero = signed_rank(np.array([0.0, 0.1, 0.2, 0.3, 0.4, 0.5]))
    many = signed_rank(np.arange(1.0, 52.0))
    assert same_size[0] is with_zero[0] is many[0] is PMethod.WILCOXON_NORMAL
    assert 0 < many[1] < 1e-8


def test_zeros_are_left_out_of_the_pairs() -> None:
    some = np.array([0.1, 0.1, 0.2, 0.3, 0.4, 0.5])
    assert signed_rank(np.concatenate([some, np.zeros(5)]))[1] == signed_rank(some)[1]


def test_nothing_differs() -> None:
    assert mann_whitney(np.ones(5), np.ones(6)) == (PMethod.MANN_WHITNEY_NORMAL, 1.0)
    assert signed_rank(np.zeros(6)) == (PMethod.WILCOXON_NORMAL, 1.0)


@given(st.lists(st.floats(0, 1), max_size=9))
def test_holm_by_its_definition(p_values: list[float]) -> None:
    corrected = holm(p_values)
    for place, p in enumerate(p_values):
        # The largest step among those tested no later; equal p values can be tested in any order.
        steps = [(len(p_values) - sum(other < q for other in p_values)) * q for q in p_values if q <= p]
        assert corrected[place] == pytest.approx(min(1.0, max(steps)))
        assert corrected[place] >= p


def test_every_method_has_a_sentence() -> None:
    assert all(method.meaning.endswith(".") for method in PMethod)


def test_a_normal_p_is_how_often_chance_does_as_much() -> None:
    drawn = np.random.default_rng(5).normal(0, 0.3, 200_000)
    for difference in (0.1, -0.4, 0.7):
        assert normal_p(difference, 0.3) == pytest.approx((np.abs(drawn) >= abs(difference)).mean(), abs=0.004)


def test_what_is_unknown_has_no_p_and_what_has_no_error_is_certain() -> None:
    unknown = [normal_p(np.nan, 0.1), normal_p(0.1, np.nan), normal_p(0.0, np.nan), normal_p(np.nan, 0.0)]
    assert np.isnan(unknown).all()
    assert [normal_p(0.0, 0.0), normal_p(-1e-9, 0.0), normal_p(0.0, 0.4)] == [1.0, 0.0, 1.0]
