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
        "What stands for the difference: of the means, or the median of all differences (Hodges-Lehmann).",
        Estimator.MEAN_DIFFERENCE.value,
    ),
    "alpha": Parameter(
        Annotated[float, Field(gt=0, lt=1), BeforeValidator(number)],
        "A difference is significant where its corrected p is below this; the intervals hold 1 - alpha.",
        0.05,
    ),
    "draws": Parameter(
        Annotated[int, Field(ge=100, le=20_000), BeforeValidator(number)],
        "Resamples of the bootstrap, which gives the interval of a mean difference.",
        2_000,
    ),
    "seed": STABILITY["seed"],
}
UNCERTAINTY: Group = {
    "jitter": Parameter(
        Annotated[float, Field(ge=0, le=2), BeforeValidator(number)],
        "0 takes the weights as they are; above it they are doubted too, spread as for /v1/stability.",
        0.0,
    ),
    "draws": STABILITY["draws"],
    "seed": STABILITY["seed"],
    "confidence": Parameter(
        Annotated[float, Field(ge=0.5, le=0.999), BeforeValidator(number)],
        "Share of the draws that a rank interval holds, and of the comparisons that tell tiers apart.",
        0.95,
    ),
}
TOLERANCE: Group = {
    "tolerance": Parameter(
        Annotated[Number, Field(ge=0, le=100)],
        "How far a model may lie behind the front and still count as near it, in standard deviations of the pool.",
        0.0,
    )
}
FIRST_ITEMS: Group = {
    "limit": Parameter(
        Annotated[int, Field(ge=1, le=MAX_LIMIT), BeforeValidator(number)], "Most models in the answer.", 50
    )
}
