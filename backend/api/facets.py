"""Which choices the filters have, and how many models each would leave."""

from typing import Annotated

import numpy as np
from fastapi import APIRouter, Query, Request
from jaxtyping import Float
from pydantic import BaseModel, Field

from backend.problems import responses
from backend.ranking.checked_route import CheckedRoute
from backend.ranking.parameters import CHOICE_FIELDS
from backend.ranking.pool import Prepared
from backend.ranking.quantities import DataVersion, PassingCount
from backend.ranking.query import Filters
from backend.ranking.ranked import CurrentRankings
from backend.ranking.responses import JsonAnswer, Question, json_response
from backend.ranking.view_queries import ViewQuery
from quba.ranking.score import score
from quba.vocabulary import PAIRINGS

router = APIRouter(tags=["models"], route_class=CheckedRoute)
# Every lineage or backbone would be a list of hundreds; these are what a person chooses from.
_COUNTED_FIELDS = tuple(field for field in CHOICE_FIELDS if field not in PAIRINGS)


class Choice(BaseModel):
    """One value of a field."""

    value: str = Field(description="The value as the filter takes it, where `none` stands for an absent value.")
    count: int = Field(
        description="The number of models left by choosing this value, with the filters on the other fields unchanged."
    )


class Range(BaseModel):
    """Lowest and highest value of the pool."""

    low: float = Field(description="The lowest value of the pool.")
    high: float = Field(description="The highest value of the pool.")


class FacetAnswer(BaseModel):
    """The filters' choices with counts."""

    data_version: DataVersion
    total: PassingCount
    facets: dict[str, list[Choice]] = Field(description="The values of each field with their counts.")
    ranges: dict[str, Range] = Field(
        description="The lowest and highest values by dimension key, by cost such as `macs_billions`, and of `score`."
    )


def _choices(prepared: Prepared, field: str, filters: Filters, scores: Float[np.ndarray, " models"]) -> list[Choice]:
    counts = prepared.facet(field, prepared.mask(filters.without(field), scores))
    return [Choice(value=value, count=count) for value, count in counts.items()]


@router.get(
    "/v1/facets", summary="Filter choices with counts", response_model=FacetAnswer,
    responses=responses(304, 404, 422, 503)
)  # fmt: skip
def list_facets(
    request: Request, query: Annotated[ViewQuery, Query()], rankings: CurrentRankings
) -> JsonAnswer[FacetAnswer]:
    """The number of models that each value of each field would leave, given the filters on the other fields."""
    prepared, view = rankings.prepared_view(query.view())

    def document() -> FacetAnswer:
        scores = score(prepared.standardised, view.weights).score
        columns = {**prepared.snapshot.columns, **prepared.costs, "score": scores}
        return FacetAnswer(
            data_version=prepared.origin.data_version,
            total=int(prepared.mask(view.filters, scores).sum()),
            facets={field: _choices(prepared, field, view.filters, scores) for field in _COUNTED_FIELDS},
            ranges={
                key: Range(low=float(np.nanmin(column)), high=float(np.nanmax(column)))
                for key, column in columns.items()
                if not np.isnan(column).all()
            },
        )

    return json_response(Question(request, query.values(), prepared.origin.data_version), document)
