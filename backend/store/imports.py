"""Imports in the store: which files of results came in, and how much of them is still there."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.store.tables import Measurement, ResultImport

ID_PATTERN = "im-[0-9a-f]{12}"


@dataclass(frozen=True, kw_only=True, slots=True)
class ImportRecord:
    """An import, free of any session.

    Attributes:
        import_id: its identifier.
        imported_at: when.
        filename: what the file was called, if that was said.
        row_count: rows of the file.
        model_count: models that got values by it.
        benchmarks: that its values are of.
        values_held: of its values, how many the store still holds: neither deleted nor measured anew.
    """

    import_id: str
    imported_at: datetime
    filename: str | None
    row_count: int
    model_count: int
    benchmarks: tuple[str, ...]
    values_held: int = 0


class WithoutId(NamedTuple):
    """What came by imports before imports were remembered."""

    models: int
    values: int


def new_id() -> str:
    """An identifier that no import has."""
    return f"im-{secrets.token_hex(6)}"


def add(session: Session, record: ImportRecord) -> None:
    """Note an import, in a session from `writing`; how many of its values are held is counted whenever it is asked."""
    session.add(
        ResultImport(
            import_id=record.import_id, filename=record.filename, row_count=record.row_count,
            model_count=record.model_count, benchmarks=sorted(set(record.benchmarks)), imported_at=record.imported_at,
        )
    )  # fmt: skip
    session.flush()


def records(session: Session, *, limit: int, before: str | None = None) -> list[ImportRecord]:
    """The newest first; with `before`, those that follow this import. After an unknown one, nothing follows."""
    held = select(func.count()).where(Measurement.import_id == ResultImport.import_id).scalar_subquery()
    question = select(ResultImport, held).order_by(ResultImport.imported_at.desc(), ResultImport.import_id.desc())
    if before is not None:
        last = session.get(ResultImport, before)
        if last is None:
            return []
        # By time and then by identifier, as they are ordered: equal times must not be skipped or shown twice.
        same = (ResultImport.imported_at == last.imported_at) & (ResultImport.import_id < before)
        question = question.where((ResultImport.imported_at < last.imported_at) | same)
    return [_record(row, count) for row, count in session.execute(question.limit(limit))]


def without_id(session: Session) -> WithoutId:
    """How many imported values no import can be named of, and of how many models they are."""
    counted = select(func.count(Measurement.model_id.distinct()), func.count())
    models, values = session.execute(
        counted.where(Measurement.source == "import", Measurement.import_id.is_(None))
    ).one()
    return WithoutId(models, values)


def _record(row: ResultImport, held: int) -> ImportRecord:
    return ImportRecord(
        import_id=row.import_id,
        imported_at=row.imported_at,
        filename=row.filename,
        row_count=row.row_count,
        model_count=row.model_count,
        benchmarks=tuple(row.benchmarks),
        values_held=held,
    )
