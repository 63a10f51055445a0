"""The study's claims, re-tested on the current data."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from backend.findings import all_claims
from backend.findings.claim import Evidence
from backend.findings.schema import Finding
from backend.problems import responses
from backend.ranking.checked_route import CheckedQuery, CheckedRoute
from backend.ranking.parameters import ALPHA, POOL, fields_of
from backend.ranking.quantities import DataVersion, SignificanceLevel
from backend.ranking.query import Pool
from backend.ranking.ranked import CurrentRankings
from backend.ranking.responses import JsonAnswer, Question, json_response
from quba.vocabulary import QUALITIES

router = APIRouter(tags=["decisions"], route_class=CheckedRoute)
_POOL = {name: parameter for name, parameter in POOL.items() if name != "quality"}


class FindingQuery(fields_of(_POOL, ALPHA), CheckedQuery):  # type: ignore[misc]
    """The query of /v1/findings."""


class FindingsAnswer(BaseModel):
    """All claims, re-tested."""

    data_version: DataVersion
    alpha: SignificanceLevel
    items: list[Finding] = Field(description="The claims with their tests and verdicts.")


@router.get(
    "/v1/findings", summary="Findings of the study, re-tested", response_model=FindingsAnswer,
    responses=responses(304, 404, 422, 429, 503)
)  # fmt: skip
def list_findings(
    request: Request, query: Annotated[FindingQuery, Query()], rankings: CurrentRankings
) -> JsonAnswer[FindingsAnswer]:
    """The claims of the study with groups, tests on raw and on matched pairs, with all values and without flagged ones.

    Computed once per data version.
    """
    prepared = {
        quality: rankings.prepared_pool(Pool.of({**query.values(), "quality": quality})) for quality in QUALITIES
    }
    version = prepared["all"].origin.data_version

    def document() -> FindingsAnswer:
        evidence = Evidence(values=prepared, alpha=query.alpha)
        items = [claim.finding(evidence) for claim in all_claims()]
        return FindingsAnswer(data_version=version, alpha=query.alpha, items=items)

    return json_response(Question(request, query.values(), version), document, rankings.answers)
