"""One page about a view: to keep, to print, to hand on."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Request, Response
from pydantic import BeforeValidator, Field

from backend.decision_record.build import decision_record
from backend.decision_record.schema import DecisionRecord
from backend.decision_record.written_forms import POLICY, to_html, to_markdown
from backend.problems import responses
from backend.ranking.contenders import Contenders
from backend.ranking.formats import JSON
from backend.ranking.parameters import AMONG, FILTERS, POOL, WEIGHTING, Parameter, ParameterSet, number
from backend.ranking.query import View
from backend.ranking.ranked import CurrentRankings
from backend.ranking.responses import Question

router = APIRouter(tags=["decisions"])
_VIEW = ParameterSet("RecordView", POOL, WEIGHTING, FILTERS, AMONG)
_PARAMETERS = ParameterSet(
    "RecordParameters", POOL, WEIGHTING, FILTERS, AMONG,
    {
        "limit": Parameter(
            Annotated[int, Field(ge=1, le=100), BeforeValidator(number)], "The number of top models to list.", 10
        ),
        "format": Parameter(
            Literal["json", "html", "md"],
            "The format of the record: JSON data, a self-contained HTML page, or Markdown.",
            "json",
        ),
    },
)  # fmt: skip
_DEFAULTS: Final = _VIEW.from_mapping({})
_MEDIA_TYPES: Final = {"json": JSON, "html": "text/html; charset=utf-8", "md": "text/markdown; charset=utf-8"}
_OTHER_FORMATS: dict[int | str, dict[str, Any]] = {200: {"content": {"text/html": {}, "text/markdown": {}}}}


@router.get(
    "/v1/decision-record", summary="Decision record", response_model=DecisionRecord,
    responses=_OTHER_FORMATS | responses(304, 404, 422, 429, 503), openapi_extra=_PARAMETERS.openapi(),
)  # fmt: skip
def get_decision_record(request: Request, rankings: CurrentRankings) -> Response:
    """The question, the top models, why, how sure, what was left out, how to ask again, and how to cite it.

    Headline, reasons and certainty are about the models that pass the filters, or about all with `among=all`.

    The page as HTML needs no script and no other host.
    """
    values = _PARAMETERS.from_query(request)
    view = View.of(values)
    prepared = rankings.prepared(view.pool, view.normalisation)
    question = Question(request, values, prepared.origin.data_version)
    etag = question.etag(values["format"])
    if question.is_held(etag):
        return Response(status_code=304, headers=question.headers(etag))
    settings = request.app.state.settings
    asked = _as_query(values)

    def body() -> bytes:
        address = settings.public_api_url or settings.api_url
        screened = Contenders.of(*rankings.screened(prepared, view))
        found = decision_record(prepared, view, screened, top=values["limit"], address=address, query=asked)
        if values["format"] == "json":
            return found.model_dump_json().encode()
        return (to_html(found) if values["format"] == "html" else to_markdown(found)).encode()

    headers = question.headers(etag)
    name = f"decision-record-{prepared.origin.data_version}.{values['format']}"
    headers["Content-Disposition"] = f'inline; filename="{name}"'
    headers["Content-Security-Policy"] = POLICY
    headers["X-Content-Type-Options"] = "nosniff"
    content = rankings.answers.body(etag, body)
    return Response(content, media_type=_MEDIA_TYPES[values["format"]], headers=headers)


def _as_query(values: Mapping[str, Any]) -> dict[str, str]:
    """The view's parameters that are not the default, spelled in one way whatever the request's spelling was."""
    return {
        name: ",".join(value) if isinstance(value, tuple) else str(value)
        for name, value in ((name, values[name]) for name in _DEFAULTS)
        if value is not None and value != _DEFAULTS[name]
    }
