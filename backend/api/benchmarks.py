"""The suites of data sets that values were measured on: the built-in ones and the user's own."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from statistics import median

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field, JsonValue
from sqlalchemy.orm import Session

from backend.problems import ProblemError, responses
from backend.ranking.checked_route import CheckedRoute
from backend.ranking.quantities import Coverage, DeclaredDimensions
from backend.security import sees_private
from backend.store import own_benchmarks as own
from backend.store import workers
from backend.store.benchmarks import UnknownBenchmark
from backend.store.benchmarks import benchmark as one_benchmark
from backend.store.benchmarks import benchmarks as all_benchmarks
from backend.store.durations import whole_durations
from backend.store.engine import reading
from backend.store.tables import Benchmark, BenchmarkVersion
from backend.store.workers import WorkerRecord
from quba.dimensions import MEASURES
from quba.ranking.declared import coverage

router = APIRouter(tags=["catalogue"], route_class=CheckedRoute)


class WorkerDuration(BaseModel):
    """The time that whole evaluations took on one worker, from which the time of the next one can be expected."""

    worker_id: str = Field(description="The identifier of the worker.")
    evaluations: int = Field(
        description="The number of succeeded evaluations of all dimensions and images, and of no cost, that were "
        "measured from their beginning."
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
    description: str = Field(description="The data sets of the benchmark in words; it may be empty.")
    origin: str = Field(
        examples=["built-in"],
        description="The origin of the benchmark: `built-in` for one of the program, `own` for one that was added.",
    )
    class_count: int = Field(description="The number of classes that a model decides among.")
    image_count: int | None = Field(description="The number of images of all sets; null for a built-in benchmark.")
    dimensions: DeclaredDimensions
    coverage: Coverage
    digest: str | None = Field(
        description="The digest of the class list and the files of the current version; null for a built-in benchmark."
    )
    registered_at: datetime | None = Field(
        description="The time at which the current version was registered, in UTC; null for a built-in benchmark."
    )
    default_protocol: str = Field(description="The protocol that counts where none is named.")
    measurable: bool = Field(
        description="Whether a worker is online that has the benchmark's data, of one's own in the current version."
    )
    durations: list[WorkerDuration] = Field(
        description="The measured time of whole evaluations on each online worker that has finished one; empty where "
        "none has, so that there is no estimate yet."
    )


class BenchmarkList(BaseModel):
    """All benchmarks of the store."""

    items: list[BenchmarkItem] = Field(description="The benchmarks of the store.")


class FrozenNormsAnswer(BaseModel):
    """Norms of one protocol that were kept, so that no score moves when a model is added."""

    protocol: str = Field(description="The protocol that the norms belong to.")
    frozen_at: datetime = Field(description="The time at which the norms were frozen, in UTC.")
    models: int = Field(description="The number of models that the norms were taken from.")
    norms: dict[str, dict[str, float]] = Field(
        description="The mean and the standard deviation of each dimension, in the unit of the dimension."
    )


class VersionItem(BaseModel):
    """One state of the files of a benchmark, as it was registered."""

    digest: str = Field(description="The digest of the class list and the files.")
    current: bool = Field(description="Whether this is the version that rankings show.")
    registered_at: datetime = Field(description="The time at which the version was registered, in UTC.")
    class_count: int = Field(description="The number of classes.")
    image_count: int = Field(description="The number of images of all sets.")
    dimensions: DeclaredDimensions
    models: list[str] = Field(
        description="The identifiers of the models that were measured on this version, private ones for holders of the "
        "token; rankings never mix versions."
    )


class BenchmarkAnswer(BenchmarkItem):
    """A benchmark with everything that is known of it."""

    layout: str | None = Field(description="The layout of the folder; null for a built-in benchmark.")
    folder: str | None = Field(
        description="The folder on the machine that looked at it; null for a built-in benchmark and without the token."
    )
    definition: dict[str, JsonValue] | None = Field(
        description="The contents of benchmark.toml; null for a built-in benchmark."
    )
    classes: list[str] | None = Field(
        description="The names of the classes in the order of the labels; null for a built-in benchmark."
    )
    class_counts: list[int] | None = Field(
        description="The number of clean images of each class; null for a built-in benchmark."
    )
    report: dict[str, JsonValue] | None = Field(
        description="The findings of looking at the folder: counts, doubtful files, duplicates, and which dimensions "
        "can be measured; null for a built-in benchmark."
    )
    frozen_norms: list[FrozenNormsAnswer] = Field(
        description="The frozen norms of the current version, by protocol; empty where norms follow the models."
    )
    versions: list[VersionItem] = Field(
        description="All registered versions, newest first; empty for a built-in benchmark."
    )


@router.get(
    "/v1/benchmarks",
    summary="List benchmarks",
    responses=responses(422, 503),
)
def list_benchmarks(request: Request) -> BenchmarkList:
    """Rankings never mix benchmarks; `benchmark=KEY` chooses one."""
    with reading(request.app.state.engine) as session:
        online = workers.online(session, request.app.state.settings.worker_stale_seconds)
        return BenchmarkList(
            items=[
                BenchmarkItem(**_item(session, found, own.current_version(session, found), online))
                for found in all_benchmarks(session)
            ]
        )


@router.get(
    "/v1/benchmarks/{key}",
    summary="Get a benchmark",
    responses=responses(404, 422, 503),
)
def get_benchmark(request: Request, key: str) -> BenchmarkAnswer:
    """A benchmark with its classes, its definition, the report on its files, and all versions of it."""
    return benchmark_answer(request, key)


def benchmark_answer(request: Request, key: str) -> BenchmarkAnswer:
    """All that is known of a benchmark.

    Raises:
        ProblemError: 404 `unknown_benchmark`.
    """
    private = sees_private(request)
    with reading(request.app.state.engine) as session:
        online = workers.online(session, request.app.state.settings.worker_stale_seconds)
        found = known_benchmark(session, key)
        version = own.current_version(session, found)
        about = {name: None if version is None else getattr(version, name) for name in _OF_VERSION}
        # Where things lie on the server is not for everybody to read.
        about["folder"] = about["folder"] if private else None
        measured = own.measured_models(session, key, private=private)
        return BenchmarkAnswer(
            **_item(session, found, version, online),
            **about,
            frozen_norms=[] if version is None else _norms(own.frozen_norms(version)),
            versions=[_version(each, found, measured) for each in own.versions(session, key)],
        )


def known_benchmark(session: Session, key: str) -> Benchmark:
    """A benchmark of the store.

    Raises:
        ProblemError: 404 `unknown_benchmark`.
    """
    try:
        return one_benchmark(session, key)
    except UnknownBenchmark as error:
        raise ProblemError(404, "unknown_benchmark", str(error), "GET /v1/benchmarks lists the benchmarks.") from None


_OF_VERSION = ("layout", "folder", "definition", "classes", "class_counts", "report")


def _item(
    session: Session, found: Benchmark, version: BenchmarkVersion | None, online: Sequence[WorkerRecord]
) -> dict[str, object]:
    keys = own.declared_dimensions(version)
    # What an evaluation measures that names no dimensions.
    measured = sum(key in MEASURES for key in keys)
    return {
        "key": found.key,
        "label": found.label,
        "description": found.description,
        "origin": found.origin,
        "class_count": found.class_count,
        "image_count": None if version is None else version.image_count,
        "dimensions": list(keys),
        "coverage": coverage(keys),
        "digest": found.digest,
        "registered_at": None if version is None else version.registered_at,
        "default_protocol": found.default_protocol,
        "measurable": any(worker.has(found.key, found.digest) for worker in online),
        "durations": _durations(session, found.key, measured, [worker.worker_id for worker in online]),
    }


def _version(version: BenchmarkVersion, found: Benchmark, measured: Mapping[str, list[str]]) -> VersionItem:
    return VersionItem(
        digest=version.digest,
        current=version.digest == found.digest,
        registered_at=version.registered_at,
        class_count=len(version.classes),
        image_count=version.image_count,
        dimensions=list(own.declared_dimensions(version)),
        models=measured.get(version.digest, []),
    )


def _norms(kept: Mapping[str, own.FrozenNorms]) -> list[FrozenNormsAnswer]:
    return [
        FrozenNormsAnswer(
            protocol=protocol,
            frozen_at=each.frozen_at,
            models=each.models,
            norms={
                key: {"mean": norm.mean, "standard_deviation": norm.standard_deviation}
                for key, norm in each.norms.items()
            },
        )
        for protocol, each in sorted(kept.items())
    ]


def _durations(session: Session, benchmark: str, dimension_count: int, online: Iterable[str]) -> list[WorkerDuration]:
    taken = whole_durations(session, benchmark, dimension_count)
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
