"""Models in the store."""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Table, Text, cast, insert, select, update
from sqlalchemy.orm import Session

from backend.store import data_versions
from backend.store.tables import PUBLIC, SHIPPED, Measurement, Model
from quba.vocabulary import UNKNOWN, commercial_use


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelRecord:
    """A row of `Model`, free of any session, so that threads can share it."""

    id: str
    name: str
    architecture: str
    training: str
    recipe: str | None
    head: str | None
    pretraining_data: str
    backbone: str
    lineage: str | None
    source_library: str
    source_identifier: str | None
    paper_title: str | None
    published_name: str | None
    study_name: str | None
    published_row: int | None
    label_flags: tuple[str, ...]
    note: str
    visibility: str = "public"
    licence: str = UNKNOWN
    licence_source: str | None = None
    macs_billions: float | None = None
    activations_millions: float | None = None
    input_size: int | None = None
    cost_source: str | None = None

    @property
    def commercial_use(self) -> str:
        """Whether the licence of its weights allows commercial use: "yes", "no" or "unknown"."""
        return commercial_use(self.licence)


MODEL_FIELDS: tuple[str, ...] = tuple(ModelRecord.__dataclass_fields__)
FACT_FIELDS = (
    "licence", "licence_source", "macs_billions", "activations_millions", "input_size", "cost_source",
)  # fmt: skip
"""What is known of a model beside who it is and what was measured: its licence, what one image costs, who says so."""
_COLUMNS = {"id": "model_id"}
_FLAGS = MODEL_FIELDS.index("label_flags")


def record_of(model: Model) -> ModelRecord:
    """The record of a row."""
    columns = {field: getattr(model, field) for field in MODEL_FIELDS}
    return ModelRecord(**{**columns, "label_flags": tuple(model.label_flags)})


def model_records(session: Session, ids: Collection[str] | None = None) -> dict[str, ModelRecord]:
    """Models by their ids, sorted by id in the order of code points on every database.

    Args:
        session: of the store.
        ids: of the models, a few thousand at most; every model when absent.
    """
    # Flags as text: nearly all are empty lists, and to parse each of them would take longest of all.
    columns = [
        cast(Model.label_flags, Text) if field == "label_flags" else getattr(Model, field) for field in MODEL_FIELDS
    ]
    query = select(*columns) if ids is None else select(*columns).where(Model.id.in_(ids))
    # By code point here: databases sort letters by their own rules, and ties in rankings follow this order.
    rows = sorted(session.connection().execute(query), key=lambda row: str(row[0]))
    parsed = {text: tuple(json.loads(text)) for text in {row[_FLAGS] for row in rows}}
    return {
        row[0]: ModelRecord(
            **dict(zip(MODEL_FIELDS, (*row[:_FLAGS], parsed[row[_FLAGS]], *row[_FLAGS + 1 :]), strict=True))
        )
        for row in rows
    }


def model_record(session: Session, model_id: str) -> ModelRecord | None:
    """One model; None when the store has none of this id."""
    found = session.get(Model, model_id)
    return None if found is None else record_of(found)


def has_private_models(session: Session) -> bool:
    """Whether the store has a model that is not published."""
    return session.scalar(select(Model.id).where(Model.visibility != PUBLIC).limit(1)) is not None


def add_models(session: Session, records: Iterable[ModelRecord], *, into: Table | None = None) -> None:
    """Add models that the store does not have yet.

    Args:
        session: from `writing`.
        records: of the models.
        into: a table with the columns of that of the models, in its place.
    """
    rows = [
        {
            **{_COLUMNS.get(field, field): getattr(record, field) for field in MODEL_FIELDS},
            "label_flags": list(record.label_flags),
        }
        for record in records
    ]
    if rows:
        # Of the table: what the class adds to each row would take most of the time.
        session.execute(insert(Model.metadata.tables[Model.__tablename__] if into is None else into), rows)


def identity(record: ModelRecord) -> dict[str, object]:
    """What a model is, as data versions count it: who may see it changes no score, and neither do its facts."""
    return {field: getattr(record, field) for field in MODEL_FIELDS if field not in ("visibility", *FACT_FIELDS)}


def facts(record: ModelRecord) -> dict[str, object]:
    """What is known of a model without an image."""
    return {field: getattr(record, field) for field in FACT_FIELDS}


def change_facts(session: Session, model_id: str, known: Mapping[str, object]) -> None:
    """Put other facts of a model in the place of those that the store holds.

    Args:
        session: from `writing`.
        model_id: of a model in the store.
        known: by `FACT_FIELDS`.
    """
    session.execute(update(Model).where(Model.id == model_id).values(**known))


def replace_facts(session: Session, facts_by_model: Mapping[str, Mapping[str, object]], now: datetime) -> None:
    """Put other facts of some models in the place of theirs, under a new data version; without models, do nothing.

    Args:
        session: from `writing`.
        facts_by_model: by model in the store, and by `FACT_FIELDS`.
        now: time to record.
    """
    if not facts_by_model:
        return
    for model_id, own in facts_by_model.items():
        change_facts(session, model_id, own)
    # Filters answer otherwise from now on, so that no kept answer may stand.
    data_versions.record(
        session,
        reason=f"facts of models: {len(facts_by_model)}",
        changes=[["facts", model_id, own] for model_id, own in facts_by_model.items()],
        created_at=now,
    )


def add_counts(session: Session, counts: Mapping[str, Mapping[str, object]], now: datetime) -> None:
    """Keep what images cost models whose cost nobody knew, and note that; what is known already stays.

    Args:
        session: from `writing`.
        counts: by model in the store, `COST_FIELDS` and `cost_source`; empty ones say nothing.
        now: time to record.
    """
    records = model_records(session, [model_id for model_id, own in counts.items() if own])
    fresh = {
        model_id: counts[model_id]
        for model_id, record in records.items()
        # At another size than the known one, images cost something else.
        if record.macs_billions is None and record.input_size in (None, counts[model_id].get("input_size"))
    }
    replace_facts(session, fresh, now)


def publish(session: Session, model_id: str) -> None:
    """Show a model to everybody."""
    session.execute(update(Model).where(Model.id == model_id).values(visibility="public"))


def hide(session: Session, model_id: str) -> bool:
    """Show a model to who holds the token alone, and note that; False for the program's own, which stay public."""
    sources = session.scalars(select(Measurement.source).where(Measurement.model_id == model_id))
    # What ships with the program is everybody's to see.
    if SHIPPED & set(sources):
        return False
    session.execute(update(Model).where(Model.id == model_id).values(visibility="private"))
    data_versions.record(
        session,
        reason=f"withdrawal of {model_id}"[:200],
        changes=[["withdrawal", model_id]],
        created_at=datetime.now(UTC),
    )
    return True
