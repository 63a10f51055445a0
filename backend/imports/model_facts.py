"""The facts of the study's models that ship with the program: licences, and what one image costs."""

import csv
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import TypedDict

from sqlalchemy import Engine

from backend.store.engine import writing
from backend.store.models import ModelRecord, facts, model_records, replace_facts

Origin = tuple[str, str]


class Facts(TypedDict):
    """What is known of weights; None where it is not."""

    licence: str
    licence_source: str | None
    macs_billions: float | None
    activations_millions: float | None
    input_size: int | None
    cost_source: str | None


@cache
def shipped_facts() -> Mapping[Origin, Facts]:
    """The table that the package ships, as `python -m evaluation.study_facts` wrote it, by library and identifier.

    Weights that were never released have no identifier, and none of these facts.
    """
    lines = (files("backend.imports") / "model_facts.csv").read_text(encoding="utf-8").splitlines()
    rows = csv.DictReader(lines)
    return MappingProxyType(
        {(row["source_library"], row["source_identifier"]): _facts(row) for row in rows if row["source_identifier"]}
    )


def with_facts(record: ModelRecord) -> ModelRecord:
    """A model with what the shipped table knows of its weights; as it is where that knows none."""
    known = _of(record)
    return record if known is None else replace(record, **known)


def refresh_facts(engine: Engine, *, now: datetime | None = None) -> int:
    """Bring the facts of every model in a store whose weights the shipped table knows to those of this version.

    Args:
        engine: of a migrated store.
        now: time to record for the data version; the current one when absent.

    Returns:
        How many models had others before.

    Raises:
        StoreUnavailable: the database does not answer or was never migrated.
    """
    with writing(engine) as session:
        known = {record.id: (record, _of(record)) for record in model_records(session).values()}
        changed = {key: own for key, (record, own) in known.items() if own is not None and own != facts(record)}
        replace_facts(session, changed, now or datetime.now(UTC))
    return len(changed)


def _of(record: ModelRecord) -> Facts | None:
    return shipped_facts().get((record.source_library, record.source_identifier or ""))


def _facts(row: Mapping[str, str]) -> Facts:
    macs, activations, size = (row[name] for name in ("macs_billions", "activations_millions", "input_size"))
    return {
        "licence": row["licence"],
        "licence_source": row["licence_source"] or None,
        "macs_billions": float(macs) if macs else None,
        "activations_millions": float(activations) if activations else None,
        "input_size": int(size) if size else None,
        "cost_source": row["cost_source"] or None,
    }
