"""How sure a ranking is: what becomes of it when the weights change a little."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from backend.problems import responses
from backend.ranking.contenders import Contenders
from backend.ranking.parameters import AMONG, FILTERS, POOL, STABILITY, WEIGHTING, ParameterSet
from backend.ranking.pool import Prepared, nullable
from backend.ranking.query import View
from backend.ranking.ranked import CurrentRankings
from backend.ranking.responses import Question, json_response
from backend.ranking.sentences import stability_sentence
from quba.deciding.break_points import reigns
from quba.deciding.stability import Acceptability, acceptability, any_weights, jittered_weights
from quba.dimensions import DIMENSIONS, STUDY_DIMENSIONS
from quba.errors import require_rank
from quba.ranking.score import weighted
from quba.vocabulary import TOP_K

router = APIRouter(tags=["decisions"])
_PARAMETERS = ParameterSet("StabilityParameters", POOL, WEIGHTING, FILTERS, AMONG, STABILITY)
CONFIDENCE = 0.9
_TOP_K = TOP_K.default


class StabilityItem(BaseModel):
    """One model over all drawn weightings."""

    model_id: str
    name: str
    rank: int = Field(description="Among the compared models, under the given weights.")
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
    current: bool = Field(
        description="Whether the given weight lies in this stretch; at a break-point, the lower stretch counts."
    )


class StabilityAnswer(BaseModel):
    """Rank acceptability over drawn weightings, and the exact weights at which the leader changes."""

    data_version: str
    among: str = Field(description="Which models were compared: `filtered` or `all`.")
    total: int = Field(description="How many models were compared; those without a score take no part.")
    around: str
    draws: int
    jitter: float
    seed: int
    top_k: int
    confidence: float
    sentence: str = Field(
        description="How often the leader leads, and who leads most often else; empty for fewer than two models."
    )
    items: list[StabilityItem]
    break_points: dict[str, list[ReignItem]] = Field(
        description="By dimension: who leads from which weight on, the other weights staying as they are."
    )


@router.get(
    "/v1/stability", summary="How sure the ranking is", response_model=StabilityAnswer,
    responses=responses(304, 404, 422, 429, 503), openapi_extra=_PARAMETERS.openapi(),
)  # fmt: skip
def stability(request: Request, rankings: CurrentRankings) -> Response:
    """Stochastic multicriteria acceptability analysis: draws weightings and counts the ranks; scored models only.

    The models that pass the filters are compared with each other, on the scale of the whole pool; `among=all` compares
    all models. Fewer scored models than `top_k` lower it to their number.
    """
    values = _PARAMETERS.from_query(request)
    view = View.of(values)
    prepared = rankings.prepared(view.pool, view.normalisation)
    require_rank(values["top_k"] or 1, _scored(prepared, view))

    def document() -> dict[str, Any]:
        asked = {name: values[name] for name in ("around", "draws", "jitter", "seed")}
        contenders = Contenders.of(prepared, view)
        top_k = min(values["top_k"] or _TOP_K, max(1, contenders.scored.size))
        found = _found(contenders, values, top_k)
        return {
            **contenders.about(),
            **asked,
            "top_k": top_k,
            "confidence": CONFIDENCE,
            "sentence": "" if found is None else stability_sentence(found, contenders, values["around"]),
            "items": [] if found is None else _items(found, contenders),
            "break_points": _break_points(contenders),
        }

    return json_response(Question(request, values, prepared.origin.data_version), document, rankings.answers)


def _scored(prepared: Prepared, view: View) -> int:
    return int((~np.isnan(weighted(prepared.standardised, view.weights).score)).sum())


def _found(contenders: Contenders, values: Mapping[str, Any], top_k: int) -> Acceptability | None:
    if contenders.scored.size == 0:
        return None
    rng = np.random.default_rng(values["seed"])
    if values["around"] == "anything":
        drawn = any_weights(rng=rng, draws=values["draws"], keys=_divided(contenders.view))
    else:
        drawn = jittered_weights(contenders.view.weights, rng=rng, draws=values["draws"], spread=values["jitter"])
    return acceptability(contenders.standardised, drawn, k=top_k, confidence=CONFIDENCE)


def _divided(view: View) -> tuple[str, ...]:
    """Among which dimensions any weighting divides: the study's, and those beyond that the view weighs."""
    return (*STUDY_DIMENSIONS, *(key for key, weight in view.weights.items() if weight and key not in STUDY_DIMENSIONS))


def _items(found: Acceptability, contenders: Contenders) -> list[dict[str, Any]]:
    return [
        {
            "model_id": contenders.model_ids[place],
            "name": contenders.names[place],
            "rank": int(contenders.ranks[place]),
            "p_first": float(found.first[place]),
            "p_top_k": float(found.top[place]),
            "rank_low": int(found.low_rank[place]),
            "rank_high": int(found.high_rank[place]),
            "central_weights": {
                key: nullable(weight) for key, weight in zip(DIMENSIONS, found.central_weights[place], strict=True)
            },
        }
        for place in contenders.scored.tolist()
        if found.low_rank[place] > 0
    ]


def _break_points(contenders: Contenders) -> dict[str, list[dict[str, Any]]]:
    return {key: _reigns(contenders, key) for key in DIMENSIONS}


def _reigns(contenders: Contenders, key: str) -> list[dict[str, Any]]:
    weight = contenders.view.weights[key]
    found = reigns(contenders.standardised, contenders.view.weights, key)
    current = next((reign for reign in found if reign.low <= weight <= reign.high), None)
    return [
        {
            "from_weight": reign.low,
            "to_weight": None if np.isinf(reign.high) else reign.high,
            "leader": contenders.model_ids[reign.leader],
            "current": reign is current,
        }
        for reign in found
    ]
