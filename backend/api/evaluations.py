"""Evaluations: start, list, cancel and retry them. All of it needs the server's token."""

import logging
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, BeforeValidator, Field

from backend.api.architectures import architectures
from backend.below_root import public_path
from backend.body import bounded_body, json_object
from backend.evaluations.evaluation import EvaluationAnswer, Submission, answer_of, submission
from backend.evaluations.evaluation_request import EvaluationRequest
from backend.evaluations.jobs import Files
from backend.evaluations.submission import require_checkpoint_file, submit
from backend.idempotent_route import IdempotentRoute
from backend.logs import about_evaluation
from backend.problems import ProblemError, responses
from backend.ranking.checked_route import CheckedQuery
from backend.ranking.json_body import body_openapi, field_schemas, read_fields
from backend.ranking.page_links import following_links
from backend.ranking.parameters import number
from backend.ranking.quantities import NextCursor
from backend.security import require_token
from backend.store import evaluations
from backend.store.engine import reading, writing
from backend.store.tables import JsonObject
from quba.vocabulary import CANCELLED, EVALUATION_STATES, FAILED

logger = logging.getLogger(__name__)

router = APIRouter(tags=["evaluations"], dependencies=[Depends(require_token)], route_class=IdempotentRoute)

MOST_BYTES = 64 * 1024
_MOST_ITEMS = 200
_EXAMPLES: JsonObject = {
    "weights of the timm library": {"model": "resnet18.a1_in1k", "name": "Mine", "samples_per_class": 10},
    "released weights of a model of the study": {"model": "study:hiera-t", "priority": 90},
}
_State: Any = Literal[EVALUATION_STATES]


def _words(value: object) -> object:
    return tuple(part.strip() for part in value.split(",")) if isinstance(value, str) else value


class EvaluationListQuery(CheckedQuery):
    """The query of the list of evaluations."""

    state: Annotated[tuple[_State, ...], Field(min_length=1), BeforeValidator(_words)] | None = Field(
        None, description=f"Keep evaluations in one of these states, comma-separated: {', '.join(EVALUATION_STATES)}."
    )
    limit: Annotated[int, Field(ge=1, le=_MOST_ITEMS), BeforeValidator(number)] = Field(
        50, description="The largest number of items in one answer."
    )
    cursor: str | None = Field(
        None, pattern="^ev-[0-9a-f]{12}$", description="The `next_cursor` of the previous answer."
    )


class Submitted(EvaluationAnswer):
    """An evaluation that was requested."""

    created: bool = Field(
        description="Whether the evaluation is new; false where the same one had been requested before."
    )


class EvaluationList(BaseModel):
    """A page of evaluations, the newest first."""

    items: list[Submission] = Field(description="The evaluations of this page.")
    next_cursor: NextCursor


@router.post(
    "/v1/evaluations", summary="Start an evaluation", status_code=202,
    responses=responses(400, 401, 404, 410, 413, 415, 422, 429, 503, 507),
    openapi_extra=body_openapi(field_schemas(EvaluationRequest), _EXAMPLES),
)  # fmt: skip
async def create_evaluation(request: Request, response: Response) -> Submitted:
    """Takes an uploaded checkpoint, or the name of a model of timm, torchvision or the study.

    A checkpoint is checked against its architecture before it is queued. The same request again is the same evaluation,
    which moves forward in the queue where the new `priority` is more urgent. The model is private to the token until it
    is published.
    """
    asked = read_fields(EvaluationRequest, json_object(await bounded_body(request, MOST_BYTES)))
    record, created = await run_in_threadpool(submit, request.app.state, asked, architectures())
    # The line of the log that has both identifiers: of the request here, and of the evaluation at the workers.
    with about_evaluation(record.evaluation_id):
        logger.info("evaluation %s %s", record.evaluation_id, "queued" if created else "requested again")
    response.headers["Location"] = public_path(request.scope, f"/v1/evaluations/{record.evaluation_id}")
    answer = await run_in_threadpool(answer_of, request.app.state, record.evaluation_id)
    return Submitted(created=created, **dict(answer))


@router.get(
    "/v1/evaluations", summary="List evaluations", responses=responses(401, 422, 503),
)  # fmt: skip
def list_evaluations(
    request: Request, response: Response, query: Annotated[EvaluationListQuery, Query()]
) -> EvaluationList:
    """Evaluations are listed with the newest first."""
    with reading(request.app.state.engine) as session:
        # One more than is shown says whether there is a next page.
        found = evaluations.records(session, states=query.state or (), limit=query.limit + 1, before=query.cursor)
    page = found[: query.limit]
    following = page[-1].evaluation_id if len(found) > len(page) else None
    response.headers.update(following_links(request, query.cursor, following))
    return EvaluationList(items=[submission(record) for record in page], next_cursor=following)


@router.get(
    "/v1/evaluations/{evaluation_id}", summary="Get an evaluation",
    responses=responses(401, 404, 422, 503),
)  # fmt: skip
def get_evaluation(request: Request, evaluation_id: str) -> EvaluationAnswer:
    """An evaluation with its state, position in the queue, progress, results so far and provisional rank."""
    return answer_of(request.app.state, evaluation_id)


@router.post(
    "/v1/evaluations/{evaluation_id}/cancel", summary="Cancel an evaluation", status_code=202,
    responses=responses(401, 404, 409, 422, 503),
)  # fmt: skip
def cancel_evaluation(request: Request, evaluation_id: str) -> EvaluationAnswer:
    """A queued evaluation is cancelled at once, a running one within a batch of images. It is never ranked."""
    state = request.app.state
    before = answer_of(state, evaluation_id)
    with writing(state.engine) as session:
        done = evaluations.request_cancel(session, evaluation_id)
    if not done and before.state != "cancelled":
        raise ProblemError(
            409,
            "evaluation_over",
            f"The evaluation has {before.state}; only one that is queued or running can be cancelled.",
            "A model that was ranked stays private until it is published.",
        )
    # Asked again, for a worker may have taken or ended it since.
    after = answer_of(state, evaluation_id)
    if after.state == "cancelled":
        # One that is worked on stays the queue's: should its worker die first, another one ends it.
        state.jobs.cancel(evaluation_id, before.attempt)
    return after


@router.post(
    "/v1/evaluations/{evaluation_id}/retry", summary="Retry an evaluation", status_code=202,
    responses=responses(401, 404, 409, 410, 422, 503, 507),
)  # fmt: skip
def retry_evaluation(request: Request, evaluation_id: str) -> EvaluationAnswer:
    """Queues an evaluation that failed or was cancelled; the steps already measured are kept."""
    state = request.app.state
    before = answer_of(state, evaluation_id)
    with reading(state.engine) as session:
        over = evaluations.record(session, evaluation_id)
    if over is not None and over.state in (FAILED, CANCELLED):
        # Its file may have been deleted since, and uploaded again.
        require_checkpoint_file(state, over)
    with writing(state.engine) as session:
        record = evaluations.retry(session, evaluation_id)
    if record is None:
        raise ProblemError(
            409,
            "nothing_to_retry",
            f"The evaluation is {before.state}; only one that failed or was cancelled can be retried.",
            "GET /v1/evaluations/{evaluation_id} shows its progress.",
        )
    files = Files(record.benchmark, record.benchmark_digest)
    state.jobs.enqueue(record.evaluation_id, record.attempt, priority=record.priority, files=files)
    return answer_of(state, evaluation_id)
