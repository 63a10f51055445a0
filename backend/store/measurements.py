"""Measurements in the store."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Table, and_, delete, func, insert, select
from sqlalchemy.orm import Session

from backend.store.tables import Benchmark, Measurement
from quba.vocabulary import RANKED_PROTOCOLS

REPLACEABLE = ("import", "evaluation")
"""The sources of values that give way to one that was measured anew on the same device."""


class MeasuredValue(NamedTuple):
    """What a ranking needs of a measurement: exactly one of `value` and `missing_reason` is not None."""

    model_id: str
    dimension: str
    value: float | None
    missing_reason: str | None
    flags: tuple[str, ...]
    standard_error: float | None
    sample_count: int | None
    source: str
    ingredients_digest: str | None = None


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
    standard_error: float | None = None
    flags: tuple[str, ...] = field(default=())
    benchmark_digest: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class EvaluatedMeasurement(NewMeasurement):
    """A measurement with the circumstances in which it was made.

    Attributes:
        parts: what the value is made of, as JSON.
        note: in words, why there is no value or what to keep in mind about it.
        evaluation_id: of the job that measured it, if it was one.
        library_versions: of what computed it.
        device: that it was computed on.
        precision: of the arithmetic.
        seed: of everything random in it.
        measured_at: with its zone.
        ingredients_digest: of the corruptions, severities, attacks and data sets that the value is made of.
    """

    parts: Mapping[str, Any]
    note: str
    evaluation_id: str | None
    library_versions: Mapping[str, str]
    device: str | None
    precision: str | None
    seed: int | None
    measured_at: datetime | None
    ingredients_digest: str | None = None


def of_current_version(benchmark: str) -> ColumnElement[bool]:
    """Which measurements are of a benchmark as it is now: those of an earlier version of its files are not."""
    current = select(func.coalesce(Benchmark.digest, "")).where(Benchmark.key == benchmark).scalar_subquery()
    return and_(Measurement.benchmark == benchmark, Measurement.benchmark_digest == current)


def measured_values(
    session: Session, benchmark: str, protocol: str, model_ids: Collection[str] | None = None
) -> list[MeasuredValue]:
    """The values of one benchmark as it is now and one protocol, in no particular order.

    Args:
        session: to read in.
        benchmark: key of the benchmark.
        protocol: of the measurements.
        model_ids: of the models; all where absent.
    """
    columns = (
        Measurement.model_id,
        Measurement.dimension,
        Measurement.value,
        Measurement.missing_reason,
        Measurement.flags,
        Measurement.standard_error,
        Measurement.sample_count,
        Measurement.source,
        Measurement.ingredients_digest,
    )
    query = select(*columns).where(of_current_version(benchmark), Measurement.protocol == protocol)
    if model_ids is not None:
        query = query.where(Measurement.model_id.in_(model_ids))
    return [
        MeasuredValue(model_id, dimension, value, missing_reason, tuple(flags), error, sample_count, source, digest)
        for model_id, dimension, value, missing_reason, flags, error, sample_count, source, digest in session.execute(
            query
        )
    ]


def pools_of(session: Session, model_id: str) -> list[tuple[str, str]]:
    """The benchmarks as they are now and protocols that a model is ranked under, in the order of their names."""
    query = (
        select(Measurement.benchmark, Measurement.protocol)
        .join(Benchmark, Benchmark.key == Measurement.benchmark)
        .where(Measurement.model_id == model_id)
        .where(Measurement.benchmark_digest == func.coalesce(Benchmark.digest, ""))
        .where(Measurement.protocol.in_(RANKED_PROTOCOLS))
        .distinct()
    )
    return sorted((benchmark, protocol) for benchmark, protocol in session.execute(query))


def measurements_of(
    session: Session, model_id: str, benchmark: str, protocol: str, *, digest: str | None = None
) -> dict[str, Measurement]:
    """The full measurements of one model by dimension; empty when it has none.

    Args:
        session: of the store.
        model_id: of the model.
        benchmark: key of the benchmark.
        protocol: how the values were measured.
        digest: of the benchmark's version; the current one when absent.
    """
    version = (
        of_current_version(benchmark)
        if digest is None
        else and_(Measurement.benchmark == benchmark, Measurement.benchmark_digest == digest)
    )
    query = select(Measurement).where(version, Measurement.model_id == model_id, Measurement.protocol == protocol)
    return {each.dimension: each for each in session.scalars(query)}


def add_measurements(
    session: Session,
    measurements: Iterable[NewMeasurement],
    *,
    import_id: str | None = None,
    into: Table | None = None,
) -> None:
    """Add measurements that the store does not have yet.

    Args:
        session: from `writing`.
        measurements: each of another model, benchmark, protocol or dimension.
        import_id: the import that brought them, if one did.
        into: a table with the columns of that of the measurements, in its place.
    """
    rows: list[dict[str, object]] = [
        {**{name: comparable(getattr(each, name, empty)) for name, empty in _EMPTY.items()}, "import_id": import_id}
        for each in measurements
    ]
    if rows:
        session.flush()
        # One statement for all rows, and of the table: what the class adds to each row would take most of the time.
        session.execute(insert(Measurement.metadata.tables[Measurement.__tablename__] if into is None else into), rows)


def remove_replaceable_value(session: Session, model_id: str, benchmark: str, protocol: str, dimension: str) -> None:
    """Take out a value that an import brought or an evaluation measured, of any version of the benchmark."""
    session.execute(
        delete(Measurement).where(
            Measurement.model_id == model_id,
            Measurement.benchmark == benchmark,
            Measurement.protocol == protocol,
            Measurement.dimension == dimension,
            Measurement.source.in_(REPLACEABLE),
        )
    )


def record_evaluated(session: Session, measurements: Iterable[EvaluatedMeasurement]) -> list[EvaluatedMeasurement]:
    """Add measurements, or put them in the place of earlier ones that they improve on; call it in `writing`.

    A value stays when it is not ours to replace (published or imported), when there is no new value, or when it rests
    on more images than the new one. What says the same as the stored is left alone.

    Returns:
        Those that were stored.
    """
    stored = []
    for each in measurements:
        key = (each.model_id, each.benchmark, each.protocol)
        held = measurements_of(session, *key, digest=each.benchmark_digest).get(each.dimension)
        if held is None:
            held = Measurement(**{name: getattr(each, name) for name in WHICH})
            session.add(held)
        elif not _improves(each, held):
            continue
        _fill(held, each)
        session.flush()
        stored.append(each)
    return stored


def _improves(new: EvaluatedMeasurement, held: Measurement) -> bool:
    # Published and imported values are somebody's word, which a run of ours does not overwrite.
    if held.source != new.source:
        return False
    # What is made of something else is not held against the number of images.
    fewer = (new.sample_count or 0) < (held.sample_count or 0)
    comparable_counts = held.ingredients_digest in (None, new.ingredients_digest)
    if held.value is not None and (new.value is None or (fewer and comparable_counts)):
        return False
    # The same again changes nothing, so that the version of the data stays and answers stay cached.
    return any(getattr(held, name) != _column(new, name) for name in (*_TOLD, "ingredients_digest"))


def _fill(row: Measurement, measurement: EvaluatedMeasurement) -> None:
    for name in _FILLED:
        setattr(row, name, _column(measurement, name))
    # What was measured since is not the import's any more.
    row.import_id = None


def comparable(value: object) -> object:
    """A field as the table keeps it."""
    # Nearly all are: to ask of each whether it is a mapping would take a tenth of an import.
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, Mapping):
        return dict(value)
    return list(value) if isinstance(value, tuple) else value


def _column(measurement: EvaluatedMeasurement, name: str) -> object:
    return comparable(getattr(measurement, name))


# What a measurement says; the rest tells how and when it came to be.
_TOLD = ("value", "missing_reason", "parts", "sample_count", "standard_error", "flags", "note", "precision", "seed")
_FILLED = (*_TOLD, "source", "evaluation_id", "library_versions", "device", "measured_at", "ingredients_digest")
CIRCUMSTANCES = _FILLED
"""Everything that is known of a measurement, beside of what it is one."""
WHICH = ("model_id", "benchmark", "protocol", "dimension", "benchmark_digest")
"""What a measurement is one of: no two have the same."""

_EMPTY: Mapping[str, object] = {
    **dict.fromkeys((*WHICH, *_FILLED)),
    "parts": {},
    "library_versions": {},
    "note": "",
}
