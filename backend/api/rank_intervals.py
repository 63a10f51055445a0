"""How sure a rank is, given that every value was measured on a finite number of images."""

from typing import Any

import numpy as np
from fastapi import APIRouter, Request, Response
from jaxtyping import Int
from pydantic import BaseModel, Field

from backend.errors import ProblemError, responses
from backend.view.answer import Question, json_response
from backend.view.decision_parameters import UNCERTAINTY
from backend.view.errors_of_measurement import MeasurementErrors, measurement_errors
from backend.view.parameters import POOL, WEIGHTING, ParameterSet
from backend.view.prepared import Prepared, nullable
from backend.view.ranking import CurrentRankings
from backend.view.view import View
from quba.normalisation import Normalisation
from quba.rank_uncertainty import ESTIMATE_BASIS, rank_intervals, score_standard_error, tiers
from quba.ranking import competition_ranks, ranking_order
from quba.score import score
from quba.stability import Acceptability, Noise, acceptability, jittered_weights

router = APIRouter(tags=["decisions"])
_PARAMETERS = ParameterSet("RankIntervalParameters", POOL, WEIGHTING, UNCERTAINTY)


class RankIntervalItem(BaseModel):
    """One model and the ranks between which it lies."""

    model_id: str
    name: str
    rank: int = Field(description="Under the given weights and the values as they are.")
    score: float
    standard_error: float | None = Field(
        description="Of the score; dimensions are taken to err independently. Null, as the four that follow, where an "
        "error is not known: how sure the rank is cannot be told then."
    )
    rank_low: int | None = Field(description="Best rank of the interval that holds `confidence` of the draws.")
    rank_high: int | None = Field(description="Worst rank of it.")
    p_first: float | None = Field(description="Share of the draws in which it is first.")
    tier: int | None = Field(description="Models of one tier cannot be told from the best of it; 1 is the best tier.")
    estimated: bool = Field(description="Whether an error among the weighted dimensions is an estimate.")
    standard_errors: dict[str, float | None] = Field(
        description="Of each weighted dimension, in its unit; null where it is not known."
    )
    unknown: list[str] = Field(description="Weighted dimensions of which no error is known.")


class RankIntervalAnswer(BaseModel):
    """Rank intervals and tiers."""

    data_version: str
    draws: int
    jitter: float
    seed: int
    confidence: float
    tier_count: int
    estimate_basis: dict[str, str] = Field(description="What the estimates rest on, by dimension.")
    items: list[RankIntervalItem]


@router.get(
    "/v1/rank-intervals", summary="Between which ranks each model lies", response_model=RankIntervalAnswer,
    responses=responses(304, 404, 422, 503), openapi_extra=_PARAMETERS.openapi(),
)  # fmt: skip
def intervals(request: Request, rankings: CurrentRankings) -> Response:
    """Draws every value within its error, and the weights too where `jitter` is above 0, and counts the ranks.

    Published values came without errors: theirs are estimated from the study's image counts and rounding, and labelled.
    A value without an error, as imported ones without one are, makes its model's interval unknown; the others are
    compared with it as it stands. Only scored models are listed.
    """
    values = _PARAMETERS.from_query(request)
    view = View.of(values)
    if view.normalisation is Normalisation.PERCENTILE:
        raise ProblemError(
            422,
            "no_distances",
            "normalisation is percentile: percentile ranks keep no distances, so errors have no size in them.",
            "Choose another normalisation, such as zscore.",
        )
    prepared = rankings.prepared(view.pool, view.normalisation)

    def document() -> dict[str, Any]:
        asked = {name: values[name] for name in ("draws", "jitter", "seed", "confidence")}
        errors = measurement_errors(prepared, view.normalisation)
        found = _ranks(prepared, view, errors, values)
        score_error = score_standard_error(errors.standardised, view.weights)
        scores = score(prepared.standardised, view.weights).score
        # A model of unknown error cannot be told from anybody, nor anybody from it.
        found_tiers = tiers(
            np.where(errors.unknown_under(view.weights), np.nan, scores), score_error, confidence=values["confidence"]
        )
        return {
            "data_version": prepared.origin.data_version,
            **asked,
            "tier_count": int(found_tiers.max(initial=0)),
            "estimate_basis": dict(ESTIMATE_BASIS),
            "items": _items(prepared, view, errors, found, found_tiers),
        }

    return json_response(Question(request, values, prepared.origin.data_version), document, rankings.answers)


def _ranks(prepared: Prepared, view: View, errors: MeasurementErrors, values: dict[str, Any]) -> Acceptability:
    rng = np.random.default_rng(values["seed"])
    noise = Noise(errors.standardised, rng)
    how = {"k": 1, "confidence": values["confidence"]}
    if values["jitter"] == 0:
        return rank_intervals(prepared.standardised, view.weights, noise, draws=values["draws"], **how)
    drawn = jittered_weights(view.weights, rng=rng, draws=values["draws"], spread=values["jitter"])
    return acceptability(prepared.standardised, drawn, noise=noise, **how)


def _items(
    prepared: Prepared,
    view: View,
    errors: MeasurementErrors,
    found: Acceptability,
    found_tiers: Int[np.ndarray, " models"],
) -> list[dict[str, Any]]:
    scores = score(prepared.standardised, view.weights).score
    score_error = score_standard_error(errors.standardised, view.weights)
    ranks = competition_ranks(scores)
    weighted = [key for key, weight in view.weights.items() if weight]
    unsure = errors.unknown_under(view.weights)
    return [
        {
            "model_id": prepared.models[row].id,
            "name": prepared.names[row],
            "rank": int(ranks[row]),
            "score": float(scores[row]),
            "standard_error": None if unsure[row] else float(score_error[row]),
            "rank_low": None if unsure[row] else int(found.low_rank[row]),
            "rank_high": None if unsure[row] else int(found.high_rank[row]),
            "p_first": None if unsure[row] else float(found.first[row]),
            "tier": None if unsure[row] else int(found_tiers[row]),
            "estimated": any(bool(errors.estimated[key][row]) for key in weighted),
            "standard_errors": {key: nullable(errors.own[key][row]) for key in weighted},
            "unknown": [key for key in weighted if errors.unknown[key][row]],
        }
        for row in ranking_order(scores, prepared.name_order)
        if ranks[row] > 0
    ]
