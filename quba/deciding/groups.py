"""Two groups of models compared on every dimension, as they are or in matched pairs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float

from quba.deciding.group_estimates import Estimator, cliffs_delta, estimate
from quba.deciding.group_intervals import Interval, hodges_lehmann_interval, mean_interval
from quba.deciding.significance import PMethod, holm, mann_whitney, signed_rank
from quba.dimensions import DIMENSIONS
from quba.errors import QuestionError, require_draws, require_share

FEWEST_MODELS = 5
"""In each group: four against four reach p = 0.029 at best, before several tests are corrected for."""
FEWEST_PAIRS = 6
"""Five pairs that all point one way are still p = 0.06."""

# The interval's noise falls with the root of the draws; beyond this only the waiting grows.
_MOST_DRAWS = 20_000
# Far below what any value is known to, far above the rounding of a difference of two doubles near 1.
_DIFFERENCE_DECIMALS = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class Method:
    """How to compare.

    Attributes:
        estimator: what stands for the difference.
        draws: of the bootstrap of means, in 1 to 20,000.
        confidence: of the interval, between 0 and 1.
    """

    estimator: Estimator = Estimator.MEAN_DIFFERENCE
    draws: int = 2_000
    confidence: float = 0.95


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """Two groups on one dimension; differences are first less second, in the unit of the dimension.

    Attributes:
        key: the dimension.
        first_count: models of the first group that have a value, or pairs; ``second_count`` alike.
        first_mean: their mean; ``second_mean`` alike. Of pairs, the means over pairs.
        difference: by the estimator asked for.
        low: end of its interval: the studentised bootstrap for means, the inverted rank test for Hodges-Lehmann;
            ``high`` alike.
        confidence: of the interval. Rank tests attain only some, so that it can be above the one asked for.
        cliffs_delta: chance that a model of the first group has the larger value, less that it has the smaller, in
            [-1, 1]; of pairs, the share of pairs with a larger value in the first less that with a smaller.
        p: two-sided, not corrected.
        p_holm: corrected for the dimensions compared; dimensions of facts are corrected among themselves.
        p_method: how p came about.
        refusal: why the dimension was not compared; then all numbers but the counts are None.
    """

    key: str
    first_count: int
    second_count: int
    first_mean: float | None = None
    second_mean: float | None = None
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    confidence: float | None = None
    cliffs_delta: float | None = None
    p: float | None = None
    p_holm: float | None = None
    p_method: PMethod | None = None
    refusal: str | None = None

    def favours_first(self, alpha: float = 0.05) -> bool | None:
        """Whether the first group is better on this dimension, or None where that is not significant."""
        # A difference of exactly 0 favours nobody, however small its p: the estimator may be 0 where the ranks are not.
        if self.p_holm is None or self.p_holm >= alpha or not self.difference:
            return None
        return (self.difference > 0) == DIMENSIONS[self.key].higher_is_better


def compare_two_groups(
    columns: Mapping[str, Float[np.ndarray, " models"]],
    first: Bool[np.ndarray, " models"],
    second: Bool[np.ndarray, " models"],
    *,
    rng: np.random.Generator,
    paired_by: Sequence[str | None] | None = None,
    method: Method | None = None,
) -> list[Comparison]:
    """Compare two groups of models on every dimension.

    Args:
        columns: values per dimension in its unit, NaN where missing.
        first: which models are in the first group.
        second: which are in the second; no model may be in both.
        rng: the source of chance of the bootstrap.
        paired_by: per model what it is matched by, such as its backbone; None or "" is matched with nothing. All
            models of a group that share a label count as one, by their mean, so that a label is one pair. Differences
            within pairs are rounded to 1e-10 before they are ranked, for values that agree on paper must tie.
        method: estimator, draws and confidence; None takes the defaults.

    Returns:
        One comparison per column, in the order of the columns.

    Raises:
        QuestionError: ``empty_group``, ``overlapping_groups``, ``small_group``, ``no_pairs``, ``too_many_models`` (for
            Hodges-Lehmann), ``draws_out_of_range`` or ``share_out_of_range``.

    Source:
        Mann and Whitney 1947; Wilcoxon 1945; Hodges and Lehmann 1963; Cliff 1993; Holm 1979.

    >>> values = {"accuracy": np.array([0.81, 0.82, 0.83, 0.84, 0.85, 0.71, 0.72, 0.73, 0.74, 0.75])}
    >>> first = np.arange(10) < 5
    >>> found = compare_two_groups(values, first, ~first, rng=np.random.default_rng(0))[0]
    >>> round(found.difference, 3), found.cliffs_delta, round(found.p, 4), found.p_method.value
    (0.1, 1.0, 0.0079, 'mann_whitney_exact')
    """
    how = method or Method()
    require_draws(how.draws, _MOST_DRAWS)
    require_share("confidence", how.confidence)
    _require_groups(first, second)
    # Too few models for any dimension is an error of the question; too few values of one is that dimension's refusal.
    if paired_by is None:
        _require_size("models in the smaller group", min(int(first.sum()), int(second.sum())), FEWEST_MODELS)
        found = [_unpaired_comparison(key, column[first], column[second], rng, how) for key, column in columns.items()]
    else:
        pairs = _pairs(first, second, paired_by)
        found = [_paired_comparison(key, column, pairs, rng, how) for key, column in columns.items()]
    return _with_holm(found)


def _with_holm(found: list[Comparison]) -> list[Comparison]:
    result = list(found)
    # Facts by themselves: which are known of the models must not decide what counts as significant of their behaviour.
    for of_facts in (False, True):
        # Holm counts the tests that were made: a dimension that was refused must not make the others pay for it.
        tested = [
            (index, one.p)
            for index, one in enumerate(found)
            if one.p is not None and DIMENSIONS[one.key].of_facts is of_facts
        ]
        corrected = holm([p for _, p in tested])
        for (index, _), p in zip(tested, corrected, strict=True):
            result[index] = replace(result[index], p_holm=p)
    return result


def _require_groups(first: Bool[np.ndarray, " models"], second: Bool[np.ndarray, " models"]) -> None:
    for name, group in (("first", first), ("second", second)):
        if not group.any():
            raise QuestionError("empty_group", f"the {name} group has no model; widen its filter.")
    both = int((first & second).sum())
    if both:
        raise QuestionError(
            "overlapping_groups", f"{both} models are in both groups; change a filter so that the groups are apart."
        )


def _require_size(what: str, count: int, fewest: int) -> None:
    if count < fewest:
        raise QuestionError("small_group", f"{_too_few(what, count, fewest)} Widen a filter.")


def _too_few(what: str, count: int, fewest: int) -> str:
    return f"there are {count} {what}; fewer than {fewest} prove nothing."


def _unpaired_comparison(
    key: str,
    first: Float[np.ndarray, " first"],
    second: Float[np.ndarray, " second"],
    rng: np.random.Generator,
    how: Method,
) -> Comparison:
    # Each dimension uses all values that it has: dropping models that lack another would change this comparison too.
    a, b = first[~np.isnan(first)], second[~np.isnan(second)]
    result = Comparison(key=key, first_count=a.size, second_count=b.size)
    if min(a.size, b.size) < FEWEST_MODELS:
        refusal = _too_few("values in the smaller group", min(a.size, b.size), FEWEST_MODELS)
        return replace(result, refusal=refusal)
    interval = _interval(a, b, rng, how)
    p_method, p = mann_whitney(a, b)
    return replace(
        result,
        first_mean=float(a.mean()),
        second_mean=float(b.mean()),
        difference=estimate(a, b, how.estimator),
        low=interval.low,
        high=interval.high,
        confidence=interval.confidence,
        cliffs_delta=cliffs_delta(a, b),
        p=p,
        p_method=p_method,
    )


@dataclass(frozen=True, eq=False, slots=True)
class _Pair:
    """The models of either group that share a label."""

    first: Bool[np.ndarray, " models"]
    second: Bool[np.ndarray, " models"]


def _pairs(
    first: Bool[np.ndarray, " models"], second: Bool[np.ndarray, " models"], labels: Sequence[str | None]
) -> list[_Pair]:
    if len(labels) != first.size:
        raise ValueError(f"there are {len(labels)} labels for {first.size} models; pass one per model.")
    # None and "" both mean without a label; sorting the shared labels keeps the bootstrap's draws the same in each run.
    named = np.array([label or "" for label in labels], dtype=np.str_)
    shared = sorted(set(named[first].tolist()) & set(named[second].tolist()) - {""})
    if not shared:
        raise QuestionError("no_pairs", "no label occurs in both groups, so nothing is matched; compare unpaired.")
    _require_size("matched pairs", len(shared), FEWEST_PAIRS)
    return [_Pair(first & (named == label), second & (named == label)) for label in shared]


def _paired_comparison(
    key: str, column: Float[np.ndarray, " models"], pairs: list[_Pair], rng: np.random.Generator, how: Method
) -> Comparison:
    # By the mean, so that a backbone with ten variants weighs as one pair: its variants are no independent evidence.
    means = np.array([[_mean(column[pair.first]), _mean(column[pair.second])] for pair in pairs])
    a, b = means[~np.isnan(means).any(axis=1)].T
    result = Comparison(key=key, first_count=a.size, second_count=a.size)
    if a.size < FEWEST_PAIRS:
        return replace(result, refusal=_too_few("complete pairs", a.size, FEWEST_PAIRS))
    # 0.83 - 0.81 and 0.73 - 0.71 differ in binary; unrounded, values that tie on paper would be ranked.
    differences = (a - b).round(_DIFFERENCE_DECIMALS)
    interval = _interval(differences, None, rng, how)
    p_method, p = signed_rank(differences)
    return replace(
        result,
        first_mean=float(a.mean()),
        second_mean=float(b.mean()),
        difference=estimate(differences, None, how.estimator),
        low=interval.low,
        high=interval.high,
        confidence=interval.confidence,
        # Within pairs only the sign counts; comparing every first with every second would undo the matching.
        cliffs_delta=float(np.sign(differences).mean()),
        p=p,
        p_method=p_method,
    )


def _interval(
    a: Float[np.ndarray, " first"], b: Float[np.ndarray, " second"] | None, rng: np.random.Generator, how: Method
) -> Interval:
    if how.estimator is Estimator.HODGES_LEHMANN:
        return hodges_lehmann_interval(a, b, confidence=how.confidence)
    return mean_interval(a, b, rng=rng, draws=how.draws, confidence=how.confidence)


def _mean(values: Float[np.ndarray, " _"]) -> float:
    # NaN where a group has no value of this label at all: that pair is dropped, not taken for 0.
    present = values[~np.isnan(values)]
    return float(present.mean()) if present.size else np.nan
