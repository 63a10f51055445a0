"""What was measured on earlier versions of a benchmark of one's own: shown as such, and never ranked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.store.tables import PUBLIC, Benchmark, BenchmarkVersion, Measurement, Model
from quba.dimensions import DIMENSIONS


@dataclass(frozen=True, kw_only=True, slots=True)
class EarlierMeasurements:
    """What one model was measured at under one protocol, on files that are not the current ones any more.

    Attributes:
        benchmark: key of the benchmark.
        model_id: of the model.
        name: of the model.
        protocol: how the values were measured.
        digest: of the version.
        registered_at: when that version was registered.
        measurements: by dimension, in the customary order.
    """

    benchmark: str
    model_id: str
    name: str
    protocol: str
    digest: str
    registered_at: datetime
    measurements: Mapping[str, Measurement]

    @property
    def measured_at(self) -> datetime | None:
        """When the newest of the values was measured; None where that was not kept."""
        return max((each.measured_at for each in self.measurements.values() if each.measured_at), default=None)


def earlier_measurements(
    session: Session, *, private: bool, benchmark: str | None = None, model_id: str | None = None
) -> list[EarlierMeasurements]:
    """All that was measured on earlier versions of benchmarks: the newest version first, then by name and protocol.

    Args:
        session: of the store.
        private: whether models that are not published count as well.
        benchmark: key of the one benchmark that is asked about; all when absent. The built-in ones have one version
            and so nothing earlier.
        model_id: of the one model that is asked about; all when absent.
    """
    query = (
        select(Measurement, Model.name, BenchmarkVersion.registered_at)
        .join(Model, Model.id == Measurement.model_id)
        .join(Benchmark, Benchmark.key == Measurement.benchmark)
        .join(
            BenchmarkVersion,
            (BenchmarkVersion.benchmark == Measurement.benchmark)
            & (BenchmarkVersion.digest == Measurement.benchmark_digest),
        )
        # Built-in benchmarks have no digest, and their measurements an empty one: never earlier.
        .where(Measurement.benchmark_digest != func.coalesce(Benchmark.digest, ""))
    )
    if not private:
        query = query.where(Model.visibility == PUBLIC)
    if benchmark is not None:
        query = query.where(Measurement.benchmark == benchmark)
    if model_id is not None:
        query = query.where(Model.id == model_id)
    found: dict[_Which, dict[str, Measurement]] = {}
    about: dict[_Which, tuple[str, datetime]] = {}
    for measurement, name, registered_at in session.execute(query):
        which = _Which(*(getattr(measurement, field) for field in _Which._fields))
        found.setdefault(which, {})[measurement.dimension] = measurement
        about[which] = (name, registered_at)
    rows = [_row(which, *about[which], measured) for which, measured in found.items()]
    rows.sort(key=lambda row: (row.name, row.model_id, row.protocol))
    # A sort that keeps the order of equals: by name within a version.
    return sorted(rows, key=lambda row: (row.registered_at, row.digest), reverse=True)


class _Which(NamedTuple):
    """The columns that are equal for the values of one row."""

    benchmark: str
    benchmark_digest: str
    model_id: str
    protocol: str


def _row(which: _Which, name: str, registered_at: datetime, measured: Mapping[str, Measurement]) -> EarlierMeasurements:
    return EarlierMeasurements(
        benchmark=which.benchmark,
        model_id=which.model_id,
        name=name,
        protocol=which.protocol,
        digest=which.benchmark_digest,
        registered_at=registered_at,
        measurements={key: measured[key] for key in DIMENSIONS if key in measured},
    )
