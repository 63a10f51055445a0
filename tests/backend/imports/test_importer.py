import csv
import shutil
import tracemalloc
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from backend.imports import importer
from backend.imports.csv_file import ResultRow, result_rows
from backend.imports.importer import ImportRejected, import_results, import_study, published_scores
from backend.imports.outliers import Outlier, outliers_of
from backend.store import imports, migration
from backend.store.data_versions import current
from backend.store.engine import create_store_engine, reading, writing
from backend.store.errors import StoreUnavailable
from backend.store.models import change_facts, model_records
from backend.store.snapshot import SnapshotCache
from backend.store.tables import DataVersion, Measurement, Model
from quba.dimension import Missing
from quba.dimensions import STUDY_DIMENSIONS

if TYPE_CHECKING:
    from tests.backend.conftest import Run

Build = Callable[..., bytes]
# The same on every machine and database; a change of the published figures or of how they are stored changes it.
STUDY_VERSION = "1-3cafcfc3"
NOW = datetime(2026, 11, 27, tzinfo=UTC)


def _content(engine: Engine) -> list[tuple[Any, ...]]:
    """Everything in the store that an import can touch."""
    with reading(engine) as session:
        tables = (Model, Measurement, DataVersion)
        return [tuple(row) for table in tables for row in session.execute(select(*table.__table__.columns))]


def _rejections(engine: Engine, data: bytes) -> list[tuple[int, str | None, str]]:
    before = _content(engine)
    with pytest.raises(ImportRejected) as rejected:
        import_results(engine, data)
    assert _content(engine) == before
    return [(error.line, error.column, error.rule) for error in rejected.value.errors]


def test_the_study_arrives_exactly(study_engine: Engine) -> None:
    published = {row["model_id"]: row for row in csv.DictReader(published_scores().decode().splitlines())}
    with reading(study_engine) as session:
        rows = session.scalars(select(Measurement)).all()
        assert {(row.model_id, row.dimension): str(row.value) for row in rows} == {
            (model_id, key): cells[key] for model_id, cells in published.items() for key in STUDY_DIMENSIONS
        }
        assert {(row.benchmark, row.protocol, row.source) for row in rows} == {("imagenet-1k", "as-published", "study")}
        assert {(row.dimension, row.sample_count) for row in rows} == {
            (key, 50_000 if key == "accuracy" else None) for key in STUDY_DIMENSIONS
        }
        assert all(row.standard_error is None and row.missing_reason is None and row.parts == {} for row in rows)
        records = model_records(session)
    for model_id, cells in published.items():
        record = records[model_id]
        for column in ("name", "architecture", "training", "pretraining_data", "backbone", "source_library", "note"):
            assert getattr(record, column) == cells[column]
        for column in ("recipe", "head", "lineage", "source_identifier", "paper_title", "published_name", "study_name"):
            assert getattr(record, column) == (cells[column] or None)
        assert str(record.published_row) == cells["published_row"]


def test_the_study_a_second_time_adds_nothing(study_engine: Engine) -> None:
    before = _content(study_engine)
    report = import_study(study_engine)
    assert (report.added, report.unchanged, report.data_version) == (0, 326, STUDY_VERSION)
    assert _content(study_engine) == before


def test_the_published_file_can_be_imported_by_a_user(study_engine: Engine) -> None:
    before = _content(study_engine)
    report = import_results(study_engine, published_scores())
    assert (report.added, report.unchanged) == (0, 326)
    assert _content(study_engine) == before


def test_an_own_model_joins_the_study(study_engine: Engine, results_csv: Build) -> None:
    now = datetime(2026, 7, 1, tzinfo=UTC)
    data = results_csv({"ood_robustness": "", "flags": "outlier", "note": "a\nb"})
    report = import_results(study_engine, data, now=now)
    assert (report.added, report.unchanged) == (1, 0)
    assert report.data_version.startswith("2-")
    with reading(study_engine) as session:
        newest = current(session)
        assert newest is not None
        assert (newest.public_name, newest.reason, newest.created_at) == (
            report.data_version,
            "import, models added: 1",
            now,
        )
        rows = session.scalars(select(Measurement).where(Measurement.model_id == "mine")).all()
        assert {row.source for row in rows} == {"import"}
        assert {row.sample_count for row in rows} == {None}
    cache = SnapshotCache(study_engine)
    snapshot = cache.get("imagenet-1k", "as-published")
    position = snapshot.positions["mine"]
    assert snapshot.missing[position] == {"ood_robustness": Missing.NOT_MEASURED}
    assert set(snapshot.flags[position]) == set(STUDY_DIMENSIONS) - {"ood_robustness"}
    assert snapshot.models[position].note == "a\nb"
    cache.close()

    again = import_results(study_engine, data)
    assert (again.added, again.unchanged, again.data_version) == (0, 1, report.data_version)
    more = import_results(study_engine, results_csv({"ood_robustness": ""}, {"model_id": "second", "name": "Second"}))
    assert (more.added, more.unchanged) == (1, 1)


def test_columns_that_a_file_lacks_are_not_compared(study_engine: Engine, results_csv: Build) -> None:
    import_results(
        study_engine, results_csv({"note": "kept", "flags": "outlier", "paper_title": "Mine", "recipe": "a1"})
    )
    assert import_results(study_engine, results_csv({})).unchanged == 1


@pytest.mark.parametrize(
    ("change", "held"),
    [
        ({"accuracy": "0.81"}, "0.8"),
        ({"accuracy": ""}, "0.8"),
        ({"shape_bias": "0.3"}, "nothing"),
        ({"name": "Mine too"}, "'Mine'"),
        ({"architecture": "transformer"}, "'cnn'"),
        ({"head": "zero-shot"}, "nothing"),
        ({"source_identifier": ""}, "'resnet50.mine'"),
        ({"published_row": "4"}, "nothing"),
        ({"note": "changed"}, "'n'"),
        ({"flags": "train-mode"}, "'double-softmax;label-corrected'"),
        ({"flags": "double-softmax"}, "'double-softmax;label-corrected'"),
        ({"flags": ""}, "'double-softmax;label-corrected'"),
    ],
)
def test_what_contradicts_the_store_is_refused(
    change: dict[str, str], held: str, empty_engine: Engine, results_csv: Build
) -> None:
    stored = {"shape_bias": "", "head": "none", "published_row": "", "note": "n"}
    stored |= {"flags": "double-softmax;label-corrected"}
    import_results(empty_engine, results_csv(stored))
    assert import_results(empty_engine, results_csv(stored)).unchanged == 1
    fresh = {"model_id": "fresh", "name": "Fresh"}
    [(line, column, rule)] = _rejections(empty_engine, results_csv(fresh, {**stored, **change}))
    assert (line, column) == (3, next(iter(change)))
    assert f"model mine exists already with other values, here {held}; use another model_id" in rule


def test_a_name_belongs_to_one_model(study_engine: Engine, results_csv: Build) -> None:
    [(line, column, rule)] = _rejections(study_engine, results_csv({"name": "AlexNet"}))
    assert (line, column) == (2, "name")
    assert "is the name of the stored model alexnet already; choose another name" in rule


def test_every_contradiction_is_reported(study_engine: Engine, results_csv: Build) -> None:
    data = results_csv({"model_id": "alexnet", "name": "AlexNet"}, {"name": "GoogLeNet"}, {"model_id": "fresh"})
    found = _rejections(study_engine, data)
    assert {line for line, _, _ in found} == {2, 3}
    assert {column for line, column, _ in found if line == 2} >= {"accuracy", "backbone", "parameters_millions"}


def test_one_bad_row_refuses_the_good_ones(study_engine: Engine, results_csv: Build) -> None:
    assert _rejections(study_engine, results_csv({}, {"model_id": "b", "name": "B", "accuracy": "inf"}))


def test_a_model_known_from_another_benchmark_gets_its_values(empty_engine: Engine, results_csv: Build) -> None:
    import_results(empty_engine, results_csv({"flags": ""}))
    with writing(empty_engine) as session:
        for row in session.scalars(select(Measurement)):
            row.protocol = "corrected"
    assert import_results(empty_engine, results_csv({"flags": ""})).added == 1
    with writing(empty_engine) as session:
        for row in session.scalars(select(Measurement).where(Measurement.protocol == "as-published")):
            session.delete(row)
    assert [column for _, column, _ in _rejections(empty_engine, results_csv({"backbone": "other"}))] == ["backbone"]


def test_imports_at_once_leave_one_study(database_url: str, at_once: "Run") -> None:
    migration.upgrade(database_url)
    statement = (
        "from backend.store.engine import create_store_engine\nfrom backend.imports.importer import import_study\n---\n"
        "report = import_study(create_store_engine(sys.argv[1]))\n"
        "print(report.added, report.unchanged, report.data_version)"
    )
    printed = at_once(statement, [database_url] * 3)
    assert sorted(printed) == [f"0 326 {STUDY_VERSION}\n"] * 2 + [f"326 0 {STUDY_VERSION}\n"]


def test_a_store_that_was_never_migrated_is_unavailable(database_url: str) -> None:
    engine = create_store_engine(database_url, create=True)
    with pytest.raises(StoreUnavailable, match="wellbehaved migrate"):
        import_study(engine)
    engine.dispose()


@dataclass(frozen=True)
class Edit:
    """Replace `length` bytes from a relative place on."""

    place: float
    length: int
    put: bytes

    def apply_edits(self, data: bytes) -> bytes:
        start = int(self.place * len(data))
        return data[:start] + self.put + data[start + self.length :]


_TOKENS = [b"", b",", b'"', b"\n", b"\r", b"\r\n", b"\0", b"\xff", b"\xef\xbb\xbf", b"nan", b"1e999", b"-", b"=", b";",
           b"%", b"0", b"9", b"a", b" ", b"\t", "é".encode(), b"none", b"double-softmax"]  # fmt: skip
edits = st.builds(
    Edit,
    place=st.floats(0, 1),
    length=st.integers(0, 12),
    put=st.one_of(st.sampled_from(_TOKENS), st.binary(max_size=4)),
)


@pytest.fixture(scope="module")
def small_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("small") / "store.db"
    migration.upgrade(f"sqlite:///{path}")
    return path


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(edits, min_size=1, max_size=3), swaps=st.booleans())
def test_a_damaged_file_is_imported_or_refused_and_nothing_else(
    changes: list[Edit], swaps: bool, small_store: Path, results_csv: Build, tmp_path: Path
) -> None:
    good = results_csv(
        {"flags": "double-softmax", "note": "two\nlines", "recipe": "a1"},
        {"model_id": "b", "name": "B", "shape_bias": "", "head": "zero-shot"},
    )
    path = tmp_path / "store.db"
    shutil.copyfile(small_store, path)
    engine = create_store_engine(f"sqlite:///{path}")
    if swaps:
        import_results(engine, good)
    before = _content(engine)
    data = good
    for change in changes:
        data = change.apply_edits(data)
    try:
        report = import_results(engine, data)
    except ImportRejected:
        assert _content(engine) == before
    else:
        assert (report.added > 0) == (_content(engine) != before)
        assert report.added + report.unchanged > 0
    finally:
        engine.dispose()
        path.unlink()


@pytest.mark.parametrize("name", ["alexnet", "ALEXNET", "aLEXnET"])
def test_a_name_alike_to_a_stored_one_is_refused(study_engine: Engine, results_csv: Build, name: str) -> None:
    [(line, column, rule)] = _rejections(study_engine, results_csv({"name": name}))
    assert (line, column) == (2, "name")
    assert "of the stored model alexnet already, 'AlexNet', but for letter case" in rule


def test_an_imported_value_has_the_error_that_was_given_and_no_other(study_engine: Engine, results_csv: Build) -> None:
    rows = (
        {"accuracy.standard_error": "0.002", "shape_bias.sample_count": "1200"},
        {"model_id": "b", "name": "B", "accuracy.sample_count": "10000"},
        {"model_id": "c", "name": "C"},
    )
    import_results(study_engine, results_csv(*rows))
    with reading(study_engine) as session:
        held = {
            (row.model_id, row.dimension): (row.standard_error, row.sample_count)
            for row in session.scalars(select(Measurement).where(Measurement.model_id.in_(["mine", "b", "c"])))
        }
    assert held["mine", "accuracy"] == (0.002, None)
    assert held["mine", "shape_bias"] == (None, 1200)
    # Of a share of so many images the error follows: sqrt(.8 * .2 / 10000).
    assert held["b", "accuracy"][0] == pytest.approx(0.004)
    assert {held["c", key] for key in STUDY_DIMENSIONS} == {(None, None)}
    assert import_results(study_engine, results_csv(*rows)).unchanged == 3
    [(_, column, rule)] = _rejections(study_engine, results_csv({"accuracy.standard_error": "0.003"}))
    assert (column, "here 0.002" in rule) == ("accuracy.standard_error", True)


def test_a_value_far_from_all_others_is_named(study_engine: Engine, results_csv: Build) -> None:
    report = import_results(study_engine, results_csv({"parameters_millions": "22000"}))
    assert report.outliers == (("mine", "parameters_millions", 22_000.0),)
    assert import_results(study_engine, results_csv({"model_id": "b", "name": "B"})).outliers == ()


def _rows(count: int) -> list[dict[str, str]]:
    return [{"model_id": f"m{number}", "name": f"M {number}"} for number in range(count)]


def test_a_file_is_taken_in_parts_as_if_it_were_taken_at_once(
    study_engine: Engine, results_csv: Build, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    data = results_csv(*_rows(5))
    url = f"sqlite:///{tmp_path / 'other.db'}"
    migration.upgrade(url)
    other = create_store_engine(url)
    import_study(other, now=NOW)
    at_once = import_results(other, data, now=NOW)
    monkeypatch.setattr(importer, "_ROWS_AT_ONCE", 2)
    in_parts = import_results(study_engine, data, now=NOW, filename="mine.csv")
    assert (in_parts.added, in_parts.unchanged) == (at_once.added, at_once.unchanged) == (5, 0)
    # The same history has the same digest, however it was taken.
    assert in_parts.data_version == at_once.data_version
    with reading(study_engine) as session:
        [record] = imports.records(session, limit=10)
    assert (record.row_count, record.model_count, record.filename) == (5, 5, "mine.csv")
    again = import_results(study_engine, results_csv(*_rows(7)))
    assert (again.added, again.unchanged) == (2, 5)
    other.dispose()


def test_what_is_wrong_in_the_last_part_leaves_nothing_of_the_first(
    study_engine: Engine, results_csv: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importer, "_ROWS_AT_ONCE", 2)
    with reading(study_engine) as session:
        first, second = (record.name for record in list(model_records(session).values())[:2])
    rows = _rows(5)
    rows[1]["name"], rows[4]["name"] = first, second
    found = _rejections(study_engine, results_csv(*rows))
    assert [(line, column) for line, column, _ in found] == [(3, "name"), (6, "name")]


def test_values_alone_find_their_models_in_every_part(study_engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importer, "_ROWS_AT_ONCE", 2)
    with reading(study_engine) as session:
        ids = list(model_records(session))[:5]
    head = "model_id,brier_score\n"
    lines = [f"{model_id},0.{number + 1}\n" for number, model_id in enumerate(ids)]
    assert import_results(study_engine, (head + "".join(lines)).encode()).added == 5
    unknown = "".join([*lines[:1], "nobody,0.5\n", *lines[1:3], "noone,0.5\n"])
    assert [(line, column) for line, column, _ in _rejections(study_engine, (head + unknown).encode())] == [
        (3, "model_id"), (6, "model_id"),
    ]  # fmt: skip


def test_others_can_write_while_a_file_is_compared_and_a_pool_looked_through(
    study_engine: Engine, results_csv: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A writer that had to wait here would wait for itself, and give up."""
    monkeypatch.setattr(importer, "_ROWS_AT_ONCE", 1)
    written: list[str] = []

    def write(moment: str) -> None:
        with writing(study_engine) as session:
            change_facts(session, "alexnet", {"licence": "mit"})
        written.append(moment)

    def compared(rows: BinaryIO) -> Iterator[ResultRow]:
        for row in result_rows(rows):
            yield row
            write("compared")

    def looked(mine: Collection[str], session: Session) -> tuple[Outlier, ...]:
        write("looked")
        return outliers_of(mine, session)

    monkeypatch.setattr(importer, "result_rows", compared)
    monkeypatch.setattr(importer, "outliers_of", looked)
    rows = [{"parameters_millions": "22000"}, {"model_id": "second", "name": "Second"}]
    report = import_results(study_engine, results_csv(*rows))
    assert [each.model_id for each in report.outliers] == ["mine"]
    assert written == ["compared", "compared", "looked"]


def test_an_import_that_another_one_overtakes_is_compared_with_it(
    study_engine: Engine, results_csv: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two files with a model of the same name, one comes in, whichever it is."""
    overtaken: list[str] = []

    def compared(rows: BinaryIO) -> Iterator[ResultRow]:
        yield from result_rows(rows)
        if not overtaken:
            # First of all, for it is read in the same way.
            overtaken.append("theirs")
            import_results(study_engine, results_csv({"model_id": "theirs", "name": "Mine"}))

    monkeypatch.setattr(importer, "result_rows", compared)
    with pytest.raises(ImportRejected) as rejected:
        import_results(study_engine, results_csv({}))
    assert "is the name of the stored model theirs already" in rejected.value.errors[0].rule
    with reading(study_engine) as session:
        assert "mine" not in model_records(session)


def test_memory_does_not_grow_with_the_rows(
    study_engine: Engine, results_csv: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importer, "_ROWS_AT_ONCE", 100)
    # What it is compared with, which grows with the store and is the same for any file.
    monkeypatch.setattr(importer, "outliers_of", lambda *_: ())

    def peak(first: int, count: int) -> int:
        rows = [{"model_id": f"m{number}", "name": f"M {number}"} for number in range(first, first + count)]
        data = results_csv(*rows)
        tracemalloc.start()
        try:
            assert import_results(study_engine, data).added == count
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    # Whole parts each, so that the second has nothing but more of them.
    assert peak(0, 1200) < 1.5 * peak(10_000, 300)
