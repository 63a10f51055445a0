"""What is exported is imported without loss, from one database to another."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, delete

from backend.imports.archive import COLUMNS, archive, is_archive
from backend.imports.flags import FLAGS
from backend.imports.importer import ImportRejected, import_results
from backend.store import migration
from backend.store.engine import create_store_engine, reading, writing
from backend.store.measurements import EvaluatedMeasurement, add_measurements
from backend.store.models import ModelRecord, add_models, model_records, publish
from backend.store.names import alike, normalised_text, text_violation
from backend.store.tables import Measurement, Model
from quba.dimension import Missing
from quba.dimensions import DIMENSIONS

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


def content(engine: Engine) -> bytes:
    with reading(engine) as session:
        return archive(session, private=True)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    url = f"sqlite:///{tmp_path_factory.mktemp('source')}/store.db"
    migration.upgrade(url)
    engine = create_store_engine(url)
    yield engine
    engine.dispose()


def fill(engine: Engine, models: list[ModelRecord], measurements: list[EvaluatedMeasurement]) -> None:
    with writing(engine) as session:
        session.execute(delete(Measurement))
        session.execute(delete(Model))
        add_models(session, models)
        add_measurements(session, measurements)


def edit(data: bytes, **cells: str) -> bytes:
    rows = list(csv.DictReader(io.StringIO(data.decode(), newline="")))
    rows[0] |= cells
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue().encode()


def test_everything_arrives_on_either_database(source: Engine, empty_engine: Engine) -> None:
    nothing: dict[str, Any] = dict.fromkeys(
        ("value", "standard_error", "sample_count", "device", "precision", "seed", "measured_at")
    )
    absent = replace(
        MEASURED, **nothing, dimension="shape_bias", missing_reason="failed", parts=dict[str, Any](), flags=()
    )
    fill(source, [MODEL], [MEASURED, absent])
    data = content(source)
    assert is_archive(data)
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
    with reading(source) as session:
        assert archive(session, private=False).count(b"\n") == 1
    with writing(source) as session:
        publish(session, "mine")
    with reading(source) as session:
        assert archive(session, private=False).count(b"mine") >= 1


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
        for key in draw(st.lists(st.sampled_from(list(DIMENSIONS)), unique=True, min_size=1, max_size=3))
    ]  # fmt: skip
    return models, held


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    url = f"sqlite:///{tmp_path_factory.mktemp('target')}/store.db"
    migration.upgrade(url)
    engine = create_store_engine(url)
    yield engine
    engine.dispose()


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


@pytest.mark.parametrize(
    ("cells", "column", "rule"),
    [
        ({"value": "x"}, "value", "cannot be read"),
        ({"value": ""}, "value", "either a value or the reason"),
        ({"missing_reason": "failed"}, "value", "either a value or the reason"),
        ({"value": "1.5"}, "value", "cannot be: Accuracy must be at most 1"),
        ({"value": "nan"}, "value", "finite"),
        ({"standard_error": "-1"}, "standard_error", "0 or more"),
        ({"standard_error": "nan"}, "standard_error", "0 or more"),
        ({"sample_count": "0"}, "sample_count", "1 or more"),
        ({"sample_count": "2147483648"}, "sample_count", "2147483647 or less"),
        ({"input_size": "2147483648"}, "input_size", "2147483647 or less"),
        ({"parts": "[1]"}, "parts", "must be a JSON object"),
        ({"parts": '{"a": NaN}'}, "parts", "NaN is no number of JSON"),
        ({"parts": "{"}, "parts", "cannot be read"),
        ({"dimension": "speed"}, "dimension", "must be one of accuracy"),
        ({"protocol": "mine"}, "protocol", "must be one of as-published, corrected"),
        ({"benchmark": "nowhere"}, "benchmark", "is no benchmark of this store; it has imagenet-1k, toy-shapes."),
        ({"source": "study"}, "source", "which it did not"),
        ({"flags": "made-up"}, "flags", "must hold of"),
        ({"name": "=1+1"}, "name", "would run as a formula"),
        ({"model_id": "../x"}, "model_id", "must be 1 to 100 of a-z"),
        ({"measured_at": "2026-07-01"}, "measured_at", "must have a zone"),
        ({"visibility": "hidden"}, "visibility", "must be one of public, private"),
    ],
)
def test_a_cell_that_breaks_a_rule_is_named(
    source: Engine, target: Engine, cells: dict[str, str], column: str, rule: str
) -> None:
    fill(source, [MODEL], [MEASURED])
    fill(target, [], [])
    with pytest.raises(ImportRejected) as caught:
        import_results(target, edit(content(source), **cells))
    error = next(error for error in caught.value.errors if error.column == column)
    assert rule in error.rule
    assert content(target).count(b"\n") == 1


def test_what_contradicts_the_store_or_itself_is_refused(source: Engine, target: Engine) -> None:
    fill(source, [MODEL], [MEASURED])
    data = content(source)
    fill(target, [MODEL], [MEASURED])
    for cells, column in (
        ({"value": "0.4"}, "value"), ({"architecture": "transformer"}, "model_id"), ({"parts": "{}"}, "parts"),
        ({"model_id": "other", "name": "MINE"}, "name"),
    ):  # fmt: skip
        with pytest.raises(ImportRejected) as caught:
            import_results(target, edit(data, **cells))
        assert {error.column for error in caught.value.errors} == {column}
    body = data.partition(b"\n")[2]
    for twice, rule in (
        (body, "already for this model"),
        (edit(data, note="x", name="Y").partition(b"\n")[2], "another model than on line 2; rename"),
    ):
        with pytest.raises(ImportRejected, match=rule):
            import_results(target, data + twice)
    for broken, rule in ((data.partition(b"\n")[0], "no results"), (data + b"a,b\n", "as many cells")):
        with pytest.raises(ImportRejected, match=rule):
            import_results(target, broken)
    assert (
        json.loads(next(csv.DictReader(io.StringIO(content(target).decode(), newline="")))["parts"]) == MEASURED.parts
    )


@pytest.mark.parametrize("later", [6, 7, 8], ids=["before facts", "before versions", "before ingredients"])
def test_a_file_from_before_is_read(source: Engine, empty_engine: Engine, later: int) -> None:
    assert COLUMNS[-8:-5] == ("ingredients_digest", "benchmark_digest", "licence")
    rows = list(csv.reader(io.StringIO(content(source).decode(), newline="")))
    file = io.StringIO(newline="")
    csv.writer(file, lineterminator="\n").writerows(row[:-later] for row in rows)
    old = file.getvalue().encode()
    assert is_archive(old)
    assert import_results(empty_engine, old).added > 0
