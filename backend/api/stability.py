"""How sure a ranking is: what becomes of it when the weights change a little."""

from typing import Any

import numpy as np
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from backend.errors import responses
from backend.view.answer import Question, json_response
from backend.view.parameters import POOL, STABILITY, WEIGHTING, ParameterSet
from backend.view.prepared import Prepared, nullable
from backend.view.ranking import CurrentRankings
from backend.view.view import View
from quba.break_points import reigns
from quba.dimensions import DIMENSIONS
from quba.ranking import competition_ranks, ranking_order
from quba.score import score
from quba.stability import Acceptability, acceptability, any_weights, jittered_weights

router = APIRouter(tags=["decisions"])
_PARAMETERS = ParameterSet("StabilityParameters", POOL, WEIGHTING, STABILITY)
CONFIDENCE = 0.9
_TOP_K = 10


class StabilityItem(BaseModel):
    """One model over all drawn weightings."""

    model_id: str
    name: str
    rank: int = Field(description="Under the given weights.")
    p_first: float = Field(description="Share of the weightings under which it is first.")
    p_top_k: float = Field(description="Share of the weightings under which it is among the first `top_k`.")
    rank_low: int = Field(description="Best rank of the interval that holds `confidence` of the draws.")
    rank_high: int = Field(description="Worst rank of it.")
    central_weights: dict[str, float | None] = Field(
        description="Mean of the weightings that make it first, as shares; null where none does."
    )


class ReignItem(BaseModel):
    """A stretch of one weight on which one model leads."""

    from_weight: float
    to_weight: float | None = Field(description="null: without end.")
    leader: str


class StabilityAnswer(BaseModel):
    """Rank acceptability over drawn weightings, and the exact weights at which the leader changes."""

    data_version: str
    around: str
    draws: int
    jitter: float
    seed: int
    top_k: int
    confidence: float
    items: list[StabilityItem]
    break_points: dict[str, list[ReignItem]] = Field(
        description="By dimension: who leads from which weight on, the other weights staying as they are."
    )


@router.get(
    "/v1/stability", summary="How sure the ranking is", response_model=StabilityAnswer,
    responses=responses(304, 404, 422, 429, 503), openapi_extra=_PARAMETERS.openapi(),
)  # fmt: skip
def stability(request: Request, rankings: CurrentRankings) -> Response:
    """Stochastic multicriteria acceptability analysis: draws weightings and counts the ranks; scored models only."""
    values = _PARAMETERS.from_query(request)
    view = View.of(values)
    prepared = rankings.prepared(view.pool, view.normalisation)

    def document() -> dict[str, Any]:
        asked = {name: values[name] for name in ("around", "draws", "jitter", "seed")}
        top_k = values["top_k"] or _default_top_k(prepared, view)
        rng = np.random.default_rng(values["seed"])
        if values["around"] == "anything":
            drawn = any_weights(rng=rng, draws=values["draws"])
        else:
            drawn = jittered_weights(view.weights, rng=rng, draws=values["draws"], spread=values["jitter"])
        found = acceptability(prepared.standardised, drawn, k=top_k, confidence=CONFIDENCE)
        return {
            "data_version": prepared.origin.data_version,
            **asked,
            "top_k": top_k,
            "confidence": CONFIDENCE,
            "items": _items(found, prepared, view),
            "break_points": _break_points(prepared, view),
        }

    return json_response(Question(request, values, prepared.origin.data_version), document, rankings.answers)


def _default_top_k(prepared: Prepared, view: View) -> int:
    scored = int((~np.isnan(score(prepared.standardised, view.weights).score)).sum())
    return min(_TOP_K, max(1, scored))


def _items(found: Acceptability, prepared: Prepared, view: View) -> list[dict[str, Any]]:
    scores = score(prepared.standardised, view.weights).score
    ranks = competition_ranks(scores)
    order = ranking_order(scores, prepared.name_order)
    return [
        {
            "model_id": prepared.models[row].id,
            "name": prepared.names[row],
            "rank": int(ranks[row]),
            "p_first": float(found.first[row]),
            "p_top_k": float(found.top[row]),
            "rank_low": int(found.low_rank[row]),
            "rank_high": int(found.high_rank[row]),
            "central_weights": {
                key: nullable(weight) for key, weight in zip(DIMENSIONS, found.central_weights[row], strict=True)
            },
        }
        for row in order
        if ranks[row] > 0 and found.low_rank[row] > 0
    ]


def _break_points(prepared: Prepared, view: View) -> dict[str, list[dict[str, Any]]]:
    return {
        key: [
            {
                "from_weight": reign.low,
                "to_weight": None if np.isinf(reign.high) else reign.high,
                "leader": prepared.models[reign.leader].id,
            }
            for reign in reigns(prepared.standardised, view.weights, key)
        ]
        for key in DIMENSIONS
    }
