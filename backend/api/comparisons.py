"""Models side by side."""

from typing import Annotated, Any

import numpy as np
import orjson
from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, BeforeValidator, Field

from backend.api.rankings import RankingItem
from backend.problems import ProblemError, responses
from backend.ranking.checked_route import CheckedRoute
from backend.ranking.parameters import Text, comma_separated
from backend.ranking.pool import nullable
from backend.ranking.quantities import DataVersion, Normalisation, Weights
from backend.ranking.ranked import CurrentRankings, Ranked, known_row, rank_models
from backend.ranking.responses import JsonAnswer, Question, json_response
from backend.ranking.view_queries import AmongQuery
from quba.dimensions import DIMENSIONS
from quba.vocabulary import COMPARED

router = APIRouter(tags=["trade-offs"], route_class=CheckedRoute)


class ComparisonQuery(AmongQuery):
    """The query of /v1/comparisons."""

    models: Annotated[
        tuple[Text, ...],
        Field(min_length=COMPARED.lowest, max_length=COMPARED.highest),
        BeforeValidator(comma_separated),
    ] = Field(
        description="The identifiers of the models to compare, comma-separated.", examples=[["resnet50", "alexnet"]]
    )


class ComparisonItem(RankingItem):
    """One of the compared models; a model that the filters leave out has no `rank`, but its overall rank."""

    standardised: dict[str, float | None] = Field(
        description="The values under the normalisation, where larger is better."
    )


class ComparedDimension(BaseModel):
    """The differences of the compared models on one dimension."""

    key: str = Field(description="The key of the dimension.")
    best: list[str] = Field(
        description="The identifiers of the models with the best value; several where they tie, none where all are "
        "missing."
    )
    spread: float | None = Field(description="The range of the values, which is the largest minus the smallest.")


class ComparisonAnswer(BaseModel):
    """Models side by side."""

    data_version: DataVersion
    among: str = Field(description="The models that `rank` counts, `filtered` or `all`.")
    normalisation: Normalisation
    weights: Weights
    items: list[ComparisonItem] = Field(description="The models in the order in which they were named.")
    dimensions: list[ComparedDimension] = Field(description="The differences of the models on each dimension.")


def _dimension(result: Ranked, rows: np.ndarray[Any, np.dtype[np.int64]], key: str) -> ComparedDimension:
    values = result.prepared.snapshot.columns[key][rows]
    if np.isnan(values).all():
        return ComparedDimension(key=key, best=[], spread=None)
    good = DIMENSIONS[key].sign * values
    best = [result.prepared.models[row].id for row, value in zip(rows, good, strict=True) if value == np.nanmax(good)]
    return ComparedDimension(key=key, best=best, spread=float(np.nanmax(values) - np.nanmin(values)))


@router.get(
    "/v1/comparisons", summary="Compare models side by side", response_model=ComparisonAnswer,
    responses=responses(304, 404, 422, 503)
)  # fmt: skip
def compare_models(
    request: Request, query: Annotated[ComparisonQuery, Query()], rankings: CurrentRankings
) -> JsonAnswer[ComparisonAnswer]:
    """Values, contributions and ranks of the named models, in the order named, and who is best on what.

    The filters leave none of the named models out: they say among which models each one's `rank` is.
    """
    named = query.models
    if len(set(named)) < len(named):
        raise ProblemError(
            422, "repeated_model", f"models is {','.join(named)[:200]!r}: a model is named twice.", "Name each once."
        )
    view = query.view()
    prepared = rankings.prepared_pool(view.pool, view.normalisation)
    rows = np.array([known_row(prepared, model_id) for model_id in named])

    def document() -> ComparisonAnswer:
        result = rank_models(prepared, view.without_filters() if view.among == "all" else view)
        items = [
            ComparisonItem(
                **item, standardised={key: nullable(column[row]) for key, column in prepared.standardised.items()}
            )
            for row, item in zip(rows, orjson.loads(orjson.dumps(result.items(rows))), strict=True)
        ]
        return ComparisonAnswer(
            data_version=prepared.origin.data_version,
            among=view.among,
            normalisation=view.normalisation.value,
            weights=dict(view.weights),
            items=items,
            dimensions=[_dimension(result, rows, key) for key in DIMENSIONS],
        )

    return json_response(Question(request, query.values(), prepared.origin.data_version), document)
