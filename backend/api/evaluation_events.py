"""The changes of an evaluation as they happen, for whoever does not want to ask again and again."""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator

from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from starlette.datastructures import State

from backend.evaluations.evaluation import EvaluationAnswer, answer_of
from backend.problems import responses
from backend.ranking.checked_route import CheckedRoute
from backend.security import require_token
from backend.store.errors import StoreUnavailable
from quba.vocabulary import FINAL_STATES

router = APIRouter(tags=["evaluations"], dependencies=[Depends(require_token)], route_class=CheckedRoute)

EVENT_STREAM = "text/event-stream"
_POLL_SECONDS = 0.5
_BEAT_SECONDS = 15.0
_EXAMPLE = 'id: 0a1b2c3d4e5f\nevent: change\ndata: {"evaluation_id": "ev-0123456789ab", "state": "running"}\n\n'


@router.get(
    "/v1/evaluations/{evaluation_id}/events", summary="Stream the events of an evaluation",
    response_class=Response,
    responses=responses(401, 404, 422, 503)
    | {200: {"description": "The stream of server-sent events.", "content": {EVENT_STREAM: {"example": _EXAMPLE}}}},
)  # fmt: skip
async def stream_evaluation_events(request: Request, evaluation_id: str) -> StreamingResponse:
    """Sends an event for every change, each the whole evaluation as GET shows it; ends when the evaluation is over.

    A comment is sent when nothing has changed for 15 seconds. `Last-Event-ID` leaves out what the caller has seen.
    """
    first = await run_in_threadpool(answer_of, request.app.state, evaluation_id)
    last = request.headers.get("last-event-id", "")
    return StreamingResponse(
        _events(request.app.state, first, last),
        media_type=EVENT_STREAM,
        # Proxies would otherwise keep events back until they make a full buffer.
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _events(state: State, answer: EvaluationAnswer, last: str) -> AsyncIterator[str]:
    said = time.monotonic()
    while True:
        text = answer.model_dump_json()
        event = hashlib.blake2b(text.encode(), digest_size=6).hexdigest()
        over = answer.state in FINAL_STATES
        # An end is told in any case: who asks again after it would otherwise wait for ever.
        if event != last or over:
            last, said = event, time.monotonic()
            yield f"id: {event}\nevent: change\ndata: {text}\n\n"
        elif time.monotonic() - said > _BEAT_SECONDS:
            said = time.monotonic()
            yield ": still there\n\n"
        if over:
            return
        await asyncio.sleep(_POLL_SECONDS)
        try:
            answer = await run_in_threadpool(answer_of, state, answer.evaluation_id)
        except StoreUnavailable:
            # Ended here, the caller connects again and is told then, or finds it back.
            return
