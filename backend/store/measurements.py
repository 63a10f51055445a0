"""Measurements in the store."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from backend.store.tables import Measurement


class MeasuredValue(NamedTuple):
    """What a ranking needs of a measurement: exactly one of `value` and `missing_reason` is not None."""

    model_id: str
    dimension: str
    value: float | None
    missing_reason: str | None
    flags: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class NewMeasurement:
    """A measurement to be stored that came without the circumstances an evaluation records."""

    model_id: str
    benchmark: str
    protocol: str
    dimension: str
    value: float | None
    missing_reason: str | None
    source: str
    sample_count: int | None = None
    flags: tuple[str, ...] = field(default=())


def measured_values(session: Session, benchmark: str, protocol: str) -> list[MeasuredValue]:
    """Every value of one benchmark and protocol, in no particular order."""
    columns = (
        Measurement.model_id,
        Measurement.dimension,
        Measurement.value,
        Measurement.missing_reason,
        Measurement.flags,
    )
    query = select(*columns).where(Measurement.benchmark == benchmark, Measurement.protocol == protocol)
    return [
        MeasuredValue(model_id, dimension, value, missing_reason, tuple(flags))
        for model_id, dimension, value, missing_reason, flags in session.execute(query)
    ]


def measurements_of(session: Session, model_id: str, benchmark: str, protocol: str) -> dict[str, Measurement]:
    """The full measurements of one model by dimension; empty when it has none."""
    query = select(Measurement).where(
        Measurement.model_id == model_id, Measurement.benchmark == benchmark, Measurement.protocol == protocol
    )
    return {each.dimension: each for each in session.scalars(query)}


def add_measurements(session: Session, measurements: Iterable[NewMeasurement]) -> None:
    """Add measurements that the store does not have yet."""
    rows: list[dict[str, object]] = [
        {
            "model_id": each.model_id,
            "benchmark": each.benchmark,
            "protocol": each.protocol,
            "dimension": each.dimension,
            "value": each.value,
            "missing_reason": each.missing_reason,
            "source": each.source,
            "sample_count": each.sample_count,
            "flags": list(each.flags),
            "parts": {},
            "library_versions": {},
            "note": "",
        }
        for each in measurements
    ]
    if rows:
        session.execute(insert(Measurement), rows)
