"""Storing what an archive holds: models and measurements that are not there yet, all or none."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.imports.archive import read_archive
from backend.imports.csv_file import RowError, rejection, short_text
from backend.store import data_versions, imports
from backend.store.measurements import CIRCUMSTANCES, WHICH, EvaluatedMeasurement, add_measurements, comparable
from backend.store.models import ModelRecord, add_models, identity, model_records
from backend.store.names import alike
from backend.store.tables import Benchmark, Measurement

Key = tuple[str, ...]


class Restored(NamedTuple):
    """What restoring did: how many models got values, how many had them all, and as which import."""

    added: int
    unchanged: int
    model_ids: tuple[str, ...]
    import_id: str | None


def restore(session: Session, data: bytes, filename: str | None, now: datetime) -> Restored:
    """Store an archive in a session from `writing`.

    Raises:
        ImportRejected: it breaks a rule, or contradicts what the store holds; the error lists every place.
    """
    models, measurements = _without_references(*read_archive(data))
    records = model_records(session)
    held = {_key(row): row for row in session.scalars(select(Measurement)) if row.model_id in models}
    _refuse(session, models, measurements, records, held)
    fresh = [each for _, each in measurements if _key(each) not in held]
    touched = tuple(dict.fromkeys(each.model_id for each in fresh))
    import_id = None
    if fresh:
        import_id = imports.add(
            session, filename=filename, row_count=len(measurements), model_count=len(touched),
            benchmarks=[each.benchmark for each in fresh], imported_at=now,
        )  # fmt: skip
        # Models first: measurements refer to them.
        add_models(session, [models[model_id][1] for model_id in touched if model_id not in records])
        add_measurements(session, fresh, import_id=import_id)
        data_versions.record(
            session,
            reason=f"import, models added: {len(touched)}",
            changes=[
                *(["import", identity(models[model_id][1])] for model_id in touched),
                *([*_key(each), each.value, each.missing_reason, each.standard_error] for each in fresh),
            ],
            created_at=now,
        )
    return Restored(len(touched), len(models) - len(touched), tuple(models), import_id)


def _without_references(
    models: Mapping[str, tuple[int, ModelRecord]], measurements: list[tuple[int, EvaluatedMeasurement]]
) -> tuple[dict[str, tuple[int, ModelRecord]], list[tuple[int, EvaluatedMeasurement]]]:
    """An archive less the toy references: every store has its own, and those of another version measure otherwise."""
    kept = [(line, each) for line, each in measurements if each.source != "reference"]
    named = {each.model_id for _, each in kept}
    return {key: each for key, each in models.items() if key in named}, kept


def _key(row: Measurement | EvaluatedMeasurement) -> Key:
    return tuple(getattr(row, name) for name in WHICH)


def _refuse(
    session: Session,
    models: Mapping[str, tuple[int, ModelRecord]],
    measurements: list[tuple[int, EvaluatedMeasurement]],
    records: Mapping[str, ModelRecord],
    held: Mapping[Key, Measurement],
) -> None:
    errors: list[RowError] = []
    owners = {alike(record.name): record for record in records.values()}
    benchmarks = set(session.scalars(select(Benchmark.key)))
    for model_id, (line, model) in models.items():
        known, owner = records.get(model_id), owners.setdefault(alike(model.name), model)
        # Whether a model is public is decided where it is shown, and neither that nor its licence is who it is.
        if known is not None and identity(known) != identity(model):
            rule = "is in the store already with another identity; use another model_id."
            errors.append(RowError(line, "model_id", model_id, rule))
        if owner.id != model_id and known is None:
            rule = f"is the name of the model {owner.id} already, or differs by letter case or spaces only; rename one."
            errors.append(RowError(line, "name", short_text(model.name), rule))
    for line, each in measurements:
        there = held.get(_key(each))
        if each.benchmark not in benchmarks:
            rule = f"is no benchmark of this store; it has {', '.join(sorted(benchmarks))}."
            errors.append(RowError(line, "benchmark", short_text(each.benchmark), rule))
        if there is None and each.source == "study":
            rule = "says that the study published this value, which it did not; write import."
            errors.append(RowError(line, "source", each.source, rule))
        if there is not None:
            errors += [
                RowError(line, name, short_text(str(getattr(each, name))), "contradicts the store; measurements stay.")
                for name in CIRCUMSTANCES
                if comparable(getattr(there, name)) != comparable(getattr(each, name))
            ]
    if errors:
        raise rejection(errors)
