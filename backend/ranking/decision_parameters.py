"""Parameters of the questions that help to decide; `parameters` has those that every question shares."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from backend.ranking.parameters import STABILITY, Group, Parameter, number, within
from quba.vocabulary import CONFIDENCE, ESTIMATORS, NO_JITTER, PAGE_SIZE, PAIRINGS, RESAMPLES
from quba.vocabulary import TOLERANCE as BEHIND

GROUPS: Group = {
    "paired_by": Parameter(
        Literal[PAIRINGS] | None,
        "Compare within pairs that share this, instead of group against group.",
    ),
    "estimator": Parameter(
        Literal[ESTIMATORS],
        "What stands for the difference: of the means, or the median of all differences (Hodges-Lehmann).",
        ESTIMATORS[0],
    ),
    "alpha": Parameter(
        Annotated[float, Field(gt=0, lt=1), BeforeValidator(number)],
        "A difference is significant where its corrected p is below this; the intervals hold 1 - alpha.",
        0.05,
    ),
    "draws": Parameter(
        within(RESAMPLES),
        "Resamples of the bootstrap, which gives the interval of a mean difference.",
        RESAMPLES.default,
    ),
    "seed": STABILITY["seed"],
}
UNCERTAINTY: Group = {
    "jitter": Parameter(
        within(NO_JITTER),
        "0 takes the weights as they are; above it they are doubted too, spread as for /v1/stability.",
        NO_JITTER.default,
    ),
    "draws": STABILITY["draws"],
    "seed": STABILITY["seed"],
    "confidence": Parameter(
        within(CONFIDENCE),
        "Share of the draws that a rank interval holds, and of the comparisons that tell tiers apart.",
        CONFIDENCE.default,
    ),
}
TOLERANCE: Group = {
    "tolerance": Parameter(
        within(BEHIND),
        "How far a model may lie behind the front and still count as near it, in standard deviations of the pool.",
        BEHIND.default,
    )
}
FIRST_ITEMS: Group = {"limit": Parameter(within(PAGE_SIZE), "Most models in the answer.", PAGE_SIZE.default)}
