"""The answer to a view in its first lines: who leads, why, and what of it is doubtful."""

from fastapi import APIRouter, Request

from backend.problems import responses
from backend.ranking.contenders import Contenders
from backend.ranking.headline import HeadlineAnswer, headline
from backend.ranking.parameters import AMONG, FILTERS, POOL, WEIGHTING, ParameterSet
from backend.ranking.query import View
from backend.ranking.ranked import CurrentRankings
from backend.ranking.responses import JsonAnswer, Question, json_response

router = APIRouter(tags=["decisions"])
_PARAMETERS = ParameterSet("HeadlineParameters", POOL, WEIGHTING, FILTERS, AMONG)


@router.get(
    "/v1/headline", summary="Headline of a ranking", response_model=HeadlineAnswer,
    responses=responses(304, 404, 422, 503), openapi_extra=_PARAMETERS.openapi(),
)  # fmt: skip
def get_headline(request: Request, rankings: CurrentRankings) -> JsonAnswer[HeadlineAnswer]:
    """The leader among the models that pass the filters, its lead, the reasons for and against it, and the doubts.

    An answer is doubtful where the leader or the runner-up rests on flagged values; then it says who leads without
    them.
    """
    values = _PARAMETERS.from_query(request)
    view = View.of(values)
    prepared = rankings.prepared(view.pool, view.normalisation)

    def document() -> HeadlineAnswer:
        return headline(Contenders.of(prepared, view), Contenders.of(*rankings.screened(prepared, view)))

    return json_response(Question(request, values, prepared.origin.data_version), document)
