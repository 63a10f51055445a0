"""The answer to a view in its first lines: who leads, why, and what of it is doubtful."""

from typing import Any, Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from backend.problems import responses
from backend.ranking.contenders import Contenders
from backend.ranking.headline import headline
from backend.ranking.parameters import AMONG, FILTERS, POOL, WEIGHTING, ParameterSet
from backend.ranking.query import View
from backend.ranking.ranked import CurrentRankings
from backend.ranking.responses import Question, json_response

router = APIRouter(tags=["decisions"])
_PARAMETERS = ParameterSet("HeadlineParameters", POOL, WEIGHTING, FILTERS, AMONG)


class HeadlineModel(BaseModel):
    """The first or the second model."""

    model_id: str
    name: str
    score: float
    rank: int = Field(description="Among the compared models; 1 for both where they share the lead.")


class LeadPart(BaseModel):
    """What one dimension adds to the lead."""

    dimension: str
    difference: float = Field(description="Contribution of the leader less that of the runner-up.")
    flagged: bool = Field(description="Whether the value of either of the two is flagged on this dimension.")


class HeadlineDoubt(BaseModel):
    """A flagged value under a weight above 0 that the answer rests on."""

    role: Literal["leader", "runner_up"]
    model_id: str
    name: str
    dimension: str
    flags: list[str] = Field(description="See /v1/flags.")
    difference: float | None = Field(description="What the dimension adds to the lead; null without a second model.")


class ScreenedHeadline(BaseModel):
    """The first two models once flagged values count as missing, under the same weights and filters."""

    changed: bool = Field(description="Whether the first two are others, or in another order.")
    scored: int = Field(description="Models that keep a score.")
    leader: HeadlineModel | None
    runner_up: HeadlineModel | None
    sentence: str


class HeadlineAnswer(BaseModel):
    """The first lines of an answer; page and decision record show these sentences."""

    data_version: str
    among: str = Field(description="Which models were compared: `filtered` or `all`.")
    total: int = Field(description="How many models were compared.")
    scored: int = Field(description="How many of them have a score.")
    sentence: str = Field(description="Who leads, ahead of whom, and the two parts that matter most on either side.")
    opening: str = Field(description="The beginning of the sentence: who leads, and ahead of whom.")
    reasons: str = Field(description="The rest of it: what speaks for the leader and what against; may be empty.")
    leader: HeadlineModel | None = Field(description="null where no model has a score.")
    runner_up: HeadlineModel | None = Field(description="null where fewer than two models have a score.")
    tied: list[str] = Field(description="model_ids that share the lead; empty where one leads alone.")
    lead: float | None = Field(description="Score of the leader less that of the runner-up.")
    speaks_for: list[LeadPart] = Field(
        description="Dimensions that speak for the leader, the largest first; those that show as 0 are left out."
    )
    speaks_against: list[LeadPart] = Field(description="The same for those that speak against it.")
    doubts: list[HeadlineDoubt] = Field(description="Flagged values that leader and runner-up rest on.")
    doubt: str | None = Field(
        description="The doubts and the order without flagged values, in sentences; null where nothing is in doubt."
    )
    screened: ScreenedHeadline | None = Field(
        description="The order without flagged values; null where the question leaves them out already."
    )


@router.get(
    "/v1/headline", summary="The answer in its first lines", response_model=HeadlineAnswer,
    responses=responses(304, 404, 422, 503), openapi_extra=_PARAMETERS.openapi(),
)  # fmt: skip
def first_lines(request: Request, rankings: CurrentRankings) -> Response:
    """Who leads among the models that pass the filters, ahead of whom, what speaks for and against it, and the doubts.

    An answer is doubtful where the leader or the runner-up rests on flagged values; then it says who leads without
    them.
    """
    values = _PARAMETERS.from_query(request)
    view = View.of(values)
    prepared = rankings.prepared(view.pool, view.normalisation)

    def document() -> dict[str, Any]:
        contenders = Contenders.of(prepared, view)
        return {**contenders.about(), **headline(contenders, Contenders.of(*rankings.screened(prepared, view)))}

    return json_response(Question(request, values, prepared.origin.data_version), document)
