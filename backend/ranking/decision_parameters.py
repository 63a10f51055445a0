"""Parameters of the questions that help to decide; `parameters` has those that every question shares."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from backend.ranking.parameters import Draws, Group, Parameter, Seed, number
from quba.deciding.group_estimates import Estimator

GROUPS: Group = {
    "paired_by": Parameter(
        Literal["backbone", "lineage"] | None,
        "Compare within pairs that share this, instead of group against group.",
    ),
    "estimator": Parameter(
        Literal[tuple(estimator.value for estimator in Estimator)],
        "The estimator of the difference: the difference of the means, or the median of all pairwise "
        "differences (Hodges-Lehmann).",
        Estimator.MEAN_DIFFERENCE.value,
    ),
    "alpha": Parameter(
        Annotated[float, Field(gt=0, lt=1), BeforeValidator(number)],
        "A difference is significant where its corrected p is below this; the intervals hold 1 - alpha.",
        0.05,
    ),
    "draws": Parameter(
        Draws,
        "The number of bootstrap resamples for the interval of a mean difference.",
        2_000,
    ),
    "seed": Parameter(Seed, "The random seed; the same seed gives the same samples.", 0),
}
