"""Parameters of the questions that help to decide; `parameters` has those that every question shares."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from backend.ranking.parameters import Group, Parameter, Seed, number, within
from quba.vocabulary import ESTIMATORS, PAIRINGS, RESAMPLES, SEED

GROUPS: Group = {
    "paired_by": Parameter(
        Literal[PAIRINGS] | None,
        "Compare within pairs that share this, instead of group against group.",
    ),
    "estimator": Parameter(
        Literal[ESTIMATORS],
        "The estimator of the difference: the difference of the means, or the median of all pairwise "
        "differences (Hodges-Lehmann).",
        ESTIMATORS[0],
    ),
    "alpha": Parameter(
        Annotated[float, Field(gt=0, lt=1), BeforeValidator(number)],
        "A difference is significant where its corrected p is below this; the intervals hold 1 - alpha.",
        0.05,
    ),
    "draws": Parameter(
        within(RESAMPLES),
        "The number of bootstrap resamples for the interval of a mean difference.",
        RESAMPLES.default,
    ),
    "seed": Parameter(Seed, "The random seed; the same seed gives the same samples.", SEED.default),
}
