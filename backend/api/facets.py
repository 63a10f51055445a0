"""Which choices the filters have, and how many models each would leave."""

from typing import Any

import numpy as np
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from backend.problems import responses
from backend.ranking.parameters import CHOICE_FIELDS, FILTERS, POOL, WEIGHTING, ParameterSet
from backend.ranking.pool import Prepared
from backend.ranking.query import Filters, View
from backend.ranking.ranked import CurrentRankings
from backend.ranking.responses import Question, json_response
from quba.ranking.score import score
from quba.vocabulary import PAIRINGS

router = APIRouter(tags=["models"])
_PARAMETERS = ParameterSet("FacetParameters", POOL, WEIGHTING, FILTERS)
# Every lineage or backbone would be a list of hundreds; these are what a person chooses from.
_COUNTED_FIELDS = tuple(field for field in CHOICE_FIELDS if field not in PAIRINGS)


class Choice(BaseModel):
    """One value of a field."""

    value: str = Field(description="As the filter takes it; `none` stands for absent.")
    count: int = Field(description="Models left by choosing it, with the other fields' filters as they are.")


class Range(BaseModel):
    """Lowest and highest value of the pool."""

    low: float
    high: float


class FacetAnswer(BaseModel):
    """The filters' choices with counts."""

    data_version: str
    total: int = Field(description="Models that pass all filters.")
    facets: dict[str, list[Choice]]
    ranges: dict[str, Range] = Field(description="By dimension key, and `score`.")


def _choices(prepared: Prepared, field: str, filters: Filters, scores: Any) -> list[dict[str, Any]]:  # noqa: ANN401
    counts = prepared.facet(field, prepared.mask(filters.without(field), scores))
    return [{"value": value, "count": count} for value, count in counts.items()]


@router.get(
    "/v1/facets", summary="Choices of the filters, with counts", response_model=FacetAnswer,
    responses=responses(304, 404, 422, 503), openapi_extra=_PARAMETERS.openapi(),
)  # fmt: skip
def facets(request: Request, rankings: CurrentRankings) -> Response:
    """How many models each value of each field would leave, given the filters on the other fields."""
    values = _PARAMETERS.from_query(request)
    view = View.of(values)
    prepared = rankings.prepared(view.pool, view.normalisation)

    def document() -> dict[str, Any]:
        scores = score(prepared.standardised, view.weights).score
        columns = {**prepared.snapshot.columns, "score": scores}
        return {
            "data_version": prepared.origin.data_version,
            "total": int(prepared.mask(view.filters, scores).sum()),
            "facets": {field: _choices(prepared, field, view.filters, scores) for field in _COUNTED_FIELDS},
            "ranges": {
                key: {"low": float(np.nanmin(column)), "high": float(np.nanmax(column))}
                for key, column in columns.items()
                if not np.isnan(column).all()
            },
        }

    return json_response(Question(request, values, prepared.origin.data_version), document)
