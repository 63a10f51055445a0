"""All results of the store as a file that `POST /v1/imports` reads."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, BinaryIO, Literal

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import Field
from starlette.types import Receive, Scope, Send

from backend.evaluations.uploads import refuse_full_disk
from backend.imports.archive import write_archive
from backend.imports.result_files import ResultFiles, blocks_of, size_of
from backend.problems import ProblemError, responses
from backend.ranking.byte_ranges import Part, part_of_file
from backend.ranking.checked_route import CheckedQuery, CheckedRoute
from backend.ranking.formats import FILES, MEDIA_TYPES, PART_RESPONSES
from backend.ranking.responses import Question
from backend.ranking.sampling import caller_check
from backend.security import sees_private
from backend.store import data_versions
from backend.store.engine import reading
from backend.turns import Turns

router = APIRouter(tags=["models"], route_class=CheckedRoute)


class ResultsQuery(CheckedQuery):
    """The query of the export."""

    format: Literal["csv", "ndjson", "parquet"] = Field(
        "csv", description="The format of the file; only CSV is read back by an import."
    )


@router.get(
    "/v1/results", summary="Export all results", response_class=Response,
    responses={
        **PART_RESPONSES,
        **responses(422, 429, 503, 507),
        200: {"content": FILES, "description": "The file has one row per measurement."},
    },
)  # fmt: skip
def export_results(request: Request, query: Annotated[ResultsQuery, Query()]) -> Response:
    """Every measurement of every model with its error, image count, parts, flags and circumstances.

    Private models are included for holders of the token. `POST /v1/imports` takes the CSV file as it is, where the
    dimensions of one's own are that it has values of; those of removed dimensions are left out.
    """
    with reading(request.app.state.engine) as session:
        question = Question(request, query.values(), data_versions.current_name(session))
    etag = question.etag(query.format)
    if question.is_held(etag):
        return Response(status_code=304, headers=question.headers(etag))
    files: ResultFiles = request.app.state.result_files
    file = files.get(_kind(request, query.format), etag)
    if file is None:
        etag, file, question = _new_file(question, query.format)
    try:
        part = part_of_file(request, size_of(file), question.headers(etag))
    except ProblemError:
        file.close()
        raise
    headers = part.headers | {
        "Content-Disposition": f'attachment; filename="results.{query.format}"',
        "Content-Length": str(part.end - part.start),
    }
    return _FileAnswer(file, part, media_type=MEDIA_TYPES[query.format], headers=headers)


class _FileAnswer(StreamingResponse):
    """Sends a part of a file, and closes the file also where nobody wants the rest."""

    def __init__(self, file: BinaryIO, part: Part, *, media_type: str, headers: Mapping[str, str]) -> None:
        super().__init__(blocks_of(file, part.start, part.end), part.status, media_type=media_type, headers=headers)
        self._file = file

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._file.close()


def _kind(request: Request, format_name: str) -> str:
    return f"{format_name}, {'with' if sees_private(request) else 'without'} private models"


def _new_file(question: Question, format_name: str) -> tuple[str, BinaryIO, Question]:
    """The file of the data as they are now, with its ETag and the question that it answers."""
    request = question.request
    files: ResultFiles = request.app.state.result_files
    turns: Turns = request.app.state.result_turns
    kind, questions = _kind(request, format_name), [question]

    def write(file: BinaryIO) -> str:
        with reading(request.app.state.engine) as session:
            # Of the same state of the store as the file, which others may have changed since the question came.
            questions.append(replace(question, data_version=data_versions.current_name(session)))
            write_archive(session, file, private=sees_private(request), format=format_name)
        return questions[-1].etag(format_name)

    # Written whole before it is sent: a caller that reads slowly must not hold a transaction open, and one that gets a
    # file must not get half of it.
    with turns.one(caller_check(request)), refuse_full_disk():
        etag = question.etag(format_name)
        # Whoever had the turn before may have asked the same.
        file = files.get(kind, etag)
        if file is None:
            etag, file = files.new(kind, write)
    return etag, file, questions[-1]
