"""The suites of data sets that values were measured on."""

from collections.abc import Sequence
from statistics import median

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from backend.problems import responses
from backend.ranking.checked_route import CheckedRoute
from backend.store import evaluations, workers
from backend.store.benchmarks import benchmarks as all_benchmarks
from backend.store.engine import reading
from quba.dimensions import DIMENSIONS

router = APIRouter(tags=["catalogue"], route_class=CheckedRoute)


class WorkerDuration(BaseModel):
    """The time that whole evaluations took on one worker, from which the time of the next one can be expected."""

    worker_id: str = Field(description="The identifier of the worker.")
    evaluations: int = Field(
        description="The number of evaluations of all dimensions and images that succeeded at the first attempt."
    )
    lowest_seconds: float = Field(description="The shortest time in seconds.")
    median_seconds: float = Field(description="The median time in seconds.")
    highest_seconds: float = Field(description="The longest time in seconds.")


class BenchmarkItem(BaseModel):
    """A suite of data sets with its classes."""

    key: str = Field(
        examples=["imagenet-1k"], description="The key of the benchmark, which the parameter `benchmark` takes."
    )
    label: str = Field(description="The name of the benchmark.")
    description: str = Field(description="The data sets of the benchmark in words.")
    class_count: int = Field(description="The number of classes that a model decides among.")
    default_protocol: str = Field(description="The protocol that counts where none is named.")
    measurable: bool = Field(description="Whether a worker that has the benchmark's data is online.")
    durations: list[WorkerDuration] = Field(
        description="The measured time of whole evaluations on each online worker that has finished one; empty where "
        "none has, so that there is no estimate yet."
    )


class BenchmarkList(BaseModel):
    """All benchmarks of the store."""

    items: list[BenchmarkItem] = Field(description="The benchmarks of the store.")


@router.get(
    "/v1/benchmarks",
    summary="List benchmarks",
    responses=responses(422, 503),
)
def list_benchmarks(request: Request) -> BenchmarkList:
    """Rankings never mix benchmarks; `benchmark=KEY` chooses one."""
    with reading(request.app.state.engine) as session:
        online = workers.online(session, request.app.state.settings.worker_stale_seconds)
        measurable = {key for worker in online for key in worker.benchmarks}
        names = [worker.worker_id for worker in online]
        return BenchmarkList(
            items=[
                BenchmarkItem(
                    key=found.key,
                    label=found.label,
                    description=found.description,
                    class_count=found.class_count,
                    default_protocol=found.default_protocol,
                    measurable=found.key in measurable,
                    durations=_durations(session, found.key, names),
                )
                for found in all_benchmarks(session)
            ]
        )


def _durations(session: Session, benchmark: str, online: Sequence[str]) -> list[WorkerDuration]:
    taken = evaluations.whole_durations(session, benchmark, len(DIMENSIONS))
    return [
        WorkerDuration(
            worker_id=worker,
            evaluations=len(taken[worker]),
            lowest_seconds=min(taken[worker]),
            median_seconds=median(taken[worker]),
            highest_seconds=max(taken[worker]),
        )
        for worker in sorted(online)
        if worker in taken
    ]
