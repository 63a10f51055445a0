"""Dimensions of one's own: add one as its TOML says it, in JSON, and remove it. Both need the token."""

from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field
from sqlalchemy import Engine

from backend.api.removals import RemovalAnswer
from backend.below_root import public_path
from backend.body import bounded_body, json_object
from backend.dimension_folder import DimensionFolder
from backend.idempotent_route import IdempotentRoute
from backend.problems import ProblemError, Responses, responses
from backend.ranking.formats import JSON
from backend.ranking.json_body import body_openapi
from backend.ranking.quantities import DataVersion
from backend.security import require_token
from backend.store import data_versions, own_dimensions
from backend.store.definition_text import MOST_BYTES
from backend.store.dimension_definition import DimensionDefinition, definition_of
from backend.store.engine import writing
from backend.store.tables import JsonObject
from quba.errors import Refusal

router = APIRouter(tags=["catalogue"], dependencies=[Depends(require_token)], route_class=IdempotentRoute)

_EXAMPLES: JsonObject = {
    "throughput": {
        "key": "throughput",
        "label": "Throughput",
        "unit": "images per second",
        "higher_is_better": True,
        "theme": "size",
        "description": "How many images one of our cameras classifies in a second.",
        "smallest_meaningful_difference": 5.0,
        "plausible": [0, 100000],
        "decimals": 0,
    }
}


class AddedDimension(BaseModel):
    """A dimension of one's own that there is now."""

    key: str = Field(description="The key of the dimension.")
    changed: bool = Field(description="Whether that is new; false where the same had been added before.")
    data_version: DataVersion


_SAME_AGAIN: Responses = {
    200: {
        "description": "The same dimension was there already",
        "content": {JSON: {"schema": {"$ref": f"#/components/schemas/{AddedDimension.__name__}"}}},
    }
}
_FIELDS: JsonObject = DimensionDefinition.model_json_schema()["properties"]


@router.post(
    "/v1/dimensions", summary="Add a dimension", status_code=201,
    responses={**responses(400, 401, 409, 413, 415, 422, 503), **_SAME_AGAIN},
    openapi_extra=body_openapi(_FIELDS, _EXAMPLES),
)  # fmt: skip
async def create_dimension(request: Request, response: Response) -> AddedDimension:
    """Adds a dimension with weight 0, so that no score moves; values come by import, in a column named by its key.

    Answers 200 where the same had been added before. A dimension that was removed returns with its values.
    """
    document = json_object(await bounded_body(request, MOST_BYTES))
    answer = await run_in_threadpool(_add, request.app.state.engine, document)
    if answer.changed:
        response.headers["Location"] = public_path(request.scope, "/v1/dimensions")
    else:
        response.status_code = 200
    return answer


def _add(engine: Engine, document: JsonObject) -> AddedDimension:
    try:
        told = definition_of(document)
        with writing(engine) as session:
            changed = own_dimensions.register(session, told)
            version = data_versions.current_name(session)
    except Refusal as refusal:
        raise _problem(refusal) from None
    return AddedDimension(key=told.key, changed=changed, data_version=version)


@router.delete("/v1/dimensions/{key}", summary="Remove a dimension", responses=responses(401, 404, 409, 422, 503))
def delete_dimension(request: Request, key: str) -> RemovalAnswer:
    """Removes a dimension of one's own; its measurements stay, and count again when it is added again.

    Links that weigh it are answered without it, with a notice.
    """
    folder: DimensionFolder = request.app.state.dimension_folder
    with writing(request.app.state.engine) as session:
        try:
            found = own_dimensions.remove(session, key, watched=folder.identifier)
        except Refusal as refusal:
            raise _problem(refusal) from None
        if not found:
            raise ProblemError(
                404,
                "unknown_dimension",
                f"There is no dimension {key[:80]!r} of one's own.",
                "GET /v1/dimensions lists all, each with its origin.",
            )
        return RemovalAnswer(deleted=key, data_version=data_versions.current_name(session))


def _problem(refusal: Refusal) -> ProblemError:
    status = 422 if refusal.code == "bad_dimension" else 409
    return ProblemError(status, refusal.code, refusal.message, refusal.hint)
