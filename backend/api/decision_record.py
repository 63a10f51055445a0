"""One page about a view: to keep, to print, to hand on."""

from typing import Annotated, Final, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import BeforeValidator, Field

from backend.decision_record.build import Sampling, decision_record
from backend.decision_record.schema import DecisionRecord
from backend.decision_record.weak_classes import weak_classes
from backend.decision_record.written_forms import POLICY, to_html, to_markdown
from backend.problems import Responses, responses
from backend.ranking.checked_route import CheckedRoute
from backend.ranking.contenders import Contenders
from backend.ranking.formats import JSON
from backend.ranking.parameters import Values, number
from backend.ranking.ranked import CurrentRankings
from backend.ranking.responses import Question
from backend.ranking.sampling import caller_check
from backend.ranking.view_queries import AmongQuery
from backend.store.class_reports import class_report
from backend.store.engine import reading

router = APIRouter(tags=["decisions"], route_class=CheckedRoute)


class RecordQuery(AmongQuery):
    """The query of /v1/decision-record."""

    limit: Annotated[int, Field(ge=1, le=100), BeforeValidator(number)] = Field(
        10, description="The number of top models to list."
    )
    format: Literal["json", "html", "md"] = Field(
        "json", description="The format of the record: JSON data, a self-contained HTML page, or Markdown."
    )


_DEFAULTS: Final = AmongQuery().values()
_MEDIA_TYPES: Final = {"json": JSON, "html": "text/html; charset=utf-8", "md": "text/markdown; charset=utf-8"}
_OTHER_FORMATS: Responses = {200: {"content": {"text/html": {}, "text/markdown": {}}}}


@router.get(
    "/v1/decision-record", summary="Decision record", response_model=DecisionRecord,
    responses=_OTHER_FORMATS | responses(304, 404, 422, 429, 503),
)  # fmt: skip
def get_decision_record(
    request: Request, query: Annotated[RecordQuery, Query()], rankings: CurrentRankings
) -> Response:
    """The question, the top models, why, how sure, what was left out, how to ask again, and how to cite it.

    Headline, reasons and certainty are about the models that pass the filters, or about all with `among=all`.

    The page as HTML needs no script and no other host.
    """
    values = query.values()
    prepared, view = rankings.prepared_view(query.view())
    # How much is sampled follows from the budget: an answer of before the operator changed that has another name.
    named = {**values, "most_sampled_scores": rankings.budget.most_scores}
    question = Question(request, named, prepared.origin.data_version)
    etag = question.etag(query.format)
    if question.is_held(etag):
        return Response(status_code=304, headers=question.headers(etag))
    settings = request.app.state.settings
    asked = _as_query(values)

    def body() -> bytes:
        address = settings.public_api_url or settings.api_url
        screened = Contenders.of(*rankings.without_flagged(prepared, view))
        sampling = Sampling(
            top=query.limit,
            draws=lambda models: rankings.budget.draws(None, models, view.among),
            at_block=caller_check(request),
        )
        found = decision_record(prepared, view, screened, sampling=sampling, address=address, query=asked)
        with reading(request.app.state.engine) as session:
            pool = view.pool
            found.weak_classes = weak_classes(
                found.top, lambda model_id: class_report(session, model_id, pool.benchmark, pool.protocol)
            )
        if query.format == "json":
            return found.model_dump_json().encode()
        return (to_html(found) if query.format == "html" else to_markdown(found)).encode()

    headers = question.headers(etag)
    name = f"decision-record-{prepared.origin.data_version}.{query.format}"
    headers["Content-Disposition"] = f'inline; filename="{name}"'
    # Names of models are strangers' words: whatever one of them holds, nothing in the page may run.
    headers["Content-Security-Policy"] = POLICY
    headers["X-Content-Type-Options"] = "nosniff"
    content = rankings.answers.body(etag, body, caller_check(request))
    return Response(content, media_type=_MEDIA_TYPES[query.format], headers=headers)


def _as_query(values: Values) -> dict[str, str]:
    """The view's parameters that are not the default, spelled in one way whatever the request's spelling was."""
    return {
        name: ",".join(value) if isinstance(value, tuple) else str(value)
        for name, value in ((name, values[name]) for name in _DEFAULTS)
        if value is not None and value != _DEFAULTS[name]
    }
