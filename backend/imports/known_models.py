"""Files that hold a key and values alone: each row is given the stored model that its key names."""

import difflib
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.imports.columns import MODEL_ID, NAME, TIMM_TAG
from backend.imports.csv_file import ResultRow, Results, RowError, rejection, short_text
from backend.store.models import ModelRecord, model_records
from backend.store.tables import Model

_TIMM = "timm"
# Each is looked for among all models, while nobody else can write; more of them show nothing further of the mistake.
_SUGGESTED = 20


def named_records(session: Session, results: Results) -> dict[str, ModelRecord]:
    """The models of the store that the rows name, by id: no others, for a file comes in many parts.

    Args:
        session: of the store.
        results: a few thousand rows at most.
    """
    if TIMM_TAG not in results.columns:
        return model_records(session, {row.record.id for row in results.rows})
    tags = {row.cells[TIMM_TAG] for row in results.rows}
    found = select(Model.id).where(Model.source_library == _TIMM, Model.source_identifier.in_(tags))
    return model_records(session, set(session.scalars(found)))


def stored_keys(session: Session, results: Results) -> list[str]:
    """Every key of the kind that the file has by which a model can be named."""
    if TIMM_TAG not in results.columns:
        return list(session.scalars(select(Model.id).order_by(Model.id)))
    query = select(Model.source_identifier).where(Model.source_library == _TIMM).order_by(Model.id)
    return [tag for tag in session.scalars(query) if tag]


def of_known_models(
    results: Results, records: Mapping[str, ModelRecord], keys: Callable[[], Collection[str]]
) -> Results:
    """The same results, where a file without names has the stored model in each row.

    Args:
        results: of `read_results`; a file with names is left as it is.
        records: of `named_records`.
        keys: gives those that would be right, once one is wrong; of these the nearest one is named, for the first wrong
            keys alone.

    Raises:
        ImportRejected: a key names no model, or more than one; every such row is listed.
    """
    if results.names_models:
        return results
    key = TIMM_TAG if TIMM_TAG in results.columns else MODEL_ID
    by_key = _by_tag(records) if key == TIMM_TAG else {each: [each] for each in records}
    known: Collection[str] | None = None
    errors: list[RowError] = []
    rows: list[ResultRow] = []
    for row in results.rows:
        cell = row.cells[key]
        found = by_key.get(cell, [])
        if len(found) == 1:
            rows.append(replace(row, record=records[found[0]]))
        else:
            known = keys() if known is None else known
            rule = _rule(key, cell, found, known if len(errors) < _SUGGESTED else ())
            errors.append(RowError(row.line, key, short_text(cell), rule))
    if errors:
        raise rejection(errors)
    return replace(results, rows=tuple(rows))


def _by_tag(records: Mapping[str, ModelRecord]) -> dict[str, list[str]]:
    """The ids of the models whose weights are timm's, by the tag that timm knows them by."""
    found: dict[str, list[str]] = {}
    for model_id, record in records.items():
        if record.source_library == _TIMM and record.source_identifier:
            found.setdefault(record.source_identifier, []).append(model_id)
    return found


def _rule(key: str, cell: str, found: list[str], known: Collection[str]) -> str:
    if found:
        return f"names {len(found)} models, {', '.join(found)}; use the column {MODEL_ID}."
    close = difflib.get_close_matches(cell, known, n=1)
    if close:
        return f"is no model of this store; did you mean {close[0]}?"
    others = f", or add the column {NAME} for new models" if key == MODEL_ID else ""
    return f"is no model of this store; delete the row{others}."
