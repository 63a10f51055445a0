"""A copula keeps each dimension's distribution and the rank correlation of each pair, and families are alike."""

from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from quba.copula import gaussian_copula
from tests.quba.conftest import Study

DRAWN = 4000


def drawn_from(pool: dict[str, np.ndarray], likeness: float, *, seed: int = 0) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    parents = rng.integers(len(next(iter(pool.values()))), size=DRAWN)
    return gaussian_copula(pool).relatives(parents, likeness, rng)


@pytest.mark.parametrize("likeness", [0.0, 0.6, 1.0])
def test_each_dimension_keeps_its_distribution(study: Study, likeness: float) -> None:
    for key, column in drawn_from(study.columns, likeness).items():
        # The 99.9 % bound of the two-sample Kolmogorov-Smirnov distance, were both drawn from one distribution.
        bound = 1.95 * np.sqrt(1 / DRAWN + 1 / len(study.columns[key]))
        assert stats.ks_2samp(column, study.columns[key]).statistic < bound, key
        assert study.columns[key].min() <= column.min()
        assert column.max() <= study.columns[key].max()


@pytest.mark.parametrize("likeness", [0.0, 0.6])
def test_each_pair_keeps_its_rank_correlation(study: Study, likeness: float) -> None:
    drawn = drawn_from(study.columns, likeness)
    for one, other in combinations(study.columns, 2):
        wanted = stats.spearmanr(study.columns[one], study.columns[other]).statistic
        found = stats.spearmanr(drawn[one], drawn[other]).statistic
        # Chance: the standard error is at most 1 / sqrt(DRAWN) = 0.016.
        assert found == pytest.approx(wanted, abs=0.06), (one, other)


def test_the_correlation_of_normals_is_that_of_an_independent_generator() -> None:
    correlations = np.array([[1, 0.8, -0.3], [0.8, 1, 0.1], [-0.3, 0.1, 1]])
    sample = np.random.default_rng(1).multivariate_normal(np.zeros(3), correlations, size=20_000)
    fitted = gaussian_copula(dict(zip("abc", np.exp(sample).T, strict=True)))
    assert fitted.factor @ fitted.factor.T == pytest.approx(correlations, abs=0.02)


def test_a_relative_is_like_its_parent_as_far_as_wished(study: Study) -> None:
    fitted, rng = gaussian_copula(study.columns), np.random.default_rng(2)
    parents = rng.integers(len(study.columns["accuracy"]), size=DRAWN)
    for likeness in (0.0, 0.5, 0.9):
        drawn = fitted.relatives(parents, likeness, rng)["accuracy"]
        found = stats.spearmanr(drawn, study.columns["accuracy"][parents]).statistic
        # Of two normals, from Pearson's to Spearman's.
        assert found == pytest.approx(6 / np.pi * np.arcsin(likeness / 2), abs=0.05)


def test_what_a_parent_lacks_is_drawn_and_gaps_need_not_fit_each_other() -> None:
    rng = np.random.default_rng(3)
    pool = {key: rng.random(12) for key in "abc"}
    for key, rows in zip("abc", (slice(0, 4), slice(4, 8), slice(8, 12)), strict=True):
        pool[key][rows] = np.nan
    # Each pair shares four models, in which a and b rise together, b and c too, and a falls where c rises.
    pool["a"][8:], pool["b"][8:] = range(4), range(4)
    pool["b"][:4], pool["c"][:4] = range(4), range(4)
    pool["a"][4:8], pool["c"][4:8] = range(4), range(3, -1, -1)
    fitted = gaussian_copula(pool)
    drawn = fitted.relatives(np.arange(12), 0.9, rng)
    assert not np.isnan(np.column_stack(list(drawn.values()))).any()
    assert np.diag(fitted.factor @ fitted.factor.T) == pytest.approx(np.ones(3))


def test_two_dimensions_without_a_common_model_are_taken_for_unrelated() -> None:
    pool = {"a": np.array([1.0, 2, 3, np.nan, np.nan, np.nan]), "b": np.array([np.nan, np.nan, np.nan, 4, 5, 6])}
    fitted = gaussian_copula(pool)
    assert (fitted.factor @ fitted.factor.T)[0, 1] == pytest.approx(0)


@pytest.mark.parametrize("column", [[1.0, 2.0, np.nan], [1.0, 1.0, 1.0]])
def test_a_dimension_without_a_distribution_is_refused_by_name(column: list[float]) -> None:
    with pytest.raises(ValueError, match=r"shape_bias has . values, . of them different"):
        gaussian_copula({"accuracy": np.array([1.0, 2, 3]), "shape_bias": np.array(column)})


@pytest.mark.parametrize("likeness", [-0.1, 1.1, float("nan")])
def test_a_likeness_beyond_its_scale_is_refused(likeness: float) -> None:
    fitted = gaussian_copula({"a": np.array([1.0, 2, 3])})
    with pytest.raises(ValueError, match="must be from 0"):
        fitted.relatives(np.array([0]), likeness, np.random.default_rng(0))
