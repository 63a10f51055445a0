"""Files that hold a key and values alone: each row is given the stored model that its key names."""

import difflib
from collections.abc import Mapping
from dataclasses import replace

from backend.imports.columns import MODEL_ID, NAME, TIMM_TAG
from backend.imports.csv_file import ResultRow, Results, RowError, rejection, short_text
from backend.store.models import ModelRecord

_TIMM = "timm"


def of_known_models(results: Results, records: Mapping[str, ModelRecord]) -> Results:
    """The same results, where a file without names has the stored model in each row.

    Args:
        results: of `read_results`; a file with names is left as it is.
        records: the models of the store by id.

    Raises:
        ImportRejected: a key names no model, or more than one; every such row is listed.
    """
    if results.names_models:
        return results
    key = TIMM_TAG if TIMM_TAG in results.columns else MODEL_ID
    by_key = _by_tag(records) if key == TIMM_TAG else {each: [each] for each in records}
    errors: list[RowError] = []
    rows: list[ResultRow] = []
    for row in results.rows:
        cell = row.cells[key]
        found = by_key.get(cell, [])
        if len(found) == 1:
            rows.append(replace(row, record=records[found[0]]))
        else:
            errors.append(RowError(row.line, key, short_text(cell), _rule(key, cell, found, by_key)))
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


def _rule(key: str, cell: str, found: list[str], known: Mapping[str, list[str]]) -> str:
    if found:
        return f"names {len(found)} models, {', '.join(found)}; use the column {MODEL_ID}."
    close = difflib.get_close_matches(cell, known, n=1)
    if close:
        return f"is no model of this store; did you mean {close[0]}?"
    others = f", or add the column {NAME} for new models" if key == MODEL_ID else ""
    return f"is no model of this store; delete the row{others}."
