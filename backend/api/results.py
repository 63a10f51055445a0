"""All results of the store as a file that `POST /v1/imports` reads."""

from fastapi import APIRouter, Request, Response

from backend.imports.archive import archive
from backend.problems import responses
from backend.ranking.checked_route import CheckedRoute
from backend.security import sees_private
from backend.store.engine import reading
from backend.store.tables import JsonObject

router = APIRouter(tags=["models"], route_class=CheckedRoute)
_CONTENT: JsonObject = {
    "content": {"text/csv": {"schema": {"type": "string"}}},
    "description": "The table has one row per measurement.",
}


@router.get(
    "/v1/results", summary="Export all results",
    response_class=Response, responses={**responses(422, 503), 200: _CONTENT},
)  # fmt: skip
def export_results(request: Request) -> Response:
    """Every measurement of every model with its error, image count, parts, flags and circumstances, as CSV.

    Private models are included for holders of the token. `POST /v1/imports` takes the file as it is.
    """
    private = sees_private(request)
    with reading(request.app.state.engine) as session:
        content = archive(session, private=private)
    headers = {"Content-Disposition": 'attachment; filename="results.csv"'}
    return Response(content, media_type="text/csv; charset=utf-8", headers=headers)
