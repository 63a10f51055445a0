"""What is exported is imported without loss, from one database to another."""

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from backend.imports.archive_rows import is_archive
from backend.imports.flags import FLAGS
from backend.imports.importer import import_results
from backend.store.engine import create_store_engine, reading, writing
from backend.store.measurements import EvaluatedMeasurement
from backend.store.models import ModelRecord, model_records, publish
from backend.store.names import alike, normalised_text, text_violation
from backend.store.tables import Measurement
from quba.dimension import Missing
from quba.dimensions import MEASURES
from tests.backend.imports.archives import MEASURED, MODEL, NOW, content, fill


def test_everything_arrives_on_either_database(source: Engine, empty_engine: Engine) -> None:
    nothing: dict[str, Any] = dict.fromkeys(
        ("value", "standard_error", "sample_count", "device", "precision", "seed", "measured_at")
    )
    absent = replace(
        MEASURED, **nothing, dimension="shape_bias", missing_reason="failed", parts=dict[str, Any](), flags=()
    )
    fill(source, [MODEL], [MEASURED, absent])
    data = content(source)
    assert is_archive(io.BytesIO(data))
    report = import_results(empty_engine, data, now=NOW)
    assert (report.added, report.unchanged) == (1, 0)
    assert content(empty_engine) == data
    with reading(empty_engine) as session:
        assert model_records(session) == {"mine": MODEL}
        row = session.query(Measurement).filter_by(dimension="accuracy").one()
        assert (row.value, row.standard_error, row.parts) == (0.1 + 0.2, 1 / 3, MEASURED.parts)
        assert (row.measured_at, row.seed) == (NOW, 2**32 - 1)
    again = import_results(empty_engine, data)
    assert (again.added, again.unchanged, again.data_version) == (0, 1, report.data_version)


def test_the_study_and_an_import_go_to_a_store_that_has_the_study(
    study_engine: Engine, tmp_path: Path, study_file: Path, results_csv: Any  # noqa: ANN401
) -> None:  # fmt: skip
    import_results(study_engine, results_csv({"accuracy.standard_error": "0.002", "flags": "outlier"}))
    data = content(study_engine)
    target = tmp_path / "target.db"
    target.write_bytes(study_file.read_bytes())
    engine = create_store_engine(f"sqlite:///{target}")
    report = import_results(engine, data)
    assert (report.added, report.unchanged) == (1, 326)
    assert content(engine) == data
    engine.dispose()


def test_private_models_are_left_out_for_others(source: Engine) -> None:
    fill(source, [MODEL], [MEASURED])
    assert content(source, private=False).count(b"\n") == 1
    with writing(source) as session:
        publish(session, "mine")
    assert content(source, private=False).count(b"mine") >= 1


texts = (
    st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=12)
    .map(normalised_text)
    .filter(lambda text: text_violation(text, 200) is None)
)
finite = st.floats(allow_nan=False, allow_infinity=False)
parts = st.dictionaries(texts, st.one_of(finite, st.none(), st.lists(finite, max_size=3)), max_size=3)


@st.composite
def measurements(draw: st.DrawFn, model_id: str, dimension: str) -> EvaluatedMeasurement:
    value = draw(st.one_of(st.none(), st.floats(0, 1, allow_subnormal=False)))
    return replace(
        MEASURED,
        model_id=model_id,
        benchmark=draw(st.sampled_from(["toy-shapes", "imagenet-1k"])),
        protocol=draw(st.sampled_from(["as-published", "corrected"])),
        dimension=dimension,
        value=value,
        missing_reason=draw(st.sampled_from(list(Missing))).value if value is None else None,
        source=draw(st.sampled_from(["import", "evaluation"])),
        sample_count=draw(st.one_of(st.none(), st.integers(1, 10**6))),
        standard_error=draw(st.one_of(st.none(), st.floats(0, 1))),
        flags=tuple(draw(st.lists(st.sampled_from(list(FLAGS)), unique=True, max_size=2))),
        parts=draw(parts),
        note=draw(texts),
        measured_at=draw(st.one_of(st.none(), st.datetimes(timezones=st.just(UTC)))),
        ingredients_digest=draw(st.sampled_from([None, "0" * 64, "f" * 64])),
    )


@st.composite
def stores(draw: st.DrawFn) -> tuple[list[ModelRecord], list[EvaluatedMeasurement]]:
    names = draw(st.lists(texts, unique_by=alike, min_size=1, max_size=3))
    models = [
        replace(
            MODEL, id=f"m{place}", name=name, note=draw(texts), visibility=draw(st.sampled_from(["public", "private"]))
        )
        for place, name in enumerate(names)
    ]
    held = [
        draw(measurements(model.id, key)) for model in models
        for key in draw(st.lists(st.sampled_from(list(MEASURES)), unique=True, min_size=1, max_size=3))
    ]  # fmt: skip
    return models, held


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(store=stores())
def test_any_store_comes_back_as_it_was(
    source: Engine, target: Engine, store: tuple[list[ModelRecord], list[EvaluatedMeasurement]]
) -> None:
    fill(source, *store)
    fill(target, [], [])
    data = content(source)
    import_results(target, data)
    assert content(target) == data


@pytest.mark.parametrize("format", ["ndjson", "parquet"])
def test_each_form_says_the_same(source: Engine, format: str) -> None:
    absent = replace(MEASURED, value=None, missing_reason="failed", dimension="shape_bias", measured_at=None)
    fill(source, [MODEL], [MEASURED, absent])
    rows = list(csv.DictReader(io.StringIO(content(source).decode(), newline="")))
    data = content(source, format=format)
    told = (
        [json.loads(line) for line in data.splitlines()]
        if format == "ndjson"
        else pq.read_table(io.BytesIO(data)).to_pylist()
    )
    assert [list(each) for each in told] == [list(row) for row in rows]
    for each, row in zip(told, rows, strict=True):
        for column, cell in row.items():
            value = each[column]
            if column == "measured_at":
                moment = datetime.fromisoformat(value) if isinstance(value, str) else value
                assert moment == (datetime.fromisoformat(cell) if cell else None)
            elif isinstance(value, dict):
                assert value == json.loads(cell)
            elif isinstance(value, list):
                assert value == cell.split(";")
            else:
                assert ("" if value is None else value) == type(value or "")(cell)


def test_a_store_of_many_models_is_written_in_parts(source: Engine) -> None:
    models = [replace(MODEL, id=f"m{number:04}", name=f"M {number}") for number in range(1100)]
    fill(source, models, [replace(MEASURED, model_id=model.id) for model in reversed(models)])
    rows = list(csv.DictReader(io.StringIO(content(source).decode(), newline="")))
    assert [row["model_id"] for row in rows] == [model.id for model in models]
    table = pq.ParquetFile(io.BytesIO(content(source, format="parquet")))
    assert (table.num_row_groups, table.metadata.num_rows) == (3, 1100)
