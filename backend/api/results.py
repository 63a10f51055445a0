"""All results of the store as a file that `POST /v1/imports` reads."""

from typing import Any

from fastapi import APIRouter, Depends, Request, Response

from backend.imports.archive import archive
from backend.problems import responses
from backend.ranking.parameters import no_parameters
from backend.security import sees_private
from backend.store.engine import reading

router = APIRouter(tags=["models"])
_CONTENT: dict[str, Any] = {
    "content": {"text/csv": {"schema": {"type": "string"}}},
    "description": "The table has one row per measurement.",
}


@router.get(
    "/v1/results", summary="Export all results", dependencies=[Depends(no_parameters)],
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
