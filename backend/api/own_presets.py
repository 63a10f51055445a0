"""Presets of one's own: add one as its TOML says it, in JSON, and remove it. Both need the token."""

from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field
from sqlalchemy import Engine

from backend.api.removals import RemovalAnswer
from backend.below_root import public_path
from backend.body import bounded_body, json_object
from backend.idempotent_route import IdempotentRoute
from backend.preset_folder import PresetFolder
from backend.problems import ProblemError, Responses, responses
from backend.ranking.formats import JSON
from backend.ranking.json_body import body_openapi
from backend.ranking.quantities import DataVersion
from backend.security import require_token
from backend.store import data_versions, own_presets
from backend.store.definition_text import MOST_BYTES
from backend.store.engine import writing
from backend.store.own_dimensions import dimension_set
from backend.store.preset_definition import PresetDefinition, preset_of
from backend.store.tables import JsonObject
from quba.errors import Refusal

router = APIRouter(tags=["catalogue"], dependencies=[Depends(require_token)], route_class=IdempotentRoute)

_EXAMPLES: JsonObject = {
    "cameras": {
        "key": "cameras",
        "label": "Our cameras",
        "description": "For the cameras at the gate: steady in bad weather, small, and even-handed.",
        "weights": {"accuracy": 1, "corruption_robustness": 2, "class_balance": 1, "parameters_millions": 1},
    }
}


class AddedPreset(BaseModel):
    """A preset of one's own that there is now."""

    key: str = Field(description="The key of the preset.")
    changed: bool = Field(description="Whether that is new; false where the same had been added before.")
    data_version: DataVersion


_SAME_AGAIN: Responses = {
    200: {
        "description": "The same preset was there already",
        "content": {JSON: {"schema": {"$ref": f"#/components/schemas/{AddedPreset.__name__}"}}},
    }
}
_FIELDS: JsonObject = PresetDefinition.model_json_schema()["properties"]


@router.post(
    "/v1/presets", summary="Add a preset", status_code=201,
    responses={**responses(400, 401, 409, 413, 415, 422, 503), **_SAME_AGAIN},
    openapi_extra=body_openapi(_FIELDS, _EXAMPLES),
)  # fmt: skip
async def create_preset(request: Request, response: Response) -> AddedPreset:
    """Adds a named weighting, which `preset=KEY` takes from then on.

    Answers 200 where the same had been added before.
    """
    document = json_object(await bounded_body(request, MOST_BYTES))
    answer = await run_in_threadpool(_add, request.app.state.engine, document)
    if answer.changed:
        response.headers["Location"] = public_path(request.scope, "/v1/presets")
    else:
        response.status_code = 200
    return answer


def _add(engine: Engine, document: JsonObject) -> AddedPreset:
    try:
        told = preset_of(document)
        with writing(engine) as session:
            # The dimensions of this very transaction: a preset may weigh one's own, which come and go.
            changed = own_presets.register(session, told, dimension_set(session).known)
            version = data_versions.current_name(session)
    except Refusal as refusal:
        raise _problem(refusal) from None
    return AddedPreset(key=told.key, changed=changed, data_version=version)


@router.delete("/v1/presets/{key}", summary="Remove a preset", responses=responses(401, 404, 409, 422, 503))
def delete_preset(request: Request, key: str) -> RemovalAnswer:
    """Removes a preset of one's own; those that come with the program stay."""
    folder: PresetFolder = request.app.state.preset_folder
    with writing(request.app.state.engine) as session:
        try:
            found = own_presets.remove(session, key, watched=folder.identifier)
        except Refusal as refusal:
            raise _problem(refusal) from None
        if not found:
            raise ProblemError(
                404,
                "unknown_preset",
                f"There is no preset {key[:80]!r} of one's own.",
                "GET /v1/presets lists all, each with its origin.",
            )
        return RemovalAnswer(deleted=key, data_version=data_versions.current_name(session))


def _problem(refusal: Refusal) -> ProblemError:
    status = 422 if refusal.code == "bad_preset" else 409
    return ProblemError(status, refusal.code, refusal.message, refusal.hint)
