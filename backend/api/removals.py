"""Deleting what is one's own: models, evaluations, imports and checkpoints. The study's rows stay."""

from collections.abc import Callable

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from backend.evaluations.checkpoint_files import CheckpointFiles
from backend.problems import ProblemError, responses
from backend.ranking.checked_route import CheckedRoute
from backend.ranking.quantities import ModelId, Visibility
from backend.security import require_token
from backend.store import data_versions
from backend.store.engine import writing
from backend.store.evidence import tidying
from backend.store.models import hide, model_record
from backend.store.removal import NotRemovable, remove_checkpoint, remove_evaluation, remove_import, remove_model

router = APIRouter(dependencies=[Depends(require_token)], route_class=CheckedRoute)
_LISTS = {
    "model": "GET /v1/models?q=WORDS finds models by name.",
    "evaluation": "GET /v1/evaluations lists them.",
    "import": "GET /v1/imports lists them.",
    "checkpoint": "GET /v1/evaluations names the checkpoint of each evaluation.",
}
_RESPONSES = responses(401, 404, 409, 422, 503)


class RemovalAnswer(BaseModel):
    """The identifier of what was deleted."""

    deleted: str = Field(description="The identifier of what was deleted.")
    data_version: str = Field(description="The data version after the deletion.")


class WithdrawalAnswer(BaseModel):
    """A model that is visible to holders of the token only."""

    model_id: ModelId
    visibility: Visibility
    data_version: str = Field(description="The data version from which on the model is private.")


@router.delete("/v1/models/{model_id}", tags=["models"], summary="Delete a model", responses=_RESPONSES)
def delete_model(request: Request, model_id: str) -> RemovalAnswer:
    """Deletes a model with its measurements and evaluations. A model of the study stays and answers 409."""
    return _removal(request, remove_model, "model", model_id)


@router.delete(
    "/v1/evaluations/{evaluation_id}", tags=["evaluations"], summary="Delete an evaluation", responses=_RESPONSES
)
def delete_evaluation(request: Request, evaluation_id: str) -> RemovalAnswer:
    """Deletes an evaluation with its measurements; a model without another measurement goes, too. Cancel it first."""
    return _removal(request, remove_evaluation, "evaluation", evaluation_id)


@router.delete("/v1/imports/{import_id}", tags=["imports"], summary="Delete an import", responses=_RESPONSES)
def delete_import(request: Request, import_id: str) -> RemovalAnswer:
    """Deletes the values of an import that nothing newer replaced, and models that are left without any measurement."""
    return _removal(request, remove_import, "import", import_id)


@router.delete(
    "/v1/checkpoints/{checkpoint_id}", tags=["evaluations"], summary="Delete a checkpoint", responses=_RESPONSES
)
def delete_checkpoint(request: Request, checkpoint_id: str) -> RemovalAnswer:
    """Deletes a checkpoint and its file. One that an evaluation uses stays and answers 409."""
    answer = _removal(request, remove_checkpoint, "checkpoint", checkpoint_id)
    # After the commit: had that failed, the row would still promise the file.
    files: CheckpointFiles = request.app.state.checkpoints
    files.remove(checkpoint_id)
    return answer


@router.post("/v1/models/{model_id}/unpublish", tags=["models"], summary="Unpublish a model", responses=_RESPONSES)
def unpublish_model(request: Request, model_id: str) -> WithdrawalAnswer:
    """Makes a model private to holders of the token. A model of the study stays public and answers 409."""
    with writing(request.app.state.engine) as session:
        if model_record(session, model_id) is None:
            raise _unknown("model", model_id)
        if not hide(session, model_id):
            raise ProblemError(
                409, "study_model", f"{model_id} is one of the published models, which stay.", "Choose one of your own."
            )
        version = data_versions.current_name(session)
    return WithdrawalAnswer(model_id=model_id, visibility="private", data_version=version)


def _removal(request: Request, remove: Callable[[Session, str], bool], kind: str, name: str) -> RemovalAnswer:
    with tidying(request.app.state.engine, request.app.state.evidence) as session:
        try:
            found = remove(session, name)
        except NotRemovable as error:
            raise ProblemError(409, error.code, str(error), error.next_step) from None
        if not found:
            raise _unknown(kind, name)
        return RemovalAnswer(deleted=name, data_version=data_versions.current_name(session))


def _unknown(kind: str, name: str) -> ProblemError:
    return ProblemError(404, f"unknown_{kind}", f"There is no {kind} {name[:100]!r}.", _LISTS[kind])
