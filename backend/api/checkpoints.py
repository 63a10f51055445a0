"""Uploads of checkpoints."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, BeforeValidator, Field

from backend.evaluations.checkpoint_files import CheckpointFiles
from backend.evaluations.uploads import Received, receive
from backend.idempotent_route import IdempotentRoute
from backend.problems import ProblemError, responses
from backend.ranking.checked_route import CheckedQuery
from backend.ranking.parameters import Text
from backend.security import require_token
from backend.store import checkpoints
from backend.store.engine import writing
from backend.store.tables import JsonObject

router = APIRouter(tags=["evaluations"], route_class=IdempotentRoute)


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


class CheckpointQuery(CheckedQuery):
    """The query of an upload."""

    filename: Text = Field("checkpoint", description="The name of the file; it is shown and never used as a path.")
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$"), BeforeValidator(_lower)] | None = Field(
        None, description="The SHA-256 digest of the file in hexadecimal; a file with another digest is refused."
    )


_LARGE_BYTES = 8 * 1024 * 1024
_BODY: JsonObject = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    },
}


class CheckpointAnswer(BaseModel):
    """A checkpoint that was accepted."""

    checkpoint_id: str = Field(
        description="The identifier of the checkpoint, which is the SHA-256 digest of the uploaded file."
    )
    filename: str = Field(description="The name of the file when it was first uploaded.")
    size_bytes: int = Field(description="The size of the file in bytes.")
    format: str = Field(description="The format of the file, `safetensors` or `torch`.")
    confinement: str | None = Field(
        description="The confinement of the process that checked the file last; null until it was checked against an "
        "architecture. The process runs as the service's own user; without `file rules` among these words it may read "
        "what the service may.",
        examples=["network namespace, file rules, no capabilities, system call filter, memory limit"],
    )
    already_there: bool = Field(description="Whether the same file had been uploaded before.")


@router.post(
    "/v1/checkpoints", summary="Upload a checkpoint", status_code=201, dependencies=[Depends(require_token)],
    responses=responses(400, 401, 413, 415, 422, 503, 507), openapi_extra=_BODY,
)  # fmt: skip
async def upload_checkpoint(request: Request, query: Annotated[CheckpointQuery, Query()]) -> CheckpointAnswer:
    """Takes the file itself as the body: a state dict as safetensors, or as torch.save writes it since PyTorch 1.6.

    Nothing in it is executed. It is scanned now; whether it fits an architecture is checked when it is evaluated.
    """
    _require_raw(request)
    settings = request.app.state.settings
    files: CheckpointFiles = request.app.state.checkpoints
    # Asked before the file is taken: without a checker, its gigabytes would travel for nothing.
    checker = files.checker
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) >= _LARGE_BYTES:
        # The seconds that a check needs to start pass while the file is on its way.
        checker.prepare()
    async with receive(request, files.store.scratch, settings.max_checkpoint_bytes) as file:
        _require_expected(file, query.sha256)
        return await run_in_threadpool(_store_upload, request, file, query.filename)


def _store_upload(request: Request, file: Received, filename: str) -> CheckpointAnswer:
    files: CheckpointFiles = request.app.state.checkpoints
    # A file that is there has passed the scan, under the same digest.
    there = files.held(file.sha256)
    found = None if there else files.keep(file)
    # The retention counts from here: an upload says that the file is still wanted.
    if there:
        files.renew(file.sha256)
    record, added = _row_of_upload(request, file, filename, found)
    return CheckpointAnswer(
        checkpoint_id=record.checkpoint_id,
        filename=record.filename,
        size_bytes=record.size_bytes,
        format=record.format,
        confinement=record.confinement,
        already_there=there and not added,
    )


def _row_of_upload(
    request: Request, file: Received, filename: str, found: str | None
) -> tuple[checkpoints.CheckpointRecord, bool]:
    """The checkpoint's row, and whether it was added now.

    Args:
        request: of the upload.
        file: that was received.
        filename: what its sender calls it.
        found: its format; None where it was not scanned now.
    """
    while True:
        with writing(request.app.state.engine) as session:
            record = checkpoints.checkpoint(session, file.sha256)
            if record is not None:
                return record, False
            if found is not None:
                about = {"checkpoint_id": file.sha256, "filename": filename, "format": found}
                return checkpoints.add(session, size_bytes=file.size_bytes, **about), True
        # The file without its row, as a removal that broke off leaves it. It may have gigabytes to be scanned, during
        # which no other writer shall wait.
        found = request.app.state.checkpoints.scan(file)


def _require_raw(request: Request) -> None:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    if media_type.startswith(("multipart/", "application/x-www-form")) or encoding != "identity":
        said = f"Content-Encoding is {encoding[:60]!r}" if encoding != "identity" else f"Content-Type is {media_type!r}"
        raise ProblemError(
            415,
            "not_raw",
            f"{said[:120]}; a checkpoint is the body itself, neither a form nor compressed.",
            "Send the file as it is, as `curl --data-binary @FILE` does, with Content-Type: application/octet-stream.",
        )


def _require_expected(file: Received, expected: str | None) -> None:
    if file.size_bytes == 0:
        raise ProblemError(422, "empty_file", "The file is empty.", "Choose the file that holds the weights.")
    if expected is not None and expected != file.sha256:
        raise ProblemError(
            422,
            "sha256_mismatch",
            f"The file that arrived has the sha256 {file.sha256}, not {expected}.",
            "It was damaged on its way: send it again.",
        )
