"""Rank correlation against scipy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import rankdata, spearmanr

from quba.ranking.statistics import Correlation, mid_ranks, spearman

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
    if abs(expected.statistic) < 1 - 1e-9:
        assert result.p == pytest.approx(expected.pvalue, abs=1e-9)


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
    assert spearman(a, a**3) == Correlation(1.0, 0.0, 5)
    assert spearman(a, -a) == Correlation(-1.0, 0.0, 5)


@pytest.mark.parametrize("n", [0, 1, 2])
def test_too_few_pairs(n: int) -> None:
    assert spearman(np.arange(float(n)), np.arange(float(n))) == Correlation(None, None, n)


@pytest.mark.parametrize("constant", [0.1, 0.0])
def test_a_constant_side_has_no_correlation(constant: float) -> None:
    assert spearman(np.full(4, constant), np.arange(4.0)) == Correlation(None, None, 4)
    assert spearman(np.arange(4.0), np.full(4, constant)) == Correlation(None, None, 4)
