"""What a model must improve, and by how much, to reach a rank."""

from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from backend.errors import responses
from backend.view.answer import Question, json_response
from backend.view.parameters import POOL, TARGET, WEIGHTING, ParameterSet
from backend.view.prepared import Prepared
from backend.view.ranking import CurrentRankings, scored_row
from backend.view.view import View
from quba.dimensions import DIMENSIONS
from quba.improvement import Ascent, Improvement, ascent
from quba.normalisation import Normalisation, norms
from quba.question import require_rank
from quba.ranking import competition_ranks
from quba.score import score

router = APIRouter(tags=["decisions"])
_PARAMETERS = ParameterSet("ImprovementParameters", POOL, WEIGHTING, TARGET)
_NO_DISTANCES = "Percentile ranks keep no distances to tell; choose another normalisation, such as zscore."


class WayUp(BaseModel):
    """What one dimension would have to become, all others as they are."""

    dimension: str
    value: float = Field(description="What the model has.")
    needed: float = Field(description="What it would need.")
    change: float = Field(description="Needed less value; negative where lower is better.")
    spreads: float = Field(description="The improvement in spreads of the dimension, 0 or more.")
    possible: bool = Field(description="Whether the dimension can take that value.")
    rule: str | None = Field(description="The rule that the needed value breaks.")


class ImprovementAnswer(BaseModel):
    """What lies between a model and a rank."""

    data_version: str
    model_id: str
    name: str
    rank: int
    score: float
    target_rank: int
    score_gap: float | None = Field(description="What is missing; 0 where the rank is reached; null with a reason.")
    alone: list[WayUp] = Field(description="Each would do alone; by spreads, the smallest first.")
    together: list[WayUp] = Field(description="All of these at once would do, each by `score_gap` spreads.")
    reason: str | None = Field(description="Why there are no figures.")


@router.get(
    "/v1/improvements/{model_id}", summary="What a model must improve", response_model=ImprovementAnswer,
    responses=responses(304, 404, 422, 503), openapi_extra=_PARAMETERS.openapi(),
)  # fmt: skip
def improvements(model_id: str, request: Request, rankings: CurrentRankings) -> Response:
    """The values that would bring a model to a rank, in each dimension alone and in all together; norms stay fixed."""
    values = _PARAMETERS.from_query(request)
    view = View.of(values)
    prepared = rankings.prepared(view.pool, view.normalisation)
    row, target = scored_row(prepared, view, model_id), values["target_rank"]

    def document() -> dict[str, Any]:
        scores = score(prepared.standardised, view.weights).score
        ranks = competition_ranks(scores)
        require_rank(target, int((ranks > 0).sum()))
        return {
            "data_version": prepared.origin.data_version,
            "model_id": model_id,
            "name": prepared.names[row],
            "rank": int(ranks[row]),
            "score": float(scores[row]),
            "target_rank": target,
            **_ways(prepared, view, row, target),
        }

    return json_response(Question(request, values, prepared.origin.data_version), document)


def _ways(prepared: Prepared, view: View, row: int, target: int) -> dict[str, Any]:
    if view.normalisation is Normalisation.PERCENTILE:
        return {"score_gap": None, "alone": [], "together": [], "reason": _NO_DISTANCES}
    columns = {key: prepared.snapshot.columns[key] for key, weight in view.weights.items() if weight}
    found_norms = norms(columns, view.normalisation)
    found = ascent(columns, found_norms, view.weights, row, k=target)
    spreads = {key: norm.standard_deviation for key, norm in found_norms.items()}
    return {
        "score_gap": found.score_gap,
        "alone": [_way(way) for way in found.improvements],
        "together": [_way(way) for way in _together(found, spreads)],
        "reason": None,
    }


def _together(found: Ascent, spreads: dict[str, float]) -> list[Improvement]:
    """Every dimension better by as many spreads as score is missing, which adds up to just that score."""
    ways = []
    for way in found.improvements:
        dimension = DIMENSIONS[way.key]
        needed = way.value + dimension.sign * found.score_gap * spreads[way.key]
        ways.append(Improvement(way.key, way.value, needed, found.score_gap, dimension.violation(needed)))
    return sorted(ways, key=lambda way: list(DIMENSIONS).index(way.key))


def _way(way: Improvement) -> dict[str, Any]:
    return {
        "dimension": way.key,
        "value": way.value,
        "needed": way.needed,
        "change": way.needed - way.value,
        "spreads": way.spreads,
        "possible": way.violation is None,
        "rule": way.violation,
    }
