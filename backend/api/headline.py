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
    rank: int = Field(description="The rank among the compared models, which is 1 for both where they share the lead.")


class LeadPart(BaseModel):
    """The part of the lead that is due to one dimension."""

    dimension: str
    difference: float = Field(description="The contribution of the leader minus that of the runner-up.")
    flagged: bool = Field(description="Whether the value of either of the two is flagged on this dimension.")


class HeadlineDoubt(BaseModel):
    """A flagged value under a weight above 0 that the answer rests on."""

    role: Literal["leader", "runner_up"]
    model_id: str
    name: str
    dimension: str
    flags: list[str] = Field(description="The flags of the value, by their keys in /v1/flags.")
    difference: float | None = Field(
        description="The part of the lead that is due to the dimension; null without a second model."
    )


class ScreenedHeadline(BaseModel):
    """The first two models if flagged values count as missing, under the same weights and filters."""

    changed: bool = Field(description="Whether the first two models or their order change.")
    scored: int = Field(description="The number of models that keep a score.")
    leader: HeadlineModel | None
    runner_up: HeadlineModel | None
    sentence: str


class HeadlineAnswer(BaseModel):
    """The first lines of an answer; page and decision record show these sentences."""

    data_version: str
    among: str = Field(description="The models that were compared, `filtered` or `all`.")
    total: int = Field(description="The number of models that were compared.")
    scored: int = Field(description="The number of compared models that have a score.")
    sentence: str = Field(
        description="The sentence that says who leads, by how much, and the two largest reasons for and against."
    )
    opening: str = Field(description="The beginning of the sentence, which says who leads and ahead of whom.")
    reasons: str = Field(
        description="The rest of the sentence with the reasons for and against the leader; it may be empty."
    )
    leader: HeadlineModel | None = Field(description="The first model; null where no model has a score.")
    runner_up: HeadlineModel | None = Field(
        description="The second model; null where fewer than two models have a score."
    )
    tied: list[str] = Field(
        description="The identifiers of the models that share the lead; empty where one leads alone."
    )
    lead: float | None = Field(description="The score of the leader minus that of the runner-up.")
    speaks_for: list[LeadPart] = Field(
        description="The dimensions in favour of the leader, largest first, without those that round to 0."
    )
    speaks_against: list[LeadPart] = Field(
        description="The dimensions against the leader, largest first, without those that round to 0."
    )
    doubts: list[HeadlineDoubt] = Field(description="The flagged values that the leader and the runner-up rest on.")
    doubt: str | None = Field(
        description="The doubts and the order without flagged values, in sentences; null where nothing is in doubt."
    )
    screened: ScreenedHeadline | None = Field(
        description="The order without flagged values; null where the question leaves them out already."
    )


@router.get(
    "/v1/headline", summary="Headline of a ranking", response_model=HeadlineAnswer,
    responses=responses(304, 404, 422, 503), openapi_extra=_PARAMETERS.openapi(),
)  # fmt: skip
def get_headline(request: Request, rankings: CurrentRankings) -> Response:
    """The leader among the models that pass the filters, its lead, the reasons for and against it, and the doubts.

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
