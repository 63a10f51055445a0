"""A store's results as one file, one row a measurement: as CSV it is read back without loss.

The file is written model by model, so that a store of any size needs the memory of a few hundred models.
"""

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import BinaryIO, Final

import orjson
from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from backend.imports.archive_rows import COLUMNS, MODEL_COLUMNS, OF_MODEL, OF_VALUE
from backend.imports.columns import FLAG_SEPARATOR
from backend.store.models import FACT_FIELDS, ModelRecord, model_records
from backend.store.tables import PUBLIC, Measurement, Model
from quba.dimensions import DIMENSIONS

_MODELS_AT_ONCE = 500
Record = Mapping[str, object]


def write_archive(session: Session, file: BinaryIO, *, private: bool, format: str = "csv") -> None:
    """Write all models with their measurements of the dimensions in force, in the order of the models' ids.

    Args:
        session: from `reading`.
        file: to write to.
        private: whether models are in it that are not published.
        format: of `FORMATS`.
    """
    _WRITERS[format](file, _parts(session, private=private))


def _parts(session: Session, *, private: bool) -> Iterator[list[Record]]:
    """The rows of the archive in parts of a few hundred models."""
    everyone = session.execute(select(Model.id, Model.visibility))
    # Databases sort texts differently; an export must be the same bytes from either.
    ids = sorted(model_id for model_id, visibility in everyone if private or visibility == PUBLIC)
    for start in range(0, len(ids), _MODELS_AT_ONCE):
        models = model_records(session, ids[start : start + _MODELS_AT_ONCE])
        # Values of a dimension that was removed are of none that an import would know.
        wanted = Measurement.model_id.in_(models) & Measurement.dimension.in_(tuple(DIMENSIONS))
        # As rows: a session would keep every object of the table until its end.
        found = session.execute(select(*Measurement.__table__.columns).where(wanted))
        rows = sorted(
            found, key=lambda row: (row.model_id, row.benchmark, row.benchmark_digest, row.protocol, row.dimension)
        )
        yield [_record(models[row.model_id], row) for row in rows]


def _record(model: ModelRecord, row: Row[tuple[object, ...]]) -> Record:
    own = {column: getattr(model, MODEL_COLUMNS.get(column, column)) for column in OF_MODEL}
    values = {column: getattr(row, column) for column in OF_VALUE}
    return {**own, **values, **{column: getattr(model, column) for column in FACT_FIELDS}}


def _write_csv(file: BinaryIO, parts: Iterable[list[Record]]) -> None:
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for part in parts:
        writer.writerows([_cell_text(record[column]) for column in COLUMNS] for record in part)
    # Or the file would be closed with its wrapper.
    text.detach()


def _write_ndjson(file: BinaryIO, parts: Iterable[list[Record]]) -> None:
    for part in parts:
        file.write(b"".join(orjson.dumps(dict(record)) + b"\n" for record in part))


def _write_parquet(file: BinaryIO, parts: Iterable[list[Record]]) -> None:
    import pyarrow as pa  # slow to import and rarely asked for
    import pyarrow.parquet as pq

    kinds = {"whole": pa.int64(), "number": pa.float64(), "time": pa.timestamp("us", tz="UTC"), "text": pa.string()}
    schema = pa.schema([(column, kinds[_KINDS.get(column, "text")]) for column in COLUMNS])
    with pq.ParquetWriter(file, schema) as writer:
        for part in parts:
            records = [{column: _parquet_value(column, record[column]) for column in COLUMNS} for record in part]
            writer.write_table(pa.Table.from_pylist(records, schema))


def _parquet_value(column: str, value: object) -> object:
    # What has no column type of its own is the text that the CSV has.
    return value if column in _KINDS or value is None else _cell_text(value)


def _cell_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        # The shortest text that reads back as the same number; str() and %g lose digits.
        return repr(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return FLAG_SEPARATOR.join(value)
    return json.dumps(value, sort_keys=True, allow_nan=False) if isinstance(value, dict) else str(value)


# Of the columns that are no texts.
_KINDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        **dict.fromkeys(("published_row", "sample_count", "seed", "input_size"), "whole"),
        **dict.fromkeys(("value", "standard_error", "macs_billions", "activations_millions"), "number"),
        "measured_at": "time",
    }
)
_WRITERS: Final[Mapping[str, Callable[[BinaryIO, Iterable[list[Record]]], None]]] = MappingProxyType(
    {"csv": _write_csv, "ndjson": _write_ndjson, "parquet": _write_parquet}
)
FORMATS: Final = tuple(_WRITERS)
