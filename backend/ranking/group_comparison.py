"""Comparisons of two groups as answers tell them: differences are b less a."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from jaxtyping import Bool
from pydantic import BaseModel, Field

from backend.ranking.pool import Prepared
from quba.deciding.groups import Comparison
from quba.vocabulary import UNKNOWN


class ComparisonItem(BaseModel):
    """The two groups on one dimension."""

    dimension: str
    n_a: int = Field(description="Models of a that have a value, or complete pairs.")
    n_b: int
    n_pairs: int | None = Field(description="null where nothing is paired.")
    mean_a: float | None = Field(description="Of pairs, the mean over pairs; null where not compared, as all below.")
    mean_b: float | None
    difference: float | None = Field(description="b less a, by the estimator, in the unit of the dimension.")
    low: float | None = Field(
        description="Lower end of the difference's interval: studentised bootstrap for means, inverted rank test for "
        "Hodges-Lehmann."
    )
    high: float | None = Field(description="Upper end of the interval.")
    confidence: float | None = Field(
        description="Confidence of the interval. Rank tests of few models attain only some, so that it can be above "
        "1 - alpha."
    )
    effect_size: float | None = Field(
        description="Cliff's delta, -1 to 1: how often b has the larger value, less how often the smaller."
    )
    test: str | None = Field(description="The test, and how its p came about.")
    test_meaning: str | None
    p: float | None = Field(description="Two-sided, not corrected.")
    p_holm: float | None = Field(description="Corrected (Holm) for the dimensions compared.")
    significant: bool | None = Field(description="Whether p_holm is below alpha.")
    better: str | None = Field(description="`a` or `b`, where the difference is significant.")
    refusal: str | None = Field(description="Why the dimension was not compared.")


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
    unknown = np.zeros_like(group)
    for field in fields:
        unknown |= np.fromiter((UNKNOWN in own for own in prepared.choice_values[field]), bool, group.size)
    found: Bool[np.ndarray, " models"] = ~group & ~unknown
    return found


def comparison_item(one: Comparison, *, paired: bool, alpha: float) -> dict[str, Any]:
    """A comparison that was made with b as the first group, for `quba` takes the first less the second."""
    better = one.favours_first(alpha)
    return {
        "dimension": one.key,
        "n_a": one.second_count,
        "n_b": one.first_count,
        "n_pairs": one.first_count if paired else None,
        "mean_a": one.second_mean,
        "mean_b": one.first_mean,
        "difference": one.difference,
        "low": one.low,
        "high": one.high,
        "confidence": one.confidence,
        "effect_size": one.cliffs_delta,
        "test": one.p_method,
        "test_meaning": one.p_method.meaning if one.p_method else None,
        "p": one.p,
        "p_holm": one.p_holm,
        "significant": None if one.p_holm is None else one.p_holm < alpha,
        "better": None if better is None else "b" if better else "a",
        "refusal": one.refusal,
    }
