"""The answer to a view in its first lines: who leads, why, and what of it is doubtful."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from backend.problems import responses
from backend.ranking.checked_route import DirectRoute
from backend.ranking.contenders import Contenders
from backend.ranking.headline import HeadlineAnswer, headline
from backend.ranking.ranked import current_rankings
from backend.ranking.responses import JsonAnswer, Question, json_response
from backend.ranking.view_queries import AmongQuery

router = APIRouter(tags=["decisions"], route_class=DirectRoute)


@router.get(
    "/v1/headline", summary="Headline of a ranking", response_model=HeadlineAnswer,
    responses=responses(304, 404, 422, 503)
)  # fmt: skip
def get_headline(request: Request, query: Annotated[AmongQuery, Query()]) -> JsonAnswer[HeadlineAnswer]:
    """The leader among the models that pass the filters, its lead, the reasons for and against it, and the doubts.

    An answer is doubtful where the leader or the runner-up rests on flagged values; then it says who leads without
    them.
    """
    rankings = current_rankings(request)
    prepared, view = rankings.prepared_view(query.view())

    def document() -> HeadlineAnswer:
        return headline(Contenders.of(prepared, view), Contenders.of(*rankings.without_flagged(prepared, view)))

    return json_response(Question(request, query.values(), prepared.origin.data_version), document)
