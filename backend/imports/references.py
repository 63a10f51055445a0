"""The toy references that ship with the program: measured by its own script, so that a newcomer's toy is ranked."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any

from sqlalchemy import Engine, delete
from sqlalchemy.orm import Session

from backend.store import data_versions
from backend.store.benchmarks import ensure_built_in
from backend.store.engine import writing
from backend.store.measurements import EvaluatedMeasurement, add_measurements, comparable, measurements_of
from backend.store.models import ModelRecord, add_models, identity, model_records
from backend.store.names import alike
from backend.store.tables import JsonObject, Measurement

SOURCE = "reference"
LIBRARY = "toy-reference"
_TOLD = ("value", "missing_reason", "standard_error", "sample_count", "parts", "flags", "note", "ingredients_digest")


@dataclass(frozen=True, kw_only=True, slots=True)
class ReferenceReport:
    """What seeding did.

    Attributes:
        stored: references that are new, or whose values this version of the program measured anew.
        unchanged: references that the store held with the same values.
        left_out: identifiers of references whose identifier or name is a model of the user's.
    """

    stored: int
    unchanged: int
    left_out: tuple[str, ...]


def shipped_table() -> Mapping[str, Any]:
    """The table that the package ships, as `python -m evaluation.toy_references` wrote it."""
    text = (files("backend.imports") / "toy_references.json").read_text(encoding="utf-8")
    found: JsonObject = json.loads(text)
    return found


def import_references(engine: Engine, *, now: datetime | None = None) -> ReferenceReport:
    """Store the toy references; a second time adds nothing, and a newer table replaces the values of an older one.

    A model of the user's that has the identifier or name of a reference stays as it is, and the reference is left out.

    Args:
        engine: of a migrated store.
        now: time to record for the data version; the current one when absent.

    Raises:
        StoreUnavailable: the database does not answer or was never migrated.
    """
    table = shipped_table()
    changes: list[object] = []
    left_out = []
    with writing(engine) as session:
        ensure_built_in(session)
        session.flush()
        records = model_records(session)
        names = {alike(each.name): each.id for each in records.values()}
        for entry in table["models"]:
            record, values = _record(table, entry), _values(table, entry)
            known = records.get(record.id)
            if names.get(alike(record.name), record.id) != record.id or (known and known.source_library != LIBRARY):
                left_out.append(record.id)
            elif _store(session, record, values, known=known is not None):
                changes.append([SOURCE, identity(record), *([each.dimension, each.value] for each in values)])
        if changes:
            data_versions.record(
                session, reason=f"toy references stored: {len(changes)}", changes=changes,
                created_at=now or datetime.now(UTC),
            )  # fmt: skip
    return ReferenceReport(
        stored=len(changes),
        unchanged=len(table["models"]) - len(changes) - len(left_out),
        left_out=tuple(left_out),
    )


def _store(session: Session, record: ModelRecord, values: list[EvaluatedMeasurement], *, known: bool) -> bool:
    """Whether anything of a reference was new."""
    held = measurements_of(session, record.id, values[0].benchmark, values[0].protocol)
    if known and all(each.dimension in held and _same(held[each.dimension], each) for each in values):
        return False
    if known:
        # All of them: a value that an older table had and this one lacks must not stay.
        session.execute(delete(Measurement).where(Measurement.model_id == record.id, Measurement.source == SOURCE))
    else:
        add_models(session, [record])
    add_measurements(session, values)
    return True


def _same(held: Measurement, told: EvaluatedMeasurement) -> bool:
    return all(getattr(held, name) == comparable(getattr(told, name)) for name in _TOLD)


def _record(table: Mapping[str, Any], entry: Mapping[str, Any]) -> ModelRecord:
    told = dict(entry["identity"])
    versions = ", ".join(f"{name} {table['library_versions'][name]}" for name in ("torch", "timm"))
    return ModelRecord(
        id=told.pop("model_id"),
        **{**told, "note": f"{told['note']} Measured with {versions}, {table['device']}."},
        lineage=None,
        paper_title=None,
        published_name=None,
        study_name=None,
        published_row=None,
        label_flags=(),
    )


def _values(table: Mapping[str, Any], entry: Mapping[str, Any]) -> list[EvaluatedMeasurement]:
    return [
        EvaluatedMeasurement(
            model_id=entry["identity"]["model_id"],
            benchmark=table["benchmark"],
            protocol=table["protocol"],
            dimension=key,
            value=told.get("value"),
            missing_reason=told.get("missing_reason"),
            source=SOURCE,
            sample_count=told.get("sample_count"),
            standard_error=told.get("standard_error"),
            flags=tuple(told.get("flags", ())),
            parts=told["parts"],
            note=told["note"],
            evaluation_id=None,
            library_versions=table["library_versions"],
            device=table["device"],
            precision=table["precision"],
            seed=table["seed"],
            measured_at=datetime.fromisoformat(table["measured_at"]),
            ingredients_digest=table["ingredients"][key],
        )
        for key, told in entry["values"].items()
    ]
