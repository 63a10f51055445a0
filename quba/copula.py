"""The joint distribution of a pool's values, and plausible models drawn from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import scipy
from jaxtyping import Float, Int

Column = Float[np.ndarray, " models"]

FEWEST_MODELS = 3


@dataclass(frozen=True, eq=False, slots=True)
class GaussianCopula:
    """What a pool's dimensions have to do with each other, apart from how each is distributed.

    The copula is correlated normals, one for each dimension, whose rank correlations are those of the pool. A draw
    turns them into values by the quantiles of the pool, so that each dimension keeps its distribution and each pair of
    dimensions its rank correlation. No drawn value lies outside the pool's range.

    Attributes:
        quantiles: per dimension, the pool's values from the smallest to the largest, without the missing ones.
        normal_scores: the normal quantile of the rank of each model (rows) on each dimension (columns, in the order of
            `quantiles`); NaN where missing.
        factor: a matrix whose product with its own transpose is the correlations, so that it correlates normals.

    Source: Nelsen, An Introduction to Copulas, 2nd ed., 2006, sections 2.3 and 5.1.
    """

    # Of different lengths where values are missing.
    quantiles: Mapping[str, Float[np.ndarray, " _"]]
    normal_scores: Float[np.ndarray, "models dimensions"]
    factor: Float[np.ndarray, "dimensions dimensions"]

    def relatives(
        self, parents: Int[np.ndarray, " drawn"], likeness: float, rng: np.random.Generator
    ) -> dict[str, Float[np.ndarray, " drawn"]]:
        """Draw models, each of the family of one model of the pool.

        Args:
            parents: for each model to draw, the row of the pool's model that it takes after.
            likeness: the correlation of its normal scores with its parent's, from 0 (none) to 1 (the same values).
            rng: where the chance comes from.

        Returns:
            Per dimension, the drawn values in the unit of the pool's; the same joint distribution whatever the
            likeness, if the parents are drawn evenly from the pool. What the parent lacks is drawn without it.

        Raises:
            ValueError: the likeness is not from 0 to 1.

        >>> pool = {"accuracy": np.array([0.5, 0.6, 0.7, 0.8]), "shape_bias": np.array([0.2, 0.4, 0.3, 0.5])}
        >>> drawn = gaussian_copula(pool).relatives(np.array([3, 3]), 1.0, np.random.default_rng(0))
        >>> {key: column.round(3).tolist() for key, column in drawn.items()}
        {'accuracy': [0.8, 0.8], 'shape_bias': [0.5, 0.5]}
        """
        if not 0 <= likeness <= 1:
            raise ValueError(f"likeness is {likeness}, but must be from 0 (unlike the parent) to 1 (its values).")
        chance = rng.standard_normal((len(parents), len(self.quantiles))) @ self.factor.T
        inherited = self.normal_scores[parents]
        # Two independent normals of variance 1, mixed so that the variance stays 1.
        mixed = likeness * inherited + np.sqrt(1 - likeness**2) * chance
        scores = np.where(np.isnan(inherited), chance, mixed)
        levels = scipy.stats.norm.cdf(scores)
        return {
            key: np.interp(levels[:, column], _levels(len(values)), values)
            for column, (key, values) in enumerate(self.quantiles.items())
        }


def gaussian_copula(columns: Mapping[str, Column]) -> GaussianCopula:
    """Fit a Gaussian copula to a pool.

    Args:
        columns: per dimension, the values of the same models in the same order; NaN where missing.

    Raises:
        ValueError: a dimension has fewer than three values, or all its values are equal.

    >>> fitted = gaussian_copula({"a": np.array([1.0, 2, 3]), "b": np.array([5.0, 7, 6])})
    >>> (fitted.factor @ fitted.factor.T).round(3).tolist()
    [[1.0, 0.518], [0.518, 1.0]]
    """
    for key, column in columns.items():
        present = column[~np.isnan(column)]
        if len(present) < FEWEST_MODELS or present.min() == present.max():
            raise ValueError(
                f"{key} has {len(present)} values, {len(np.unique(present))} of them different; a joint distribution "
                f"needs {FEWEST_MODELS} models that differ. Leave the dimension out."
            )
    scores = np.column_stack([_normal_scores(column) for column in columns.values()])
    return GaussianCopula(
        quantiles={key: np.sort(column[~np.isnan(column)]) for key, column in columns.items()},
        normal_scores=scores,
        factor=_factor(_correlations(columns)),
    )


def _levels(count: int) -> Column:
    return np.arange(1, count + 1) / (count + 1)


def _normal_scores(column: Column) -> Column:
    present = ~np.isnan(column)
    scores = np.full(column.shape, np.nan)
    scores[present] = scipy.stats.norm.ppf(scipy.stats.rankdata(column[present]) / (present.sum() + 1))
    return scores


def _correlations(columns: Mapping[str, Column]) -> Float[np.ndarray, "dimensions dimensions"]:
    """Of the normals whose rank correlations are the pool's: 0 where too few models have both values, or all alike."""
    values = np.column_stack(list(columns.values()))
    found = np.eye(len(columns))
    for one, other in combinations(range(len(columns)), 2):
        both = values[~np.isnan(values[:, [one, other]]).any(axis=1)][:, [one, other]]
        if len(both) >= FEWEST_MODELS and np.ptp(both, axis=0).min() > 0:
            # Kruskal, Ordinal measures of association, 1958: what Spearman's is to Pearson's in two normals.
            between = 2 * np.sin(np.pi / 6 * float(scipy.stats.spearmanr(both).statistic))
            found[one, other] = found[other, one] = between
    return found


def _factor(correlations: Float[np.ndarray, "dimensions dimensions"]) -> Float[np.ndarray, "dimensions dimensions"]:
    """A square root of the nearest matrix that is one of correlations: pairs with gaps need not fit each other."""
    values, vectors = np.linalg.eigh(correlations)
    root = vectors * np.sqrt(np.clip(values, 0, None))
    return np.asarray(root / np.linalg.norm(root, axis=1, keepdims=True), dtype=np.float64)
