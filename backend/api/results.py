"""All results of the store as a file that `POST /v1/imports` reads."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Annotated, BinaryIO, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import Field

from backend.evaluations.uploads import refuse_full_disk
from backend.imports.archive import write_archive
from backend.private_files import private_folder
from backend.problems import responses
from backend.ranking.checked_route import CheckedQuery, CheckedRoute
from backend.ranking.formats import FILES, MEDIA_TYPES
from backend.security import sees_private
from backend.store.engine import reading
from backend.turns import Turns

router = APIRouter(tags=["models"], route_class=CheckedRoute)
_BLOCK = 256 * 1024


class ResultsQuery(CheckedQuery):
    """The query of the export."""

    format: Literal["csv", "ndjson", "parquet"] = Field(
        "csv", description="The format of the file; only CSV is read back by an import."
    )


@router.get(
    "/v1/results", summary="Export all results", response_class=Response,
    responses={
        **responses(422, 429, 503, 507), 200: {"content": FILES, "description": "The file has one row per measurement."}
    },
)  # fmt: skip
def export_results(request: Request, query: Annotated[ResultsQuery, Query()]) -> Response:
    """Every measurement of every model with its error, image count, parts, flags and circumstances.

    Private models are included for holders of the token. `POST /v1/imports` takes the CSV file as it is, where the
    dimensions of one's own are that it has values of; those of removed dimensions are left out.
    """
    private = sees_private(request)
    folder = request.app.state.settings.data_dir / "exports"
    turns: Turns = request.app.state.result_turns
    # Written whole before it is sent: a caller that reads slowly must not hold a transaction open, and one that gets a
    # file must not get half of it. Without a name, so that the system removes it whatever happens.
    with turns.one(), refuse_full_disk(), ExitStack() as opened:
        private_folder(folder)
        file: BinaryIO = opened.enter_context(tempfile.TemporaryFile(dir=folder))
        with reading(request.app.state.engine) as session:
            write_archive(session, file, private=private, format=query.format)
        # Whoever sends it closes it.
        opened.pop_all()
    size = file.tell()
    headers = {
        "Content-Disposition": f'attachment; filename="results.{query.format}"',
        "Content-Length": str(size),
    }
    return StreamingResponse(_blocks(file), media_type=MEDIA_TYPES[query.format], headers=headers)


def _blocks(file: BinaryIO) -> Iterator[bytes]:
    with file:
        file.seek(0)
        while block := file.read(_BLOCK):
            yield block
