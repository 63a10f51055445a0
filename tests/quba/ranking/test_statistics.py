"""Rank correlation against scipy."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jaxtyping import Float
from scipy.stats import permutation_test, rankdata, spearmanr

from quba.ranking.statistics import Correlation, mid_ranks, place_correlation, spearman, value_places

relaxed = settings(deadline=None)
number = st.one_of(st.sampled_from([0.0, 0.5, 1.0]), st.floats(-3, 3))
pairs = st.lists(st.tuples(number, number), min_size=3, max_size=30)


@relaxed
@given(pairs)
def test_spearman_equals_scipy(values: list[tuple[float, float]]) -> None:
    a, b = np.array(values).T
    result = spearman(a, b)
    assert result.n == len(values)
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        assert (result.rho, result.p) == (None, None)
        return
    expected = spearmanr(a, b)
    assert result.rho == pytest.approx(expected.statistic, abs=1e-12)
    if len(values) >= 8 and abs(expected.statistic) < 1 - 1e-9:
        assert result.p == pytest.approx(expected.pvalue, abs=1e-9)


@pytest.mark.parametrize("n", range(3, 8))
@pytest.mark.parametrize("ties", [False, True])
def test_few_pairs_have_the_exact_p_of_scipys_permutation_test(n: int, ties: bool) -> None:
    generator = np.random.default_rng(n)
    a, b = generator.random((2, n))
    if ties:
        a[:2] = a[0]

    def statistic(first: Float[np.ndarray, " models"]) -> float:
        return float(spearmanr(first, b).statistic)

    expected = permutation_test((a,), statistic, permutation_type="pairings", n_resamples=math.factorial(n))
    # scipy doubles the smaller tail; without ties the two tails are equal, and so are the two definitions.
    found = np.mean(np.abs(expected.null_distribution) >= abs(expected.statistic) - 1e-12)
    assert spearman(a, b).p == pytest.approx(found)
    if not ties:
        assert spearman(a, b).p == pytest.approx(min(1.0, expected.pvalue))


@pytest.mark.parametrize(("n", "level"), [(3, 0.05), (4, 0.05), (5, 0.05), (6, 0.05), (7, 0.05), (8, 0.06)])
def test_the_level_of_five_per_cent_is_kept_by_few_pairs(n: int, level: float) -> None:
    """Counted out over all orders, as unrelated values would have each with the same probability."""
    first = np.arange(float(n))
    orders = np.array(list(itertools.permutations(first)))
    distances = ((orders - first) ** 2).sum(axis=1)
    # The correlation without ties depends on the sum of the squared differences alone: one order stands for its equals.
    _, where, often = np.unique(distances, return_index=True, return_counts=True)
    found = np.array([spearman(first, orders[index]).p for index in where], dtype=np.float64)
    assert often[found < 0.05].sum() / len(orders) <= level


@relaxed
@given(st.lists(number, max_size=30))
def test_mid_ranks_equal_scipy(values: list[float]) -> None:
    array = np.array(values, dtype=np.float64)
    assert mid_ranks(array).tolist() == rankdata(array).tolist()


def test_a_pair_with_a_missing_value_is_left_out() -> None:
    a = np.array([1.0, np.nan, 2.0, 3.0, 4.0])
    b = np.array([2.0, 9.0, 1.0, 4.0, np.nan])
    assert spearman(a, b) == spearman(np.array([1.0, 2.0, 3.0]), np.array([2.0, 1.0, 4.0]))
    assert spearman(a, b).n == 3


def test_perfect_agreement_and_its_opposite() -> None:
    a = np.arange(5.0)
    assert spearman(a, a**3) == Correlation(1.0, 2 / 120, 5)
    assert spearman(a, -a) == Correlation(-1.0, 2 / 120, 5)
    assert spearman(np.arange(9.0), np.arange(9.0)) == Correlation(1.0, 0.0, 9)


@pytest.mark.parametrize("n", [0, 1, 2])
def test_too_few_pairs(n: int) -> None:
    assert spearman(np.arange(float(n)), np.arange(float(n))) == Correlation(None, None, n)


@pytest.mark.parametrize("constant", [0.1, 0.0])
def test_a_constant_side_has_no_correlation(constant: float) -> None:
    assert spearman(np.full(4, constant), np.arange(4.0)) == Correlation(None, None, 4)
    assert spearman(np.arange(4.0), np.full(4, constant)) == Correlation(None, None, 4)


columns = st.lists(st.tuples(st.one_of(number, st.just(math.nan)), st.one_of(number, st.just(math.nan))), max_size=40)


@relaxed
@given(columns, st.data())
def test_places_of_a_larger_pool_correlate_as_the_values_themselves(
    values: list[tuple[float, float]], data: st.DataObject
) -> None:
    a, b = np.array(values, dtype=np.float64).reshape(-1, 2).T
    kept = np.array(data.draw(st.lists(st.booleans(), min_size=a.size, max_size=a.size)), dtype=bool)
    assert place_correlation(value_places(a)[kept], value_places(b)[kept]) == spearman(a[kept], b[kept])


@relaxed
@given(st.lists(st.one_of(number, st.just(math.nan)), max_size=30))
def test_places_order_as_the_values_do(values: list[float]) -> None:
    array = np.array(values, dtype=np.float64)
    places = value_places(array)
    assert (places == -1).tolist() == np.isnan(array).tolist()
    present = ~np.isnan(array)
    assert rankdata(places[present]).tolist() == rankdata(array[present]).tolist()
    assert set(places[present].tolist()) == set(range(np.unique(array[present]).size))
