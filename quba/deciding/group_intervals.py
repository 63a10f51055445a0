"""Intervals of a difference between two groups: by the studentised bootstrap for means, by rank tests for medians."""

from dataclasses import dataclass

import numpy as np
import scipy
from jaxtyping import Float

_AT_ONCE = 2_000_000
# Counting orders exactly takes this many additions of whole numbers; beyond it the normal approximation is as good.
_MOST_ADDITIONS = 300_000
_EXACT_PAIRS = 50
# Of larger samples, means and variances of resamples are drawn from the normal distribution that they come near to:
# gathering the values of a group of 30,000 two thousand times takes seconds for each dimension. For very lopsided ones
# (half a per cent of ones, heavy tails) the longer end then lies further out, by a third just above this size.
_MOST_RESAMPLED = 1_000
# A resample of (nearly) equal values has no standard error to be measured by.
_SMALLEST_ERROR_RATIO = 1e-9


@dataclass(frozen=True, slots=True)
class Interval:
    """Where the true difference may lie.

    Attributes:
        low: end of the interval, in the unit of the values; ``high`` alike.
        confidence: share of such intervals that hold the truth, in [0, 1]. Of an interval from ranks it is the
            smallest attainable one that is not below what was asked; with few values they are far apart.
    """

    low: float
    high: float
    confidence: float


def mean_interval(
    a: Float[np.ndarray, " first"],
    b: Float[np.ndarray, " second"] | None,
    *,
    rng: np.random.Generator,
    draws: int,
    confidence: float,
) -> Interval:
    """Interval of a difference of means, or of a mean difference within pairs: the studentised bootstrap.

    The percentile method is too narrow for the groups that are compared here: of 95 % intervals it let 86 % hold the
    truth with 6 pairs and 92 % with 301 models against 25. This one lets 94 to 96 % of normal and of bounded values do
    so, and 92.7 to 96.6 % of exponential ones, from 5 against 5 to 301 against 25 (3,000 simulations each).

    Args:
        a: values of the first group, two or more; or the differences within pairs.
        b: values of the second group, two or more; None for pairs.
        rng: the source of chance.
        draws: resamples, 1 or more. Of a group of more than 1,000, their means and variances are drawn from a normal
            distribution with the moments of the group instead.
        confidence: wanted share of intervals that hold the truth, between 0 and 1.

    Returns:
        The interval, in the unit of the values. Without any variation it is the single difference itself.

    Source:
        Efron 1981, "Nonparametric standard errors and confidence intervals"; Hall 1988, "Theoretical comparison of
        bootstrap confidence intervals".

    >>> values = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.7])
    >>> found = mean_interval(values, None, rng=np.random.default_rng(0), draws=2000, confidence=0.95)
    >>> 0.0 < found.low < values.mean() < found.high < 0.8
    True
    """
    difference = float(a.mean() - (0.0 if b is None else b.mean()))
    squared = _squared_error(a[np.newaxis]) + (0.0 if b is None else _squared_error(b[np.newaxis]))
    error = float(np.sqrt(squared[0]))
    # Two constant groups: there is nothing to resample, and a ratio to an error of 0 would be no number.
    if error == 0.0:
        return Interval(difference, difference, confidence)
    gathered = sum(group.size for group in (a, b) if group is not None and group.size <= _MOST_RESAMPLED)
    # In blocks: the values of all resamples at once would be draws times models.
    step = max(1, _AT_ONCE // max(gathered, 1))
    blocks = [
        _ratios(a, b, rng, min(step, draws - start), smallest_error=_SMALLEST_ERROR_RATIO * error)
        for start in range(0, draws, step)
    ]
    below, above = np.quantile(np.concatenate(blocks), [(1 - confidence) / 2, (1 + confidence) / 2]).tolist()
    # The upper quantile gives the lower end: a resample that came out too high stands for a sample that did.
    return Interval(difference - above * error, difference - below * error, confidence)


def hodges_lehmann_interval(
    a: Float[np.ndarray, " first"], b: Float[np.ndarray, " second"] | None, *, confidence: float
) -> Interval:
    """Interval of the Hodges-Lehmann difference: all shifts that the rank test would not reject.

    Args:
        a: values of the first group, one or more; or the differences within pairs.
        b: values of the second group, one or more; None for pairs.
        confidence: wanted share of intervals that hold the truth, between 0 and 1.

    Returns:
        The interval between two of the ordered differences (of pairs: of the means of two), with the confidence that
        it really has. Where even the widest has less, that one.

    Source:
        Hodges and Lehmann 1963, "Estimates of location based on rank tests"; Hollander, Wolfe and Chicken 2014,
        "Nonparametric statistical methods", sections 3.3 and 4.3.

    >>> hodges_lehmann_interval(np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]), None, confidence=0.95)
    Interval(low=1.0, high=6.0, confidence=0.96875)
    """
    if b is None:
        upper = np.triu_indices(a.size)
        ordered = np.sort((a[upper[0]] + a[upper[1]]) / 2)
        cumulative = _signed_rank_cumulative(a.size)
    else:
        ordered = np.sort((a[:, np.newaxis] - b[np.newaxis, :]).ravel())
        cumulative = _mann_whitney_cumulative(a.size, b.size)
    # The k-th differences from either end hold the truth unless the test statistic is below k.
    tail = (1 - confidence) / 2
    dropped = int(np.searchsorted(cumulative, tail, side="right"))
    place = max(dropped, 1)
    reached = 1 - 2 * float(cumulative[place - 1])
    return Interval(float(ordered[place - 1]), float(ordered[ordered.size - place]), reached)


def _squared_error(values: Float[np.ndarray, "draws size"]) -> Float[np.ndarray, " draws"]:
    """Of the mean of each row: the variance of its values by their number."""
    found: Float[np.ndarray, " draws"] = values.var(axis=-1, ddof=1) / values.shape[-1]
    return found


def _ratios(
    a: Float[np.ndarray, " first"],
    b: Float[np.ndarray, " second"] | None,
    rng: np.random.Generator,
    count: int,
    *,
    smallest_error: float,
) -> Float[np.ndarray, " kept"]:
    """How far each resample is from the sample, by its own standard error."""
    shift, squared = _resamples(a, rng, count)
    if b is not None:
        other_shift, other_squared = _resamples(b, rng, count)
        shift, squared = shift - other_shift, squared + other_squared
    error = np.sqrt(squared)
    usable = error > smallest_error
    ratios: Float[np.ndarray, " kept"] = shift[usable] / error[usable]
    return ratios


def _resamples(
    values: Float[np.ndarray, " size"], rng: np.random.Generator, count: int
) -> tuple[Float[np.ndarray, " draws"], Float[np.ndarray, " draws"]]:
    """How far the means of resamples are from that of the sample, and the squared errors of these means."""
    if values.size <= _MOST_RESAMPLED:
        taken = values[rng.integers(0, values.size, (count, values.size))]
        return taken.mean(axis=1) - values.mean(), _squared_error(taken)
    from_mean = values - values.mean()
    square = from_mean * from_mean
    second, third, fourth = (float(each.mean()) for each in (square, square * from_mean, square * square))
    # Before the root of it divides the third moment.
    if second == 0:
        return np.zeros(count), np.zeros(count)
    # Mean and variance of a resample go together as the third moment says, which is what makes the interval lopsided.
    one, other = rng.standard_normal((2, count)) / np.sqrt(values.size)
    # Variance that the mean does not explain; rounding can carry it below 0 for two-valued groups, where it is 0.
    apart = max(0.0, fourth - second**2 - third**2 / second)
    variance = second + third / np.sqrt(second) * one + np.sqrt(apart) * other
    return np.sqrt(second) * one, np.maximum(variance, 0.0) / values.size


def _signed_rank_cumulative(pairs: int) -> Float[np.ndarray, " sums"]:
    """Chance that the signed-rank sum of so many pairs is at most 0, 1, 2, ... under no difference."""
    most = pairs * (pairs + 1) // 2
    if pairs > _EXACT_PAIRS:
        variance = most * (2 * pairs + 1) / 12
        return _normal_cumulative(most, variance)
    counts = np.zeros(most + 1)
    counts[0] = 1
    # Each rank is in the sum or not: counts[s] becomes counts[s] + counts[s - rank], of the counts before, hence the
    # copy.
    for rank in range(1, pairs + 1):
        counts[rank:] += counts[: most + 1 - rank].copy()
    chances: Float[np.ndarray, " sums"] = np.cumsum(counts / 2.0**pairs)
    return chances


def _mann_whitney_cumulative(first: int, second: int) -> Float[np.ndarray, " sums"]:
    """Chance that Mann-Whitney's U of two groups is at most 0, 1, 2, ... under no difference."""
    most, fewer = first * second, min(first, second)
    if most * fewer > _MOST_ADDITIONS:
        return _normal_cumulative(most, most * (first + second + 1) / 12)
    # Orders of two groups with U = u, as the coefficients of a Gaussian binomial; whole numbers, for they get large.
    counts = [1] + [0] * most
    more = max(first, second)
    for part in range(1, fewer + 1):
        for u in range(most, more + part - 1, -1):
            counts[u] -= counts[u - more - part]
        for u in range(part, most + 1):
            counts[u] += counts[u - part]
    total = sum(counts)
    chances: Float[np.ndarray, " sums"] = np.cumsum([count / total for count in counts])
    return chances


def _normal_cumulative(most: int, variance: float) -> Float[np.ndarray, " sums"]:
    # 0.5 is the continuity correction: a whole number stands for the unit around it.
    sums = np.arange(most + 1)
    chances: Float[np.ndarray, " sums"] = scipy.stats.norm.cdf((sums + 0.5 - most / 2) / np.sqrt(variance))
    return chances
