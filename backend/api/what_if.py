"""What would bring a model up: other weights, or better values."""

from typing import Annotated

import numpy as np
from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from backend.problems import responses
from backend.ranking.checked_route import CheckedRoute
from backend.ranking.contenders import Contenders
from backend.ranking.quantities import Among, ComparedCount, DataVersion, ModelId, ModelName
from backend.ranking.ranked import CurrentRankings
from backend.ranking.responses import JsonAnswer, Question, json_response
from backend.ranking.targets import TargetItem, accuracies, target_item, way_up
from backend.ranking.view_queries import TargetQuery
from quba.deciding.what_if import nearest_weights

router = APIRouter(tags=["decisions"], route_class=CheckedRoute)


class MixtureItem(BaseModel):
    """Models whose average, in these shares, is at least as good everywhere: one of them is always ahead."""

    shares: dict[str, float] = Field(description="The share of each model by its identifier; together they are 1.")


class WhatIfAnswer(BaseModel):
    """The least change of the weights that brings a model to a rank, or what stands in the way."""

    data_version: DataVersion
    among: Among
    total: ComparedCount
    model_id: ModelId
    name: ModelName
    target_rank: int = Field(description="The rank among the compared models.")
    feasible: bool | None = Field(
        description="Whether such weights exist; null where the search ended undecided, which happens beyond rank 1 "
        "only."
    )
    proven: bool = Field(description="Whether nothing nearer exists, or, where not feasible, nothing at all.")
    weights: dict[str, float] | None = Field(
        description="The nearest weights; those that were 0 stay 0 and are left out."
    )
    distance: float | None = Field(description="The root mean squared relative change of the weights.")
    beaten_by: list[str] = Field(
        description="The identifiers of the models that are at least as good on every weighted dimension."
    )
    mixtures: list[MixtureItem] = Field(description="The sets of further models of which one is always ahead.")
    score_gap: float | None = Field(description="The score that is missing to the rank; null under percentile ranks.")
    improvements: list[TargetItem] = Field(
        description="The improvements of which each alone is enough, the nearest first."
    )


@router.get(
    "/v1/what-if/{model_id}", summary="Nearest weights that reach a rank", response_model=WhatIfAnswer,
    responses=responses(304, 404, 422, 429, 503)
)  # fmt: skip
def get_what_if(
    model_id: str, request: Request, query: Annotated[TargetQuery, Query()], rankings: CurrentRankings
) -> JsonAnswer[WhatIfAnswer]:
    """The nearest weights under which the model reaches the rank, or the proof that there are none; and what values.

    The rank is among the models that pass the filters, or among all with `among=all`. Filters on the score act under
    the given weights, not under the ones that are found.
    """
    prepared, view = rankings.prepared_view(query.view())
    contenders, target = Contenders.of(prepared, view), query.target_rank
    place = contenders.scored_place(model_id)

    def document() -> WhatIfAnswer:
        found = nearest_weights(contenders.standardised_columns, view.weights, place, k=target)
        obstacle = found.obstacle
        mixtures = () if obstacle is None else obstacle.mixtures
        way = way_up(contenders, place, target)
        own = np.nan if way is None else accuracies(contenders, place, way)[0]
        return WhatIfAnswer(
            **contenders.about(),
            model_id=model_id,
            name=contenders.names[place],
            target_rank=target,
            # Not found is no proof: null says that the search ended without one.
            feasible=True if found.weights is not None else False if found.proven else None,
            proven=found.proven,
            weights=None if found.weights is None else dict(found.weights),
            distance=found.change,
            beaten_by=[] if obstacle is None else [contenders.model_ids[each] for each in obstacle.dominators],
            mixtures=[
                MixtureItem(shares={contenders.model_ids[each]: share for each, share in one.items()})
                for one in mixtures
            ],
            score_gap=None if way is None else way.score_gap,
            improvements=[] if way is None else [target_item(one, contenders, own) for one in way.improvements],
        )

    return json_response(Question(request, query.values(), prepared.origin.data_version), document, rankings.answers)
