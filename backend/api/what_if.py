"""What would bring a model up: other weights, or better values."""

from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from backend.errors import responses
from backend.view.answer import Question, json_response
from backend.view.parameters import POOL, TARGET, WEIGHTING, ParameterSet
from backend.view.prepared import Prepared
from backend.view.ranking import CurrentRankings, scored_row
from backend.view.view import View
from quba.improvement import ascent
from quba.normalisation import Normalisation, norms
from quba.what_if import nearest_weights

router = APIRouter(tags=["decisions"])
_PARAMETERS = ParameterSet("WhatIfParameters", POOL, WEIGHTING, TARGET)


class MixtureItem(BaseModel):
    """Models whose average, in these shares, is at least as good everywhere: one of them is always ahead."""

    shares: dict[str, float]


class ImprovementItem(BaseModel):
    """What one dimension alone would have to become."""

    dimension: str
    value: float
    needed: float
    possible: bool = Field(description="Whether the dimension can take that value.")


class WhatIfAnswer(BaseModel):
    """The least change of the weights that brings a model to a rank, or what stands in the way."""

    data_version: str
    model_id: str
    name: str
    target_rank: int
    feasible: bool | None = Field(description="null: the search ended undecided, which happens beyond rank 1 only.")
    proven: bool = Field(description="Whether nothing nearer exists, or, where not feasible, nothing at all.")
    weights: dict[str, float] | None = Field(description="Nearest weights; those that were 0 stay 0 and are left out.")
    distance: float | None = Field(description="Root of the mean squared relative change of the weights.")
    beaten_by: list[str] = Field(description="Models at least as good on every weighted dimension.")
    mixtures: list[MixtureItem] = Field(description="Sets of further models of which one is always ahead.")
    score_gap: float | None = Field(description="What is missing to the rank; null under percentile ranks.")
    improvements: list[ImprovementItem] = Field(description="Each would do alone, the nearest first.")


@router.get(
    "/v1/what-if/{model_id}", summary="What would bring a model up", response_model=WhatIfAnswer,
    responses=responses(304, 404, 422, 429, 503), openapi_extra=_PARAMETERS.openapi(),
)  # fmt: skip
def what_if(model_id: str, request: Request, rankings: CurrentRankings) -> Response:
    """The nearest weights under which the model reaches the rank, or the proof that there are none; and what values."""
    values = _PARAMETERS.from_query(request)
    view = View.of(values)
    prepared = rankings.prepared(view.pool, view.normalisation)
    row, target = scored_row(prepared, view, model_id), values["target_rank"]

    def document() -> dict[str, Any]:
        found = nearest_weights(prepared.standardised, view.weights, row, k=target)
        obstacle = found.obstacle
        mixtures = () if obstacle is None else obstacle.mixtures
        return {
            "data_version": prepared.origin.data_version,
            "model_id": model_id,
            "name": prepared.names[row],
            "target_rank": target,
            "feasible": True if found.weights is not None else False if found.proven else None,
            "proven": found.proven,
            "weights": None if found.weights is None else dict(found.weights),
            "distance": found.change,
            "beaten_by": [] if obstacle is None else [prepared.models[each].id for each in obstacle.dominators],
            "mixtures": [
                {"shares": {prepared.models[each].id: share for each, share in one.items()}} for one in mixtures
            ],
            **_ascent(prepared, view, row, target),
        }

    return json_response(Question(request, values, prepared.origin.data_version), document, rankings.answers)


def _ascent(prepared: Prepared, view: View, row: int, target: int) -> dict[str, Any]:
    if view.normalisation is Normalisation.PERCENTILE:
        # Percentile ranks keep no distances to tell.
        return {"score_gap": None, "improvements": []}
    columns = {key: prepared.snapshot.columns[key] for key, weight in view.weights.items() if weight}
    found = ascent(columns, norms(columns, view.normalisation), view.weights, row, k=target)
    return {
        "score_gap": found.score_gap,
        "improvements": [
            {"dimension": way.key, "value": way.value, "needed": way.needed, "possible": way.violation is None}
            for way in found.improvements
        ],
    }
