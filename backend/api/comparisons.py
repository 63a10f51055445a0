"""Models side by side."""

from typing import Any

import numpy as np
import orjson
from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from backend.api.rankings import RankingItem
from backend.problems import ProblemError, responses
from backend.ranking.parameters import AMONG, FILTERS, MODEL_LIST, POOL, WEIGHTING, ParameterSet
from backend.ranking.pool import nullable
from backend.ranking.query import View
from backend.ranking.ranked import CurrentRankings, Ranked, known_row, ranked
from backend.ranking.responses import JsonAnswer, Question, json_response
from quba.dimensions import DIMENSIONS

router = APIRouter(tags=["trade-offs"])
_PARAMETERS = ParameterSet("ComparisonParameters", POOL, WEIGHTING, FILTERS, AMONG, MODEL_LIST)


class ComparisonItem(RankingItem):
    """One of the compared models; a model that the filters leave out has no `rank`, but its overall rank."""

    standardised: dict[str, float | None] = Field(
        description="The values under the normalisation, where larger is better."
    )


class ComparedDimension(BaseModel):
    """The differences of the compared models on one dimension."""

    key: str
    best: list[str] = Field(
        description="The identifiers of the models with the best value; several where they tie, none where all are "
        "missing."
    )
    spread: float | None = Field(description="The range of the values, which is the largest minus the smallest.")


class ComparisonAnswer(BaseModel):
    """Models side by side."""

    data_version: str
    among: str = Field(description="The models that `rank` counts, `filtered` or `all`.")
    normalisation: str
    weights: dict[str, float]
    items: list[ComparisonItem]
    dimensions: list[ComparedDimension]


def _dimension(result: Ranked, rows: np.ndarray[Any, np.dtype[np.int64]], key: str) -> ComparedDimension:
    values = result.prepared.snapshot.columns[key][rows]
    if np.isnan(values).all():
        return ComparedDimension(key=key, best=[], spread=None)
    good = DIMENSIONS[key].sign * values
    best = [result.prepared.models[row].id for row, value in zip(rows, good, strict=True) if value == np.nanmax(good)]
    return ComparedDimension(key=key, best=best, spread=float(np.nanmax(values) - np.nanmin(values)))


@router.get(
    "/v1/comparisons", summary="Compare models side by side", response_model=ComparisonAnswer,
    responses=responses(304, 404, 422, 503), openapi_extra=_PARAMETERS.openapi(),
)  # fmt: skip
def compare_models(request: Request, rankings: CurrentRankings) -> JsonAnswer[ComparisonAnswer]:
    """Values, contributions and ranks of the named models, in the order named, and who is best on what.

    The filters leave none of the named models out: they say among which models each one's `rank` is.
    """
    values = _PARAMETERS.from_query(request)
    named = values["models"]
    if len(set(named)) < len(named):
        raise ProblemError(
            422, "repeated_model", f"models is {','.join(named)[:200]!r}: a model is named twice.", "Name each once."
        )
    view = View.of(values)
    prepared = rankings.prepared(view.pool, view.normalisation)
    rows = np.array([known_row(prepared, model_id) for model_id in named])

    def document() -> ComparisonAnswer:
        result = ranked(prepared, view.without_filters() if view.among == "all" else view)
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

    return json_response(Question(request, values, prepared.origin.data_version), document)
