"""Parameters of the questions that help to decide; `parameters` has those that every question shares."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from backend.ranking.parameters import MAX_LIMIT, STABILITY, Group, Number, Parameter, number
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
        Annotated[int, Field(ge=100, le=20_000), BeforeValidator(number)],
        "The number of bootstrap resamples for the interval of a mean difference.",
        2_000,
    ),
    "seed": STABILITY["seed"],
}
UNCERTAINTY: Group = {
    "jitter": Parameter(
        Annotated[float, Field(ge=0, le=2), BeforeValidator(number)],
        "The standard deviation of the logarithm of each sampled weight's factor, as for /v1/stability; "
        "0 keeps the weights fixed.",
        0.0,
    ),
    "draws": STABILITY["draws"],
    "seed": STABILITY["seed"],
    "confidence": Parameter(
        Annotated[float, Field(ge=0.5, le=0.999), BeforeValidator(number)],
        "The confidence level of the rank intervals and of the comparisons that separate tiers.",
        0.95,
    ),
}
TOLERANCE: Group = {
    "tolerance": Parameter(
        Annotated[Number, Field(ge=0, le=100)],
        "The largest distance behind the Pareto front that still counts as near it, in standard "
        "deviations of the pool.",
        0.0,
    )
}
FIRST_ITEMS: Group = {
    "limit": Parameter(
        Annotated[int, Field(ge=1, le=MAX_LIMIT), BeforeValidator(number)],
        "The largest number of models in the answer.",
        50,
    )
}
