"""The measurements of one pool, column by column: read once for every data version, however many models there are."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from itertools import compress
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Text, cast, select
from sqlalchemy.orm import Session

from backend.store.measurements import of_current_version
from backend.store.tables import Measurement
from quba.dimension import Missing

# Fewer rows than the 700 new objects after which the collector of Python 3.11 looks for garbage.
_ROWS_AT_ONCE = 500


class PoolColumn(NamedTuple):
    """What a ranking needs of all measurements of one dimension: each list is of the same models.

    Attributes:
        model_ids: of the models, in no particular order.
        values: None where there is a reason.
        missing_reasons: None where there is a value.
        flags: of the values.
        standard_errors: None where none was measured.
        sample_counts: None where the images were not counted.
        sources: where the values come from, of `backend.store.tables.SOURCES`.
        ingredients_digests: of what the values are made of; None where it was not kept.
    """

    model_ids: list[str]
    values: list[float | None]
    missing_reasons: list[str | None]
    flags: list[tuple[str, ...]]
    standard_errors: list[float | None]
    sample_counts: list[int | None]
    sources: list[str]
    ingredients_digests: list[str | None]


def pool_columns(session: Session, benchmark: str, protocol: str) -> dict[str, PoolColumn]:
    """The measurements of one benchmark as it is now and one protocol, by the key of their dimension."""
    query = select(
        Measurement.dimension,
        Measurement.model_id,
        Measurement.value,
        Measurement.missing_reason,
        # As text: nearly all are empty lists, and to parse each of them is what reading a pool would mostly cost.
        cast(Measurement.flags, Text),
        Measurement.standard_error,
        Measurement.sample_count,
        Measurement.source,
        Measurement.ingredients_digest,
    ).where(of_current_version(benchmark), Measurement.protocol == protocol)
    columns: dict[str, list[list[Any]]] = defaultdict(lambda: [[] for _ in PoolColumn._fields])
    parsed: dict[str, tuple[str, ...]] = {}
    # Past the session, which would wrap every row once more; and in parts, whose rows are gone again before there are
    # so many objects that Python's garbage collector takes as long as everything else.
    result = session.connection().execute(query, execution_options={"yield_per": _ROWS_AT_ONCE})
    for part in result.partitions():
        rows: dict[str, list[Any]] = defaultdict(list)
        for row in part:
            rows[row[0]].append(row)
        for dimension, found in rows.items():
            _, ids, values, reasons, flags, *others = zip(*found, strict=True)
            parsed.update({text: tuple(json.loads(text)) for text in {*flags} - parsed.keys()})
            new = (ids, values, reasons, [parsed[text] for text in flags], *others)
            for known, more in zip(columns[dimension], new, strict=True):
                known.extend(more)
    return {dimension: PoolColumn._make(found) for dimension, found in columns.items()}


class PlacedColumn(NamedTuple):
    """One dimension of a pool with each measurement at the row of its model.

    Attributes:
        values: one for each row; NaN where it is missing.
        standard_errors: one for each row; NaN where none was measured.
        from_study: one for each row, whether its value is published.
        sample_counts: by row, of the values whose images were counted.
        flags: by row, of the values that have any.
        missing: by row, why there is no value, as far as `column_by_row` was asked for.
        ingredients: by row, the digest of what a value is made of, where it was kept.
    """

    values: NDArray[np.float64]
    standard_errors: NDArray[np.float64]
    from_study: NDArray[np.bool_]
    sample_counts: Mapping[int, int]
    flags: Mapping[int, tuple[str, ...]]
    missing: Mapping[int, Missing]
    ingredients: Mapping[int, str]


def column_by_row(column: PoolColumn | None, row_of: Mapping[str, int], *, expected: bool = True) -> PlacedColumn:
    """Put a dimension's measurements in their rows.

    Args:
        column: of the dimension; None where nobody was measured on it.
        row_of: the row of each model, 0 and up without gaps; what other models have is left out.
        expected: whether every model is expected to have a value, so that one that nobody measured has that for a
            reason. Otherwise only what was tried, and gave no value, has one.
    """
    never = Missing.NOT_MEASURED
    absent = np.ones(len(row_of), dtype=bool)
    values, errors = np.full((2, len(row_of)), np.nan)
    from_study = np.zeros(len(row_of), dtype=bool)
    if column is None:
        unmeasured = dict.fromkeys(range(len(row_of)), never) if expected else {}
        return PlacedColumn(values, errors, from_study, {}, {}, unmeasured, {})
    here = [model_id in row_of for model_id in column.model_ids]
    if not all(here):
        column = PoolColumn._make(list(compress(part, here)) for part in column)
    rows = [row_of[model_id] for model_id in column.model_ids]
    absent[rows] = False
    # None becomes NaN.
    values[rows] = np.array(column.values, dtype=np.float64)
    errors[rows] = np.array(column.standard_errors, dtype=np.float64)
    from_study[rows] = [source == "study" for source in column.sources]
    reasons = {
        row: Missing(reason) for row, reason in zip(rows, column.missing_reasons, strict=True) if reason is not None
    }
    return PlacedColumn(
        values=values,
        standard_errors=errors,
        from_study=from_study,
        sample_counts=_of_values(rows, column.sample_counts, reasons),
        # A reason can carry a flag, but there is no value then that the flag could be about.
        flags=_of_values(rows, column.flags, reasons),
        missing={**dict.fromkeys(np.flatnonzero(absent).tolist(), never), **reasons} if expected else reasons,
        ingredients={
            row: digest for row, digest in zip(rows, column.ingredients_digests, strict=True) if digest is not None
        },
    )


def column_of_facts(values: Sequence[float | None]) -> PlacedColumn:
    """A dimension whose values are facts of the models: exact, without images, flags or ingredients.

    Args:
        values: one for each row; None where it is not known.
    """
    known = np.array(values, dtype=np.float64)
    return PlacedColumn(known, np.full(len(known), np.nan), np.zeros(len(known), dtype=bool), {}, {}, {}, {})


def _of_values(rows: Sequence[int], given: Sequence[Any], without: Mapping[int, Missing]) -> dict[int, Any]:
    """By row, what is given and not empty, where there is a value."""
    return {row: each for row, each in zip(rows, given, strict=True) if each and row not in without}
