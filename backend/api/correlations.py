"""How the dimensions hang together."""

from itertools import combinations
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from backend.problems import responses
from backend.ranking.checked_route import CheckedRoute
from backend.ranking.quantities import DataVersion, PassingCount, SignificanceLevel
from backend.ranking.ranked import CurrentRankings
from backend.ranking.responses import JsonAnswer, Question, json_response
from backend.ranking.view_queries import ViewQuery
from quba.ranking.score import score
from quba.ranking.statistics import place_correlation, value_places

router = APIRouter(tags=["trade-offs"], route_class=CheckedRoute)
ALPHA = 0.05


class CorrelationItem(BaseModel):
    """Rank correlation of one pair."""

    a: str = Field(examples=["accuracy"], description="The key of the first dimension, or `score`.")
    b: str = Field(examples=["object_focus"], description="The key of the second dimension, or `score`.")
    rho: float | None = Field(
        description="The Spearman rank correlation of the raw values; null where it is not defined."
    )
    p: float | None = Field(
        description="The two-sided p-value, from the t approximation; of fewer than 8 models, exact."
    )
    n: int = Field(description="The number of models that have both values.")
    significant: bool = Field(description="Whether p is below alpha, without correction for the number of pairs.")


class CorrelationAnswer(BaseModel):
    """Rank correlations of all pairs of dimensions, and of each with the score."""

    data_version: DataVersion
    alpha: SignificanceLevel
    total: PassingCount
    pairs: list[CorrelationItem] = Field(description="The correlation of each pair.")


@router.get(
    "/v1/correlations", summary="Rank correlations", response_model=CorrelationAnswer,
    responses=responses(304, 404, 422, 503)
)  # fmt: skip
def list_correlations(
    request: Request, query: Annotated[ViewQuery, Query()], rankings: CurrentRankings
) -> JsonAnswer[CorrelationAnswer]:
    """Spearman correlation of raw values among the models that pass the filters; `score` is QUBA with these weights."""
    prepared, view = rankings.prepared_view(query.view())

    def document() -> CorrelationAnswer:
        scores = score(prepared.standardised, view.weights).score
        mask = prepared.mask(view.filters, scores)
        # The score too: it shows which dimensions a ranking mostly follows.
        ranked = {**prepared.value_places, "score": value_places(scores)}
        columns = {key: places[mask] for key, places in ranked.items()}
        pairs = []
        for a, b in combinations(columns, 2):
            found = place_correlation(columns[a], columns[b])
            significant = found.p is not None and found.p < ALPHA
            pairs.append(CorrelationItem(a=a, b=b, rho=found.rho, p=found.p, n=found.n, significant=significant))
        return CorrelationAnswer(
            data_version=prepared.origin.data_version, alpha=ALPHA, total=int(mask.sum()), pairs=pairs
        )

    return json_response(Question(request, query.values(), prepared.origin.data_version), document)
