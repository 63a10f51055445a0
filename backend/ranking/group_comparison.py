"""Comparisons of two groups as answers tell them: differences are b less a."""

from collections.abc import Iterable

import numpy as np
from jaxtyping import Bool
from pydantic import BaseModel, Field

from backend.ranking.pool import Prepared
from backend.ranking.quantities import DimensionName, PairCount
from quba.deciding.groups import Comparison
from quba.vocabulary import UNKNOWN


class GroupComparisonItem(BaseModel):
    """The two groups on one dimension."""

    dimension: DimensionName
    n_a: int = Field(description="The number of models of a that have a value, or of complete pairs.")
    n_b: int = Field(description="The number of models of b that have a value, or of complete pairs.")
    n_pairs: PairCount
    mean_a: float | None = Field(
        description="The mean of group a, over pairs where there are any; null, as all fields below, where the "
        "dimension was not compared."
    )
    mean_b: float | None = Field(description="The mean of group b, as `mean_a`.")
    difference: float | None = Field(
        description="The difference b minus a by the estimator, in the unit of the dimension."
    )
    low: float | None = Field(
        description="The lower end of the difference's interval, from a studentised bootstrap for means and an "
        "inverted rank test for Hodges-Lehmann."
    )
    high: float | None = Field(description="The upper end of the interval.")
    confidence: float | None = Field(
        description="The confidence level of the interval. Rank tests of few models attain only some levels, so it "
        "can be above 1 - alpha."
    )
    effect_size: float | None = Field(
        description="The effect size as Cliff's delta, -1 to 1: how often b has the larger value minus how often the "
        "smaller."
    )
    test: str | None = Field(description="The test, and how its p-value was computed.")
    test_meaning: str | None = Field(description="The test and its p-value as a sentence.")
    p: float | None = Field(description="The two-sided p-value, not corrected.")
    p_holm: float | None = Field(
        description="The p-value with Holm's correction for the dimensions compared; "
        "facts of a model, such as multiply-accumulates, are corrected among themselves."
    )
    significant: bool | None = Field(description="Whether p_holm is below alpha.")
    better: str | None = Field(description="The better group, `a` or `b`, where the difference is significant.")
    refusal: str | None = Field(description="The reason why the dimension was not compared.")


def labels(prepared: Prepared, paired_by: str | None) -> list[str | None] | None:
    """What each model is matched by, None for one of which that is unknown; None where nothing is paired."""
    if paired_by is None:
        return None
    found = [getattr(model, paired_by) for model in prepared.models]
    return [None if label == UNKNOWN else label for label in found]


def others(
    prepared: Prepared, group: Bool[np.ndarray, " models"], fields: Iterable[str]
) -> Bool[np.ndarray, " models"]:
    """All models outside a group, less those of which it is unknown whether they belong to it.

    Args:
        prepared: the pool.
        group: which models are in it.
        fields: that its filters choose by.
    """
    # A model of unknown training may be one of the group: counted as another, it would blur the difference.
    unknown = np.zeros_like(group)
    for field in fields:
        unknown |= np.fromiter((UNKNOWN in own for own in prepared.choice_values[field]), bool, group.size)
    found: Bool[np.ndarray, " models"] = ~group & ~unknown
    return found


def comparison_item(one: Comparison, *, paired: bool, alpha: float) -> GroupComparisonItem:
    """A comparison that was made with b as the first group, for `quba` takes the first less the second."""
    # None where it is not significant, which is no draw: neither group is said to be better.
    better = one.favours_first(alpha)
    return GroupComparisonItem(
        dimension=one.key,
        n_a=one.second_count,
        n_b=one.first_count,
        n_pairs=one.first_count if paired else None,
        mean_a=one.second_mean,
        mean_b=one.first_mean,
        difference=one.difference,
        low=one.low,
        high=one.high,
        confidence=one.confidence,
        effect_size=one.cliffs_delta,
        test=one.p_method,
        test_meaning=one.p_method.meaning if one.p_method else None,
        p=one.p,
        p_holm=one.p_holm,
        significant=None if one.p_holm is None else one.p_holm < alpha,
        better=None if better is None else "b" if better else "a",
        refusal=one.refusal,
    )
