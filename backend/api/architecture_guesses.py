"""The architectures that an uploaded checkpoint may be of."""

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field

from backend.api.architectures import architectures
from backend.evaluations.checkpoint_files import CheckpointFiles
from backend.problems import ProblemError, responses
from backend.ranking.checked_route import CheckedRoute
from backend.security import require_token
from backend.store import checkpoints
from backend.store.engine import reading

router = APIRouter(tags=["evaluations"], dependencies=[Depends(require_token)], route_class=CheckedRoute)


class ArchitectureGuess(BaseModel):
    """An architecture, and how well the names and shapes of the checkpoint's tensors fit it."""

    architecture: str = Field(description="The name of the architecture in the timm library.", examples=["resnet18"])
    exact: bool = Field(
        description="Whether all names and shapes fit, but for the number of classes, and nothing else is in the file."
    )
    fitting: int = Field(description="The number of tensors that both have in the same shape.")
    tensors: int = Field(description="The number of tensors that the checkpoint or the architecture has.")
    same_tensors: list[str] = Field(
        description="Other architectures that the checkpoint fits as well, for their tensors have the same names and "
        "shapes.",
        examples=[["resnetblur18"]],
    )


class ArchitectureGuessList(BaseModel):
    """The architectures that fit best, the best first; none where hardly a tensor fits any."""

    items: list[ArchitectureGuess] = Field(description="Three architectures at most.")


@router.get(
    "/v1/checkpoints/{checkpoint_id}/architectures", summary="List a checkpoint's likely architectures",
    responses=responses(401, 404, 410, 415, 422, 503),
)  # fmt: skip
def list_architecture_guesses(request: Request, checkpoint_id: str) -> ArchitectureGuessList:
    """Compares the names and shapes of the checkpoint's tensors with those of every architecture of the timm library.

    The last layer's number of classes does not count. Confirm the architecture before you evaluate the checkpoint.
    """
    with reading(request.app.state.engine) as session:
        record = checkpoints.checkpoint(session, checkpoint_id)
    if record is None:
        raise ProblemError(
            404,
            "unknown_checkpoint",
            f"There is no checkpoint {checkpoint_id[:100]!r}.",
            "POST the file to /v1/checkpoints first, and send the checkpoint_id that it answers with.",
        )
    files: CheckpointFiles = request.app.state.checkpoints
    # Nothing that an evaluation would then refuse.
    known = set(architectures())
    return ArchitectureGuessList(
        items=[
            ArchitectureGuess(
                architecture=each.architecture,
                exact=each.exact,
                fitting=each.fitting,
                tensors=each.tensors,
                same_tensors=[name for name in each.same_tensors if name in known],
            )
            for each in files.guess(checkpoint_id, record.filename)
            if each.architecture in known
        ]
    )
