"""The study's claims, re-tested on the current data."""

from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from backend.findings import all_claims
from backend.findings.claim import Evidence
from backend.problems import responses
from backend.ranking.decision_parameters import GROUPS
from backend.ranking.group_comparison import ComparisonItem
from backend.ranking.parameters import POOL, ParameterSet
from backend.ranking.query import Pool
from backend.ranking.ranked import CurrentRankings
from backend.ranking.responses import Question, json_response
from quba.vocabulary import QUALITIES

router = APIRouter(tags=["decisions"])
_POOL = {name: parameter for name, parameter in POOL.items() if name != "quality"}
_PARAMETERS = ParameterSet("FindingParameters", _POOL, {"alpha": GROUPS["alpha"]})


class FindingTest(BaseModel):
    """One of the four ways to test a claim about groups."""

    quality: str = Field(description="`all` values, or `screened`: without flagged ones.")
    matched: bool = Field(description="Whether in matched pairs or group against group.")
    models_a: int
    models_b: int
    n_pairs: int | None
    items: list[ComparisonItem] = Field(description="All dimensions; differences are b less a.")
    refusal: str | None = Field(description="Why this test could not be made.")


class FindingPoint(BaseModel):
    """One claimed point and what all tests together say about it."""

    dimension: str = Field(description="A dimension; of correlations, two with a comma.")
    claimed: str = Field(description="`better` or `worse` of b; of correlations `positive` or `negative`.")
    status: str = Field(description="The case that the four tests of this point are.")
    status_meaning: str = Field(description="The status as a sentence.")
    outcomes: list[str] = Field(
        description="What each test says: groups with all values, groups without flagged ones, then pairs alike. "
        "One of `as_claimed`, `opposite`, `not_significant`, `too_few`."
    )


class FindingCorrelation(BaseModel):
    """One rank correlation."""

    quality: str
    a: str
    b: str
    rho: float | None
    p: float | None
    p_holm: float | None
    n: int
    significant: bool | None = Field(description="After correction for all pairs.")
    significant_uncorrected: bool | None


class Finding(BaseModel):
    """A claim, its tests, the verdict and what to keep in mind."""

    key: str
    title: str
    statement: str = Field(description="What is claimed.")
    origin: str
    origin_meaning: str
    caveat: str
    query: dict[str, Any] = Field(description="Body for POST /v1/group-comparisons that asks the same.")
    a_label: str | None
    b_label: str | None
    control: str | None = Field(
        description="In which fields of their identity the two groups differ, and what both have in common."
    )
    tests: list[FindingTest]
    points: list[FindingPoint]
    holding: int = Field(
        description="How many points hold group against group, with and without flagged values, unless pairs deny it."
    )
    verdict: str
    verdict_meaning: str
    sentences: list[str] = Field(
        description="What all four tests found; what matching or screening changes comes first."
    )
    correlations: list[FindingCorrelation]


class FindingsAnswer(BaseModel):
    """All claims, re-tested."""

    data_version: str
    alpha: float
    items: list[Finding]


@router.get(
    "/v1/findings", summary="The study's claims, re-tested", response_model=FindingsAnswer,
    responses=responses(304, 404, 422, 429, 503), openapi_extra=_PARAMETERS.openapi(),
)  # fmt: skip
def findings(request: Request, rankings: CurrentRankings) -> Response:
    """Each claim with its groups, tests on raw and on matched pairs, with all values and without flagged ones.

    Computed once per data version.
    """
    values = _PARAMETERS.from_query(request)
    prepared = {quality: rankings.prepared(Pool.of({**values, "quality": quality})) for quality in QUALITIES}
    version = prepared["all"].origin.data_version

    def document() -> dict[str, Any]:
        evidence = Evidence(values=prepared, alpha=values["alpha"])
        items = [claim.told(evidence) for claim in all_claims()]
        return {"data_version": version, "alpha": values["alpha"], "items": items}

    return json_response(Question(request, values, version), document, rankings.answers)
