"""Who measures."""

from datetime import datetime

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field

from backend.problems import responses
from backend.ranking.parameters import no_parameters
from backend.security import require_token
from backend.store import workers
from backend.store.engine import reading

router = APIRouter(tags=["evaluating"], dependencies=[Depends(require_token)])


class WorkerItem(BaseModel):
    """One worker."""

    worker_id: str = Field(examples=["host-0"])
    device: str = Field(examples=["cuda:0"])
    version: str
    state: str = Field(description="idle, busy or stopping.")
    online: bool = Field(description="Whether it has been heard of within the last minute.")
    evaluation_id: str | None = Field(description="That it measures now.")
    benchmarks: list[str] = Field(description="That it has the data of.")
    started_at: datetime
    beat_at: datetime = Field(description="When it was last heard of.")


class WorkerList(BaseModel):
    """All workers that have been heard of."""

    online: int
    items: list[WorkerItem]


@router.get(
    "/v1/workers", summary="The workers", dependencies=[Depends(no_parameters)], responses=responses(401, 422, 503)
)
def listed(request: Request) -> WorkerList:
    """Started with `wellbehaved worker`, on any machine that reaches the database."""
    stale = request.app.state.settings.worker_stale_seconds
    with reading(request.app.state.engine) as session:
        online = {record.worker_id for record in workers.online(session, stale)}
        records = workers.records(session)
    items = [
        WorkerItem(
            online=record.worker_id in online,
            **{name: getattr(record, name) for name in WorkerItem.model_fields if name != "online"},
        )
        for record in records
    ]
    return WorkerList(online=len(online), items=items)
