"""Stores with one model, and the archives that are written of them."""

import csv
import io
from datetime import UTC, datetime

from sqlalchemy import Engine, delete
from sqlalchemy.orm import Session

from backend.imports.archive import write_archive
from backend.imports.archive_rows import COLUMNS
from backend.store.engine import reading, writing
from backend.store.measurements import EvaluatedMeasurement, add_measurements
from backend.store.models import ModelRecord, add_models
from backend.store.tables import Measurement, Model

NOW = datetime(2026, 7, 1, 12, 30, 15, 123456, tzinfo=UTC)
MODEL = ModelRecord(
    id="mine", name="Mine", architecture="cnn", training="unknown", recipe=None, head="unknown", lineage="clip (a, b)",
    pretraining_data="unknown", backbone="resnet50", source_library="checkpoint", source_identifier="sha256:abc",
    paper_title=None, published_name=None, study_name=None, published_row=None, label_flags=("label-corrected",),
    note="two\nlines; and, a comma", visibility="private", licence="cc-by-nc-4.0", licence_source="its card, 2026",
    macs_billions=0.1 + 0.2, activations_millions=11.1, input_size=224, cost_source="torch 2.9",
)  # fmt: skip
MEASURED = EvaluatedMeasurement(
    model_id="mine", benchmark="toy-shapes", protocol="corrected", dimension="accuracy", value=0.1 + 0.2,
    missing_reason=None, source="evaluation", sample_count=800, standard_error=1 / 3, flags=("outlier",),
    parts={"per_class": [0.5, None, 1e-17], "ü": {"a": True}}, note='a "quoted" note', evaluation_id="ev-0123456789ab",
    library_versions={"torch": "2.9"}, device="cuda:0", precision="float32", seed=2**32 - 1, measured_at=NOW,
)  # fmt: skip


def content(engine: Engine, *, private: bool = True, format: str = "csv") -> bytes:
    """The archive of a store."""
    with reading(engine) as session:
        return written(session, private=private, format=format)


def written(session: Session, *, private: bool = True, format: str = "csv") -> bytes:
    """The archive of the store of a session."""
    file = io.BytesIO()
    write_archive(session, file, private=private, format=format)
    return file.getvalue()


def fill(engine: Engine, models: list[ModelRecord], measurements: list[EvaluatedMeasurement]) -> None:
    """Let a store hold this and nothing else."""
    with writing(engine) as session:
        session.execute(delete(Measurement))
        session.execute(delete(Model))
        add_models(session, models)
        add_measurements(session, measurements)


def edit(data: bytes, **cells: str) -> bytes:
    """An archive with other cells in its first row."""
    rows = list(csv.DictReader(io.StringIO(data.decode(), newline="")))
    rows[0] |= cells
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue().encode()
