"""What a model must improve, and by how much, to reach a rank."""

from collections.abc import Sequence
from typing import Annotated

import numpy as np
from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from backend.problems import responses
from backend.ranking.checked_route import CheckedRoute
from backend.ranking.contenders import Contenders
from backend.ranking.quantities import Among, ComparedCount, ComparedRank, DataVersion, ModelId, ModelName, Score
from backend.ranking.ranked import CurrentRankings
from backend.ranking.responses import JsonAnswer, Question, json_response
from backend.ranking.targets import TargetItem, accuracies, target_item, way_up
from backend.ranking.view_queries import TargetQuery
from quba.deciding.improvement import Improvement
from quba.errors import require_rank

router = APIRouter(tags=["decisions"], route_class=CheckedRoute)
_NO_DISTANCES = "Percentile ranks keep no distances to tell; choose another normalisation, such as zscore."


class WayUp(TargetItem):
    """The value that one dimension would need."""

    change: float = Field(description="The needed value minus the current one; negative where lower is better.")
    spreads: float = Field(description="The improvement in standard deviations of the dimension, 0 or more.")


class ImprovementAnswer(BaseModel):
    """The improvements that would bring a model to a rank."""

    data_version: DataVersion
    among: Among
    total: ComparedCount
    pool: int = Field(description="The number of models of the whole pool, of which `best_value` is the best.")
    model_id: ModelId
    name: ModelName
    rank: ComparedRank
    score: Score
    target_rank: int = Field(description="The rank among the compared models.")
    score_gap: float | None = Field(
        description="The score that is missing to the rank; 0 where the rank is reached; null where `reason` says why."
    )
    alone: list[WayUp] = Field(
        description="The improvements of which each alone is enough, the smallest step in standard deviations first."
    )
    improve_first: WayUp | None = Field(
        description="The smallest of these steps, in standard deviations, to a value that some model of the pool has; "
        "null where there is none or the rank is reached."
    )
    together: list[WayUp] = Field(
        description="The improvements that are enough together, each by `score_gap` standard deviations."
    )
    reason: str | None = Field(description="The reason why there are no figures; null where there are.")


@router.get(
    "/v1/improvements/{model_id}", summary="Improvements that reach a rank", response_model=ImprovementAnswer,
    responses=responses(304, 404, 422, 503)
)  # fmt: skip
def get_improvements(
    model_id: str, request: Request, query: Annotated[TargetQuery, Query()], rankings: CurrentRankings
) -> JsonAnswer[ImprovementAnswer]:
    """The values that would bring a model to a rank, in each dimension alone and in all together; norms stay fixed.

    The rank is among the models that pass the filters, or among all with `among=all`. Each value is held against the
    best one of the pool and against what can be at all.
    """
    prepared, view = rankings.prepared_view(query.view())
    contenders, target = Contenders.of(prepared, view), query.target_rank
    place = contenders.scored_place(model_id)

    def document() -> ImprovementAnswer:
        require_rank(target, contenders.scored_places.size)
        found = way_up(contenders, place, target)
        own, improved = (np.nan, np.nan) if found is None else accuracies(contenders, place, found)
        alone = [] if found is None else [_way(way, contenders, own) for way in found.improvements]
        return ImprovementAnswer(
            **contenders.about(),
            pool=len(prepared.models),
            model_id=model_id,
            name=contenders.names[place],
            rank=int(contenders.ranks[place]),
            score=float(contenders.scores.score[place]),
            target_rank=target,
            score_gap=None if found is None else found.score_gap,
            alone=alone,
            # Of a rank that is reached already, nothing comes first.
            improve_first=_first(alone) if found is not None and found.score_gap else None,
            together=[] if found is None else [_way(way, contenders, improved) for way in found.together],
            reason=_NO_DISTANCES if found is None else None,
        )

    return json_response(Question(request, query.values(), prepared.origin.data_version), document)


def _first(alone: Sequence[WayUp]) -> WayUp | None:
    """The smallest step to a value that some model has."""
    steps = [way for way in alone if way.reach == "possible" and way.change]
    return min(steps, key=lambda way: way.spreads, default=None)


def _way(way: Improvement, contenders: Contenders, clean_accuracy: float) -> WayUp:
    item = target_item(way, contenders, clean_accuracy)
    return WayUp(**item.model_dump(), change=way.needed - way.value, spreads=way.spreads)
