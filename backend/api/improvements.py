"""What a model must improve, and by how much, to reach a rank."""

from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from backend.problems import responses
from backend.ranking.contenders import Contenders
from backend.ranking.parameters import AMONG, FILTERS, POOL, TARGET, WEIGHTING, ParameterSet
from backend.ranking.query import View
from backend.ranking.ranked import CurrentRankings
from backend.ranking.responses import Question, json_response
from backend.ranking.targets import TargetItem, accuracies, target_item, way_up
from quba.deciding.improvement import Improvement
from quba.errors import require_rank

router = APIRouter(tags=["decisions"])
_PARAMETERS = ParameterSet("ImprovementParameters", POOL, WEIGHTING, FILTERS, AMONG, TARGET)
_NO_DISTANCES = "Percentile ranks keep no distances to tell; choose another normalisation, such as zscore."


class WayUp(TargetItem):
    """What one dimension would have to become."""

    change: float = Field(description="Needed less value; negative where lower is better.")
    spreads: float = Field(description="The improvement in standard deviations of the dimension, 0 or more.")


class ImprovementAnswer(BaseModel):
    """What lies between a model and a rank."""

    data_version: str
    among: str = Field(description="Which models were compared: `filtered` or `all`.")
    total: int = Field(description="How many models were compared.")
    pool: int = Field(description="Models of the whole pool, of which `best_value` is the best.")
    model_id: str
    name: str
    rank: int = Field(description="Among the compared models.")
    score: float
    target_rank: int = Field(description="Among the compared models.")
    score_gap: float | None = Field(description="What is missing; 0 where the rank is reached; null with a reason.")
    alone: list[WayUp] = Field(description="Each would do alone, the smallest step in standard deviations first.")
    improve_first: WayUp | None = Field(
        description="The smallest of these steps, in standard deviations, to a value that some model of the pool has; "
        "null where there is none or the rank is reached."
    )
    together: list[WayUp] = Field(description="All of these at once would do, each by `score_gap` standard deviations.")
    reason: str | None = Field(description="Why there are no figures.")


@router.get(
    "/v1/improvements/{model_id}", summary="What a model must improve", response_model=ImprovementAnswer,
    responses=responses(304, 404, 422, 503), openapi_extra=_PARAMETERS.openapi(),
)  # fmt: skip
def improvements(model_id: str, request: Request, rankings: CurrentRankings) -> Response:
    """The values that would bring a model to a rank, in each dimension alone and in all together; norms stay fixed.

    The rank is among the models that pass the filters, or among all with `among=all`. Each value is held against the
    best one of the pool and against what can be at all.
    """
    values = _PARAMETERS.from_query(request)
    view = View.of(values)
    prepared = rankings.prepared(view.pool, view.normalisation)
    contenders, target = Contenders.of(prepared, view), values["target_rank"]
    place = contenders.scored_place(model_id)

    def document() -> dict[str, Any]:
        require_rank(target, contenders.scored.size)
        return {
            **contenders.about(),
            "pool": len(prepared.models),
            "model_id": model_id,
            "name": contenders.names[place],
            "rank": int(contenders.ranks[place]),
            "score": float(contenders.scores.score[place]),
            "target_rank": target,
            **_ways(contenders, place, target),
        }

    return json_response(Question(request, values, prepared.origin.data_version), document)


def _ways(contenders: Contenders, place: int, target: int) -> dict[str, Any]:
    found = way_up(contenders, place, target)
    if found is None:
        return {"score_gap": None, "alone": [], "improve_first": None, "together": [], "reason": _NO_DISTANCES}
    own, improved = accuracies(contenders, place, found)
    alone = [_way(way, contenders, own) for way in found.improvements]
    steps = [way for way in alone if way["reach"] == "possible" and way["change"]] if found.score_gap else []
    return {
        "score_gap": found.score_gap,
        "alone": alone,
        "improve_first": min(steps, key=lambda way: way["spreads"], default=None),
        "together": [_way(way, contenders, improved) for way in found.together],
        "reason": None,
    }


def _way(way: Improvement, contenders: Contenders, clean_accuracy: float) -> dict[str, Any]:
    told = target_item(way, contenders, clean_accuracy)
    return {**told, "change": way.needed - way.value, "spreads": way.spreads}
