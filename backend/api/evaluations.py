"""Having models measured: handing in, looking, cancelling, doing again. All of it needs the instance's token."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, BeforeValidator, Field

from backend.api.architectures import architectures
from backend.body import bounded_body
from backend.evaluations.evaluation import EvaluationAnswer, Submission, answer_of, submission
from backend.evaluations.evaluation_request import PARAMETERS as REQUEST
from backend.evaluations.submission import submit
from backend.problems import ProblemError, responses
from backend.ranking.json_body import question_openapi, read_question
from backend.ranking.parameters import Group, Parameter, ParameterSet, no_parameters, number
from backend.security import require_token
from backend.store import evaluations
from backend.store.engine import reading, writing
from quba.vocabulary import EVALUATION_STATES

router = APIRouter(tags=["evaluating"], dependencies=[Depends(require_token)])

MOST_BYTES = 64 * 1024
_MOST_ITEMS = 200
_EXAMPLES = {"weights of the timm library": {"model": "resnet18.a1_in1k", "name": "Mine", "samples_per_class": 10}}
_State: Any = Literal[EVALUATION_STATES]


def _words(value: object) -> object:
    return tuple(part.strip() for part in value.split(",")) if isinstance(value, str) else value


_LIST: Group = {
    "state": Parameter(
        Annotated[tuple[_State, ...], Field(min_length=1), BeforeValidator(_words)] | None,
        f"Keep those in one of these states, comma-separated: {', '.join(EVALUATION_STATES)}.",
    ),
    "limit": Parameter(
        Annotated[int, Field(ge=1, le=_MOST_ITEMS), BeforeValidator(number)], "Most items in one answer.", 50
    ),
    "cursor": Parameter(
        Annotated[str, Field(pattern="^ev-[0-9a-f]{12}$")] | None, "`next_cursor` of the answer before."
    ),
}
_PARAMETERS = ParameterSet("EvaluationListParameters", _LIST)


class Submitted(EvaluationAnswer):
    """An evaluation that was asked for."""

    created: bool = Field(description="False where the same had been asked for before.")


class EvaluationList(BaseModel):
    """A page of evaluations, the newest first."""

    items: list[Submission]
    next_cursor: str | None = Field(description="Pass as `cursor` for the next page; null on the last.")


@router.post(
    "/v1/evaluations", summary="Have a model measured", status_code=202,
    responses=responses(400, 401, 404, 410, 413, 415, 422, 429, 503, 507),
    openapi_extra=question_openapi(REQUEST, _EXAMPLES),
)  # fmt: skip
async def post(request: Request, response: Response) -> Submitted:
    """Takes a checkpoint that was handed in, or the name of a model of the timm library.

    A checkpoint is checked against its architecture before it is queued. The same request again is the same evaluation.
    The model is private to the token until it is published.
    """
    no_parameters(request)
    values = read_question(REQUEST, await bounded_body(request, MOST_BYTES))
    record, created = await run_in_threadpool(submit, request.app.state, values, architectures())
    response.headers["Location"] = f"/v1/evaluations/{record.evaluation_id}"
    answer = await run_in_threadpool(answer_of, request.app.state, record.evaluation_id)
    return Submitted(created=created, **answer.model_dump())


@router.get(
    "/v1/evaluations", summary="List evaluations", responses=responses(401, 422, 503),
    openapi_extra=_PARAMETERS.openapi(),
)  # fmt: skip
def listed(request: Request) -> EvaluationList:
    """The newest first."""
    values = _PARAMETERS.from_query(request)
    with reading(request.app.state.engine) as session:
        found = evaluations.records(
            session, states=values["state"] or (), limit=values["limit"] + 1, before=values["cursor"]
        )
    page = found[: values["limit"]]
    return EvaluationList(
        items=[Submission.model_validate(submission(record)) for record in page],
        next_cursor=page[-1].evaluation_id if len(found) > len(page) else None,
    )


@router.get(
    "/v1/evaluations/{evaluation_id}", summary="Show one evaluation", dependencies=[Depends(no_parameters)],
    responses=responses(401, 404, 422, 503),
)  # fmt: skip
def shown_one(request: Request, evaluation_id: str) -> EvaluationAnswer:
    """State, place in the queue, progress, results so far, and the rank as far as it is known."""
    return answer_of(request.app.state, evaluation_id)


@router.post(
    "/v1/evaluations/{evaluation_id}/cancel", summary="Cancel an evaluation", status_code=202,
    dependencies=[Depends(no_parameters)], responses=responses(401, 404, 409, 422, 503),
)  # fmt: skip
def cancel(request: Request, evaluation_id: str) -> EvaluationAnswer:
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
    after = answer_of(state, evaluation_id)
    if after.state == "cancelled":
        # One that is worked on stays the queue's: should its worker die first, another one ends it.
        state.jobs.cancel(evaluation_id, before.attempt)
    return after


@router.post(
    "/v1/evaluations/{evaluation_id}/retry", summary="Do an evaluation again", status_code=202,
    dependencies=[Depends(no_parameters)], responses=responses(401, 404, 409, 422, 503),
)  # fmt: skip
def retry(request: Request, evaluation_id: str) -> EvaluationAnswer:
    """Queues one that failed or was cancelled; what it had measured is kept."""
    state = request.app.state
    before = answer_of(state, evaluation_id)
    with writing(state.engine) as session:
        record = evaluations.retry(session, evaluation_id)
    if record is None:
        raise ProblemError(
            409,
            "nothing_to_retry",
            f"The evaluation is {before.state}; only one that failed or was cancelled can be done again.",
            "GET /v1/evaluations/{evaluation_id} tells how far it is.",
        )
    state.jobs.enqueue(record.evaluation_id, record.attempt, priority=record.priority, benchmark=record.benchmark)
    return answer_of(state, evaluation_id)
