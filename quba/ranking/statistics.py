"""Rank statistics: mid-ranks and Spearman's correlation, tolerant of missing values."""

import itertools
import math
from dataclasses import dataclass

import numpy as np
import scipy
from jaxtyping import Float, Int

# Two pairs always correlate perfectly, and leave no degree of freedom for a p.
_FEWEST_PAIRS = 3

# From 8 pairs on, the t approximation keeps the level of 5 % to within one point (5.8 at 8, 5.9 at 9, 5.5 at 10, as
# counted over the orders). Of fewer it claims more: 8.3 at 5, and at 3 each perfect order, one of three, has a p of 0.
_FEWEST_FOR_T = 8
_ORDERS = {n: np.array(list(itertools.permutations(range(n)))) for n in range(_FEWEST_PAIRS, _FEWEST_FOR_T)}


@dataclass(frozen=True, slots=True)
class Correlation:
    """A rank correlation: ``rho`` in [-1, 1], its two-sided ``p`` in [0, 1], from ``n`` complete pairs.

    ``rho`` and ``p`` are None where no correlation is defined.
    """

    rho: float | None
    p: float | None
    n: int


def mid_ranks(values: Float[np.ndarray, " values"]) -> Float[np.ndarray, " values"]:
    """Ranks from 1 (least) to n (greatest); equal values share the mean of their places.

    Args:
        values: numbers without NaN.

    Returns:
        Ranks in [1, n], in the order of the values.

    >>> mid_ranks(np.array([0.3, 0.1, 0.3])).tolist()
    [2.5, 1.0, 2.5]
    """
    # Places (below, not_above] hold the equal values; their mean is (below + 1 + not_above) / 2.
    below, not_above = counts_below(values, values)
    ranks: Float[np.ndarray, " values"] = (below + not_above + 1) / 2
    return ranks


def counts_below(
    values: Float[np.ndarray, " values"], others: Float[np.ndarray, " others"]
) -> tuple[Int[np.ndarray, " values"], Int[np.ndarray, " values"]]:
    """How many of some numbers are below each value, and how many are not above it.

    Args:
        values: numbers without NaN.
        others: numbers without NaN to be counted.

    Returns:
        Two counts of 0 or more per value, in the order of the values; they differ by how many are equal to it.

    >>> [counts.tolist() for counts in counts_below(np.array([0.2, 0.1]), np.array([0.3, 0.1, 0.2, 0.2]))]
    [[1, 0], [3, 1]]
    """
    order = np.argsort(values)
    # Looked up in rising order, each value is found near the one before it: a random order would miss every cache.
    rising, ordered = values[order], np.sort(others)
    counts = np.empty((2, len(values)), dtype=np.int64)
    counts[0, order] = np.searchsorted(ordered, rising, side="left")
    counts[1, order] = np.searchsorted(ordered, rising, side="right")
    return counts[0], counts[1]


def spearman(a: Float[np.ndarray, " models"], b: Float[np.ndarray, " models"]) -> Correlation:
    """Spearman's rank correlation with a two-sided p.

    The p comes from the t approximation (n - 2 degrees of freedom); of fewer than 8 pairs it is exact: the share of all
    orders of the one side whose correlation is at least as far from 0.

    Args:
        a: one value per model; NaN is missing.
        b: the other value per model; a pair with a NaN is left out.

    Returns:
        The correlation. Fewer than three pairs, or a constant side, give ``rho`` and ``p`` None.

    Source:
        Spearman 1904, "The proof and measurement of association between two things".

    >>> result = spearman(np.array([1.0, 2.0, 3.0, 4.0]), np.array([1.0, 3.0, 2.0, 4.0]))
    >>> round(result.rho, 4), round(result.p, 4), result.n
    (0.8, 0.3333, 4)
    """
    return place_correlation(value_places(a), value_places(b))


def value_places(values: Float[np.ndarray, " models"]) -> Int[np.ndarray, " models"]:
    """Where each value stands among the distinct ones: the one sort that all correlations of a column share.

    Args:
        values: one per model; NaN is missing.

    Returns:
        Places from 0 (least), equal ones for equal values; -1 where the value is missing.

    >>> value_places(np.array([0.3, np.nan, 0.1, 0.3])).tolist()
    [1, -1, 0, 1]
    """
    places = np.full(values.size, -1, dtype=np.int64)
    present = ~np.isnan(values)
    places[present] = np.unique(values[present], return_inverse=True)[1]
    return places


def place_correlation(a: Int[np.ndarray, " models"], b: Int[np.ndarray, " models"]) -> Correlation:
    """``spearman`` of two columns that are sorted already, in time proportional to the models.

    Args:
        a: one place per model, of ``value_places``; some models of a larger column do, too.
        b: the other place per model.

    >>> place_correlation(np.array([0, 1, -1, 5]), np.array([2, 1, 0, 0])).rho
    -1.0
    """
    complete = (a >= 0) & (b >= 0)
    n = int(complete.sum())
    if n < _FEWEST_PAIRS:
        return Correlation(None, None, n)
    # Mid-ranks are multiples of one half around (n + 1) / 2, so these sums are exact and 0 means constant.
    first, second = (_counted_mid_ranks(places[complete]) - (n + 1) / 2 for places in (a, b))
    scale = math.sqrt(float(first @ first) * float(second @ second))
    if scale == 0:
        return Correlation(None, None, n)
    # Rounding can carry a perfect correlation a hair beyond 1, where the t value has no root.
    rho = min(1.0, max(-1.0, float(first @ second) / scale))
    return Correlation(rho, _exact_p(first, second) if n < _FEWEST_FOR_T else _two_sided_p(rho, n), n)


def _counted_mid_ranks(places: Int[np.ndarray, " pairs"]) -> Float[np.ndarray, " pairs"]:
    """``mid_ranks`` by counting how many stand at each place, without another sort."""
    counts = np.bincount(places)
    # Places (not_above - count, not_above] hold the equal ones; their mean is not_above - (count - 1) / 2.
    of_place = np.cumsum(counts) - (counts - 1) / 2
    ranks: Float[np.ndarray, " pairs"] = of_place[places]
    return ranks


def _exact_p(first: Float[np.ndarray, " models"], second: Float[np.ndarray, " models"]) -> float:
    # Products of half ranks are multiples of a quarter: the sums are exact, and equal ones compare as equal.
    in_every_order = np.abs(second[_ORDERS[len(second)]] @ first)
    return float(np.mean(in_every_order >= abs(float(second @ first))))


def _two_sided_p(rho: float, n: int) -> float:
    # 1 - rho ** 2 would lose its digits where rho is close to 1.
    unexplained = (1 - rho) * (1 + rho)
    if unexplained == 0:
        return 0.0
    t = abs(rho) * math.sqrt((n - 2) / unexplained)
    return float(2 * scipy.special.stdtr(n - 2, -t))
