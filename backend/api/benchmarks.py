"""The suites of data sets that values were measured on."""

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from backend.problems import responses
from backend.ranking.checked_route import CheckedRoute
from backend.store import workers
from backend.store.benchmarks import benchmarks as all_benchmarks
from backend.store.engine import reading

router = APIRouter(tags=["catalogue"], route_class=CheckedRoute)


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
        return BenchmarkList(
            items=[
                BenchmarkItem(
                    key=found.key,
                    label=found.label,
                    description=found.description,
                    class_count=found.class_count,
                    default_protocol=found.default_protocol,
                    measurable=found.key in measurable,
                )
                for found in all_benchmarks(session)
            ]
        )
