"""What was measured on earlier versions of a benchmark's files: shown as such, and never ranked with the current."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from backend.api.benchmarks import known_benchmark
from backend.problems import responses
from backend.ranking.checked_route import CheckedQuery, CheckedRoute
from backend.ranking.parameters import Text
from backend.ranking.quantities import (
    MaybeValue,
    ModelId,
    ModelName,
    Protocol,
    SampleCount,
    StandardError,
    ValueFlags,
)
from backend.security import sees_private
from backend.store import earlier_measurements as store
from backend.store.engine import reading
from backend.store.tables import Measurement

router = APIRouter(tags=["catalogue"], route_class=CheckedRoute)


class EarlierMeasurementsQuery(CheckedQuery):
    """The query of /v1/benchmarks/{key}/earlier-measurements."""

    model_id: Text | None = Field(
        None, description="The identifier of the one model that is asked about.", examples=["mine"]
    )


class EarlierValue(BaseModel):
    """One value that was measured on an earlier version."""

    value: MaybeValue
    missing: str | None = Field(description="The reason why there is no value; null where there is one.")
    standard_error: StandardError
    sample_count: SampleCount
    flags: ValueFlags


class EarlierItem(BaseModel):
    """A model as it was measured on one earlier version under one protocol."""

    digest: str = Field(description="The digest of the class list and the files of the version.")
    registered_at: datetime = Field(description="The time at which the version was registered, in UTC.")
    model_id: ModelId
    name: ModelName
    protocol: Protocol
    measured_at: datetime | None = Field(
        description="The time at which the newest of the values was measured, in UTC; null where it was not kept."
    )
    scores: dict[str, EarlierValue] = Field(
        description="The value on each dimension that was measured; other images, so that they are not compared with "
        "values of another version."
    )


class EarlierMeasurementList(BaseModel):
    """The measurements on the earlier versions of a benchmark."""

    benchmark: str = Field(description="The key of the benchmark.")
    items: list[EarlierItem] = Field(
        description="The models of each earlier version, newest version first; empty for a built-in benchmark."
    )


@router.get(
    "/v1/benchmarks/{key}/earlier-measurements", summary="List measurements on earlier versions",
    responses=responses(401, 404, 422, 503),
)  # fmt: skip
def list_earlier_measurements(
    request: Request, key: str, query: Annotated[EarlierMeasurementsQuery, Query()]
) -> EarlierMeasurementList:
    """Values stay with the version of the files that they were measured on; rankings show the current one alone."""
    private = sees_private(request)
    with reading(request.app.state.engine) as session:
        found = store.earlier_measurements(
            session, private=private, benchmark=known_benchmark(session, key).key, model_id=query.model_id
        )
        return EarlierMeasurementList(benchmark=key, items=[_item(each) for each in found])


def _item(found: store.EarlierMeasurements) -> EarlierItem:
    return EarlierItem(
        digest=found.digest,
        registered_at=found.registered_at,
        model_id=found.model_id,
        name=found.name,
        protocol=found.protocol,
        measured_at=found.measured_at,
        scores={key: _value(each) for key, each in found.measurements.items()},
    )


def _value(measured: Measurement) -> EarlierValue:
    return EarlierValue(
        value=measured.value,
        missing=measured.missing_reason,
        standard_error=measured.standard_error,
        sample_count=measured.sample_count,
        flags=list(measured.flags),
    )
