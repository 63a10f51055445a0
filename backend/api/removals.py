"""Deleting what is one's own: models, evaluations, imports and checkpoints. The study's rows stay."""

from collections.abc import Callable

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from backend.evaluations.checkpoint_files import CheckpointFiles
from backend.problems import ProblemError, responses
from backend.ranking.parameters import no_parameters
from backend.security import require_token
from backend.store import data_versions
from backend.store.engine import writing
from backend.store.models import hide, model_record
from backend.store.removal import NotRemovable, remove_checkpoint, remove_evaluation, remove_import, remove_model

router = APIRouter(tags=["writing"], dependencies=[Depends(require_token), Depends(no_parameters)])
_LISTS = {
    "model": "GET /v1/models?q=WORDS finds models by name.",
    "evaluation": "GET /v1/evaluations lists them.",
    "import": "GET /v1/imports lists them.",
    "checkpoint": "GET /v1/evaluations names the checkpoint of each evaluation.",
}
_RESPONSES = responses(401, 404, 409, 422, 503)


class RemovalAnswer(BaseModel):
    """What was deleted."""

    deleted: str = Field(description="Its identifier.")
    data_version: str = Field(description="The data version without it.")


class WithdrawalAnswer(BaseModel):
    """A model that only who holds the token sees."""

    model_id: str
    visibility: str
    data_version: str = Field(description="From which on it is shown to nobody else.")


@router.delete("/v1/models/{model_id}", summary="Delete a model of one's own", responses=_RESPONSES)
def model(request: Request, model_id: str) -> RemovalAnswer:
    """Deletes it with its measurements and evaluations. The study's models stay: 409."""
    return _removed(request, remove_model, "model", model_id)


@router.delete("/v1/evaluations/{evaluation_id}", summary="Delete an evaluation", responses=_RESPONSES)
def evaluation(request: Request, evaluation_id: str) -> RemovalAnswer:
    """Deletes it with what it measured; a model without another measurement goes, too. Cancel a running one first."""
    return _removed(request, remove_evaluation, "evaluation", evaluation_id)


@router.delete("/v1/imports/{import_id}", summary="Delete an import", responses=_RESPONSES)
def imported(request: Request, import_id: str) -> RemovalAnswer:
    """Deletes what it brought and nothing newer replaced; a model without another measurement goes, too."""
    return _removed(request, remove_import, "import", import_id)


@router.delete("/v1/checkpoints/{checkpoint_id}", summary="Delete a checkpoint", responses=_RESPONSES)
def checkpoint(request: Request, checkpoint_id: str) -> RemovalAnswer:
    """Deletes it and its file. One that an evaluation is of stays: 409."""
    answer = _removed(request, remove_checkpoint, "checkpoint", checkpoint_id)
    files: CheckpointFiles = request.app.state.checkpoints
    files.remove(checkpoint_id)
    return answer


@router.post("/v1/models/{model_id}/unpublish", summary="Take a model back from the public", responses=_RESPONSES)
def unpublish(request: Request, model_id: str) -> WithdrawalAnswer:
    """Shows a model of one's own to who holds the token alone. The study's models stay public: 409."""
    with writing(request.app.state.engine) as session:
        if model_record(session, model_id) is None:
            raise _unknown("model", model_id)
        if not hide(session, model_id):
            raise ProblemError(
                409, "study_model", f"{model_id} is one of the published models, which stay.", "Choose one of your own."
            )
        version = data_versions.current_name(session)
    return WithdrawalAnswer(model_id=model_id, visibility="private", data_version=version)


def _removed(request: Request, remove: Callable[[Session, str], bool], kind: str, name: str) -> RemovalAnswer:
    with writing(request.app.state.engine) as session:
        try:
            found = remove(session, name)
        except NotRemovable as error:
            raise ProblemError(409, error.code, str(error), error.next_step) from None
        if not found:
            raise _unknown(kind, name)
        return RemovalAnswer(deleted=name, data_version=data_versions.current_name(session))


def _unknown(kind: str, name: str) -> ProblemError:
    return ProblemError(404, f"unknown_{kind}", f"There is no {kind} {name[:100]!r}.", _LISTS[kind])
