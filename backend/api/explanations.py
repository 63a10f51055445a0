"""Why a model stands where it stands."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from backend.problems import responses
from backend.ranking.checked_route import CheckedRoute
from backend.ranking.contenders import Contenders
from backend.ranking.quantities import (
    Among,
    ComparedCount,
    ComparedRank,
    Contributions,
    DataVersion,
    DimensionName,
    ModelId,
    ModelName,
    Score,
    ScoredCount,
)
from backend.ranking.ranked import CurrentRankings
from backend.ranking.responses import JsonAnswer, Question, json_response
from backend.ranking.view_queries import AmongQuery
from quba.deciding.explanation import Gap, explanation, sentence, waterfall

router = APIRouter(tags=["decisions"], route_class=CheckedRoute)


class Step(BaseModel):
    """One bar of a waterfall chart."""

    dimension: DimensionName
    start: float = Field(description="The start of the bar, in score.")
    end: float = Field(description="The end of the bar, in score.")


class GapAnswer(BaseModel):
    """The gap in score between two models."""

    ahead: str = Field(description="The identifier of the model with the higher score.")
    behind: str = Field(description="The identifier of the model with the lower score.")
    difference: float = Field(description="The difference of the two scores, 0 or more.")
    parts: dict[str, float] = Field(
        description="The contribution of each weighted dimension to the difference; together they sum to it."
    )
    steps: list[Step] = Field(description="The parts as a waterfall from 0 to the difference, largest first.")
    sentence: str = Field(description="The gap and its largest parts as a sentence.")


class ExplanationAnswer(BaseModel):
    """A model's score taken apart, and its distance to its neighbours."""

    data_version: DataVersion
    among: Among
    total: ComparedCount
    scored: ScoredCount
    model_id: ModelId
    name: ModelName
    rank: ComparedRank
    score: Score
    contributions: Contributions
    to_leader: GapAnswer | None = Field(description="The gap to the leader; null for the leader itself.")
    to_next_above: GapAnswer | None = Field(description="The gap to the model one place above; null for the first.")
    to_next_below: GapAnswer | None = Field(description="The gap to the model one place below; null for the last.")


@router.get(
    "/v1/rankings/{model_id}/explanation", summary="Explain a model's rank", response_model=ExplanationAnswer,
    responses=responses(304, 404, 422, 503)
)  # fmt: skip
def get_explanation(
    model_id: str, request: Request, query: Annotated[AmongQuery, Query()], rankings: CurrentRankings
) -> JsonAnswer[ExplanationAnswer]:
    """Exact contributions, and the gaps to the leader and to both neighbours, in numbers and in one sentence.

    Leader and neighbours are among the models that pass the filters, or among all with `among=all`.
    """
    prepared, view = rankings.prepared_view(query.view())
    contenders = Contenders.of(prepared, view)
    place = contenders.scored_place(model_id)

    def document() -> ExplanationAnswer:
        found = explanation(contenders.scores, place, contenders.tie_order)
        return ExplanationAnswer(
            **contenders.about(),
            scored=contenders.scored_places.size,
            model_id=model_id,
            name=contenders.names[place],
            rank=found.rank,
            score=found.score,
            contributions=dict(found.contributions),
            to_leader=_gap(found.to_leader, contenders),
            to_next_above=_gap(found.to_next_above, contenders),
            to_next_below=_gap(found.to_next_below, contenders),
        )

    return json_response(Question(request, query.values(), prepared.origin.data_version), document)


def _gap(gap: Gap | None, contenders: Contenders) -> GapAnswer | None:
    if gap is None:
        return None
    return GapAnswer(
        ahead=contenders.model_ids[gap.ahead],
        behind=contenders.model_ids[gap.behind],
        difference=gap.difference,
        parts=dict(gap.parts),
        steps=[Step(dimension=key, start=start, end=end) for key, start, end in waterfall(gap)],
        sentence=sentence(gap, contenders.names),
    )
