"""Is the service alive, can it answer, what is it, and how is it doing."""

import importlib.metadata
import platform
from typing import Literal

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel, Field

from backend.problems import responses
from backend.ranking.quantities import DataVersion
from backend.ranking.ranked import CurrentRankings
from backend.store.migration import head_revision

router = APIRouter(tags=["service"])


class Health(BaseModel):
    """The process answers."""

    status: Literal["ok"] = Field("ok", description="The word `ok`; a process that is not well does not answer.")


class Readiness(BaseModel):
    """The service can answer questions about the data."""

    status: Literal["ready"] = Field("ready", description="The word `ready`; otherwise the answer is a problem.")
    database: Literal["ok"] = Field("ok", description="The word `ok`; otherwise the answer is a problem.")
    data_version: DataVersion = Field(examples=["1-3fa9c1d2"])


class Version(BaseModel):
    """The versions of the service."""

    wellbehaved: str = Field(examples=["0.1.0"], description="The version of this program.")
    python: str = Field(examples=["3.11.7"], description="The version of Python that runs it.")
    schema_revision: str = Field(description="The newest revision of the database schema that this code knows.")
    data_version: DataVersion = Field(examples=["1-3fa9c1d2"])


@router.get("/v1/health", summary="Liveness")
async def get_health() -> Health:
    """Answers as long as the process runs, whatever the database does."""
    # Not in a thread: all of these may be waiting for the data.
    return Health()


@router.get("/v1/ready", summary="Readiness", responses=responses(503))
def get_readiness(rankings: CurrentRankings) -> Readiness:
    """Reads the data version from the database; 503 with `Retry-After` while that is impossible."""
    return Readiness(data_version=rankings.version())


@router.get("/v1/version", summary="Versions of code, schema and data", responses=responses(503))
def get_version(rankings: CurrentRankings) -> Version:
    """The versions that an answer depends on."""
    return Version(
        wellbehaved=importlib.metadata.version("wellbehaved"),
        python=platform.python_version(),
        schema_revision=head_revision(),
        data_version=rankings.version(),
    )


@router.get(
    "/metrics", summary="Prometheus metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}}
)
def get_metrics(request: Request) -> Response:
    """The text format of Prometheus: requests and refusals of this process, queue, workers and data of the instance."""
    # Process and instance apart: several services in one process share what it counts, but no store.
    text = generate_latest() + generate_latest(request.app.state.store_metrics.registry)
    return Response(text, media_type=CONTENT_TYPE_LATEST)
