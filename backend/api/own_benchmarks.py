"""Benchmarks of one's own: add a folder of images, remove it, and freeze the norms of its pool. All needs the token."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, BeforeValidator, Field, JsonValue
from starlette.datastructures import State

from backend.api.benchmarks import BenchmarkAnswer, benchmark_answer, known_benchmark
from backend.api.removals import RemovalAnswer
from backend.below_root import public_path
from backend.body import bounded_body, json_object
from backend.evaluations.inspecting import Inspections
from backend.idempotent_route import IdempotentRoute
from backend.problems import ProblemError, Responses, responses
from backend.ranking.checked_route import CheckedQuery
from backend.ranking.formats import JSON
from backend.ranking.json_body import body_openapi, field_schemas, read_fields
from backend.ranking.parameters import BenchmarkKey, CheckedParameters, display_name
from backend.ranking.quantities import Coverage, DeclaredDimensions
from backend.ranking.query import Pool
from backend.ranking.ranked import CurrentRankings
from backend.security import require_token
from backend.store import data_versions, own_benchmarks
from backend.store.engine import reading, writing
from backend.store.evidence import tidying
from backend.store.own_benchmarks import FrozenNorms, Registration
from backend.store.removal import NotRemovable, remove_benchmark
from backend.store.tables import JsonObject
from quba.errors import Refusal
from quba.ranking.declared import coverage
from quba.ranking.normalisation import Normalisation
from quba.ranking.pool_norms import FEWEST_FOR_A_SCORE
from quba.vocabulary import ALL_VALUES, RANKED_PROTOCOLS

router = APIRouter(tags=["catalogue"], dependencies=[Depends(require_token)], route_class=IdempotentRoute)

MOST_BYTES = 64 * 1024
# PATH_MAX of Linux, the null byte counted.
_LONGEST_PATH = 4096
_OWN_ALONE = "Only the norms of a benchmark of one's own can be frozen; those of the built-in ones are as they are."
_EXAMPLES: JsonObject = {"look first": {"path": "/data/flowers", "register": False}}


class RegistrationRequest(CheckedParameters):
    """The body that adds a benchmark."""

    path: Annotated[str, Field(min_length=1, max_length=_LONGEST_PATH)] = Field(
        description="The folder on the server that holds the images, below one that the setting "
        "WELLBEHAVED_DATA_ROOTS names."
    )
    key: BenchmarkKey | None = Field(
        None, description="The key of the benchmark. Default: that of benchmark.toml, or the folder's name."
    )
    label: Annotated[str, Field(min_length=1), BeforeValidator(display_name)] | None = Field(
        None, description="The name of the benchmark. Default: that of benchmark.toml, or the folder's name."
    )
    layout: Literal["folders", "imagenet-1k"] = Field(
        "folders", description="The layout of a folder without benchmark.toml: class folders, or the study's folders."
    )
    register_: bool = Field(
        True, alias="register", description="Whether to register the benchmark; false gives the report only."
    )


class RegistrationAnswer(BaseModel):
    """What was found in a folder, and whether it is registered now."""

    registered: bool = Field(description="Whether the benchmark is registered with these files.")
    changed: bool = Field(description="Whether that is new; false where the same had been registered before.")
    key: str = Field(description="The key of the benchmark.")
    label: str = Field(description="The name of the benchmark.")
    description: str = Field(description="The contents in a sentence; it may be empty.")
    layout: str = Field(description="The layout of the folder.")
    folder: str = Field(description="The folder, with links resolved.")
    definition: dict[str, JsonValue] = Field(description="The contents of benchmark.toml, or what it would hold.")
    classes: list[str] = Field(description="The names of the classes in the order of the labels.")
    class_counts: list[int] = Field(description="The number of clean images of each class.")
    image_count: int = Field(description="The number of images of all sets.")
    digest: str = Field(description="The digest of the class list and the files.")
    dimensions: DeclaredDimensions
    coverage: Coverage
    default_protocol: str = Field(description="The protocol that counts where none is named.")
    report: dict[str, JsonValue] = Field(
        description="The findings: counts, doubtful files, duplicates, and which dimensions can be measured."
    )


_REPORT_ONLY: Responses = {
    200: {
        "description": "Nothing new was registered",
        "content": {JSON: {"schema": {"$ref": f"#/components/schemas/{RegistrationAnswer.__name__}"}}},
    }
}


class RemovalQuery(CheckedQuery):
    """The query of a benchmark's removal."""

    with_measurements: bool = Field(
        False, description="Whether to delete what was measured on the benchmark as well; else a used one stays."
    )


class NormsQuery(CheckedQuery):
    """The query of freezing norms."""

    protocol: Literal[RANKED_PROTOCOLS] | None = Field(  # type: ignore[valid-type]
        None, description="The protocol whose norms are meant. Default: the benchmark's own."
    )


@router.post(
    "/v1/benchmarks", summary="Add a benchmark", status_code=201,
    responses={**responses(400, 401, 409, 413, 415, 422, 429, 503), **_REPORT_ONLY},
    openapi_extra=body_openapi(field_schemas(RegistrationRequest), _EXAMPLES),
)  # fmt: skip
async def create_benchmark(request: Request, response: Response) -> RegistrationAnswer:
    """Looks at a folder on the server and registers it; an edited folder is a new version of the same benchmark.

    Answers 200 where only the report was asked for, or the same files had been registered before. Nothing is written to
    the folder.
    """
    asked = read_fields(RegistrationRequest, json_object(await bounded_body(request, MOST_BYTES)))
    answer = await run_in_threadpool(_register, request.app.state, asked)
    if answer.changed:
        response.headers["Location"] = public_path(request.scope, f"/v1/benchmarks/{answer.key}")
    else:
        response.status_code = 200
    return answer


def _register(state: State, asked: RegistrationRequest) -> RegistrationAnswer:
    inspections: Inspections = state.inspections
    folder = inspections.allowed_folder(asked.path)
    try:
        # Before the transaction: looking at a folder may take minutes, in which nobody else could write to the store.
        told = Registration.model_validate(
            inspections.inspect(folder, key=asked.key, label=asked.label, layout=asked.layout)
        )
        changed = False
        if asked.register_:
            with writing(state.engine) as session:
                changed = own_benchmarks.register(session, told)
    except Refusal as refusal:
        status = 409 if refusal.code == "benchmark_exists" else 422
        raise ProblemError(status, refusal.code, refusal.message, refusal.hint) from None
    return RegistrationAnswer(
        registered=asked.register_, changed=changed, coverage=coverage(told.dimensions), **told.model_dump()
    )


@router.delete("/v1/benchmarks/{key}", summary="Remove a benchmark", responses=responses(401, 404, 409, 422, 503))
def delete_benchmark(request: Request, key: str, query: Annotated[RemovalQuery, Query()]) -> RemovalAnswer:
    """Forgets a benchmark of one's own; its folder stays as it is. One with measurements stays and answers 409."""
    with tidying(request.app.state.engine, request.app.state.evidence) as session:
        known_benchmark(session, key)
        try:
            remove_benchmark(session, key, with_measurements=query.with_measurements)
        except NotRemovable as error:
            raise ProblemError(409, error.code, str(error), error.next_step) from None
        return RemovalAnswer(deleted=key, data_version=data_versions.current_name(session))


@router.post(
    "/v1/benchmarks/{key}/frozen-norms", summary="Freeze the norms of a benchmark",
    responses=responses(401, 404, 409, 422, 503),
)  # fmt: skip
def create_frozen_norms(
    request: Request, key: str, query: Annotated[NormsQuery, Query()], rankings: CurrentRankings
) -> BenchmarkAnswer:
    """Keeps today's norms of the pool: from then on, no score moves when a model is added."""
    protocol = _protocol(request, key, query)
    prepared = rankings.prepared_pool(Pool(benchmark=key, protocol=protocol, quality=ALL_VALUES), Normalisation.POOL)
    count = len(prepared.models)
    if count < FEWEST_FOR_A_SCORE:
        raise ProblemError(
            409,
            "too_few_models",
            f"{count} models have been measured on {key} under the protocol {protocol}; norms need "
            f"{FEWEST_FOR_A_SCORE} or more.",
            "Measure further models first.",
        )
    frozen = FrozenNorms(frozen_at=datetime.now(UTC), models=count, norms=prepared.current_norms)
    _keep(request, key, protocol, frozen)
    return benchmark_answer(request, key)


@router.delete(
    "/v1/benchmarks/{key}/frozen-norms", summary="Unfreeze the norms of a benchmark",
    responses=responses(401, 404, 409, 422, 503),
)  # fmt: skip
def delete_frozen_norms(request: Request, key: str, query: Annotated[NormsQuery, Query()]) -> BenchmarkAnswer:
    """Lets the norms follow the current models again."""
    _keep(request, key, _protocol(request, key, query), None)
    return benchmark_answer(request, key)


def _protocol(request: Request, key: str, query: NormsQuery) -> str:
    with reading(request.app.state.engine) as session:
        return query.protocol or known_benchmark(session, key).default_protocol


def _keep(request: Request, key: str, protocol: str, frozen: FrozenNorms | None) -> None:
    with writing(request.app.state.engine) as session:
        version = own_benchmarks.current_version(session, known_benchmark(session, key))
        if version is None:
            raise ProblemError(409, "built_in_benchmark", _OWN_ALONE, "Choose a benchmark that you have added.")
        own_benchmarks.freeze_norms(session, version, protocol, frozen)
