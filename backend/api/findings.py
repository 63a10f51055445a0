"""The study's claims, re-tested on the current data."""

from fastapi import APIRouter, Request
from pydantic import BaseModel

from backend.findings import all_claims
from backend.findings.claim import Evidence
from backend.findings.schema import Finding
from backend.problems import responses
from backend.ranking.decision_parameters import GROUPS
from backend.ranking.parameters import POOL, ParameterSet
from backend.ranking.query import Pool
from backend.ranking.ranked import CurrentRankings
from backend.ranking.responses import JsonAnswer, Question, json_response

router = APIRouter(tags=["decisions"])
_POOL = {name: parameter for name, parameter in POOL.items() if name != "quality"}
_PARAMETERS = ParameterSet("FindingParameters", _POOL, {"alpha": GROUPS["alpha"]})
_QUALITIES = ("all", "screened")


class FindingsAnswer(BaseModel):
    """All claims, re-tested."""

    data_version: str
    alpha: float
    items: list[Finding]


@router.get(
    "/v1/findings", summary="Findings of the study, re-tested", response_model=FindingsAnswer,
    responses=responses(304, 404, 422, 429, 503), openapi_extra=_PARAMETERS.openapi(),
)  # fmt: skip
def list_findings(request: Request, rankings: CurrentRankings) -> JsonAnswer[FindingsAnswer]:
    """The claims of the study with groups, tests on raw and on matched pairs, with all values and without flagged ones.

    Computed once per data version.
    """
    values = _PARAMETERS.from_query(request)
    prepared = {quality: rankings.prepared(Pool.of({**values, "quality": quality})) for quality in _QUALITIES}
    version = prepared["all"].origin.data_version

    def document() -> FindingsAnswer:
        evidence = Evidence(values=prepared, alpha=values["alpha"])
        items = [claim.finding(evidence) for claim in all_claims()]
        return FindingsAnswer(data_version=version, alpha=values["alpha"], items=items)

    return json_response(Question(request, values, version), document, rankings.answers)
