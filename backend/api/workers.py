"""Who measures."""

from datetime import datetime

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, Field

from backend.problems import responses
from backend.ranking.checked_route import CheckedRoute
from backend.security import require_token
from backend.store import workers
from backend.store.engine import reading

router = APIRouter(tags=["evaluations"], dependencies=[Depends(require_token)], route_class=CheckedRoute)


_MADE = ("online", "benchmark_digests")


class WorkerItem(BaseModel):
    """One worker and its state."""

    worker_id: str = Field(examples=["host-0"], description="The identifier of the worker.")
    device: str = Field(examples=["cuda:0"], description="The device that the worker computes on.")
    version: str = Field(description="The version of the worker's program.")
    state: str = Field(description="The state of the worker: idle, busy or stopping.")
    online: bool = Field(description="Whether the worker has sent a sign of life recently.")
    evaluation_id: str | None = Field(
        description="The identifier of the evaluation that the worker runs now; null where there is none."
    )
    benchmarks: list[str] = Field(description="The benchmarks whose data the worker has.")
    benchmark_digests: dict[str, str] = Field(
        description="The digest of the version that the worker has of each benchmark of one's own, by key."
    )
    started_at: datetime = Field(description="The time at which the worker started, in UTC.")
    beat_at: datetime = Field(description="The time of the worker's last sign of life.")


class WorkerList(BaseModel):
    """All workers that have registered in the database."""

    online: int = Field(description="The number of workers that have sent a sign of life recently.")
    items: list[WorkerItem] = Field(description="All workers, in the order of their identifiers.")


@router.get("/v1/workers", summary="List workers", responses=responses(401, 422, 503))
def list_workers(request: Request) -> WorkerList:
    """Workers are started with `wellbehaved worker`, on any machine that reaches the database."""
    stale = request.app.state.settings.worker_stale_seconds
    with reading(request.app.state.engine) as session:
        online = {record.worker_id for record in workers.online(session, stale)}
        records = workers.records(session)
    items = [
        WorkerItem(
            online=record.worker_id in online,
            benchmark_digests=dict(record.benchmark_digests or {}),
            **{name: getattr(record, name) for name in WorkerItem.model_fields if name not in _MADE},
        )
        for record in records
    ]
    return WorkerList(online=len(online), items=items)
