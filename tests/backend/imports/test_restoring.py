"""What restoring an archive does to a store that has some of it already: against counts made by hand."""

import io
import tracemalloc
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, delete, func, select
from sqlalchemy.orm import Session

from backend.imports import restoring
from backend.imports.archive_rows import check_archive
from backend.imports.csv_file import ImportRejected
from backend.imports.restoring import Restored, restore
from backend.store import data_versions, imports
from backend.store.engine import reading, writing
from backend.store.measurements import EvaluatedMeasurement, add_measurements
from backend.store.models import ModelRecord, add_models, model_records
from backend.store.staging import make_change
from backend.store.tables import DataVersion, Measurement, Model, ResultImport
from quba.dimensions import STUDY_DIMENSIONS
from tests.backend.imports.archives import written

NOW = datetime(2026, 7, 1, 12, 30, tzinfo=UTC)
OAK = ModelRecord(
    id="oak", name="Oak", architecture="cnn", training="unknown", recipe=None, head="unknown", lineage=None,
    pretraining_data="unknown", backbone="resnet50", source_library="own", source_identifier=None, paper_title=None,
    published_name=None, study_name=None, published_row=None, label_flags=(), note="", visibility="public",
)  # fmt: skip
PINE = replace(OAK, id="pine", name="Pine")
OAK_ACCURACY = EvaluatedMeasurement(
    model_id="oak", benchmark="toy-shapes", protocol="corrected", dimension="accuracy", value=0.5, missing_reason=None,
    source="evaluation", sample_count=800, standard_error=0.01, flags=(), parts={}, note="", evaluation_id="ev-1",
    library_versions={}, device="cpu", precision="float32", seed=1, measured_at=NOW,
)  # fmt: skip
OAK_SHAPES = replace(OAK_ACCURACY, dimension="shape_bias", value=0.25)
PINE_ACCURACY = replace(OAK_ACCURACY, model_id="pine", value=0.75)
VERSION_OF_ALL = "872aeb54"
Contents = tuple[list[ModelRecord], list[EvaluatedMeasurement]]
ALL: Contents = ([OAK, PINE], [OAK_ACCURACY, OAK_SHAPES, PINE_ACCURACY])


@pytest.fixture(scope="module")
def engine(target: Engine) -> Engine:
    return target


def fill(engine: Engine, contents: Contents) -> None:
    with writing(engine) as session:
        for table in (Measurement, Model, ResultImport):
            session.execute(delete(table))
        add_models(session, contents[0])
        add_measurements(session, contents[1])


def text_of(engine: Engine, contents: Contents) -> bytes:
    """An archive with these contents."""
    fill(engine, contents)
    with reading(engine) as session:
        return written(session)


def restored(engine: Engine, data: bytes, filename: str | None = None) -> Restored:
    return make_change(engine, lambda stage: restore(stage, io.BytesIO(data), filename, NOW))


def versions(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(DataVersion)) or 0


def refusals(engine: Engine, data: bytes) -> list[tuple[int, str | None]]:
    with pytest.raises(ImportRejected) as caught:
        restored(engine, data)
    assert all(error.rule.endswith(".") for error in caught.value.errors)
    return [(error.line, error.column) for error in caught.value.errors]


@pytest.mark.parametrize(
    ("held", "added", "unchanged"),
    [
        (([], []), 2, 0),
        (([OAK], [OAK_ACCURACY]), 2, 0),
        (([OAK], [OAK_ACCURACY, OAK_SHAPES]), 1, 1),
        (([PINE], [PINE_ACCURACY]), 1, 1),
        (([OAK, PINE], []), 2, 0),
        (ALL, 0, 2),
    ],
    ids=["nothing", "a part of one", "one", "the other", "no values", "everything"],
)
def test_whatever_is_there_the_rest_is_added(engine: Engine, held: Contents, added: int, unchanged: int) -> None:
    data = text_of(engine, ALL)
    fill(engine, held)
    with reading(engine) as session:
        before = versions(session)
    done = restored(engine, data, "backup.csv")
    assert (done.added, done.unchanged, sorted(done.model_ids)) == (added, unchanged, ["oak", "pine"])
    with reading(engine) as session:
        assert written(session) == data
        listed = imports.records(session, limit=10)
        assert versions(session) - before == (1 if added else 0)
    if not added:
        assert (done.import_id, listed) == (None, [])
        return
    assert [(each.import_id, each.filename, each.row_count, each.model_count) for each in listed] == [
        (done.import_id, "backup.csv", 3, added)
    ]
    assert listed[0].values_held == 3 - len(held[1])


def test_in_two_halves_it_is_the_same_as_at_once(engine: Engine) -> None:
    whole = text_of(engine, ALL)
    halves = [text_of(engine, ([OAK], [OAK_ACCURACY, OAK_SHAPES])), text_of(engine, ([PINE], [PINE_ACCURACY]))]
    for order in (halves, halves[::-1]):
        fill(engine, ([], []))
        first, second = (restored(engine, half) for half in order)
        assert first.import_id != second.import_id
        with reading(engine) as session:
            assert written(session) == whole


def test_the_version_names_what_came(engine: Engine) -> None:
    data = text_of(engine, ALL)
    fill(engine, ([], []))
    restored(engine, data)
    with reading(engine) as session:
        newest = session.scalars(select(DataVersion).order_by(DataVersion.id.desc())).first()
        assert newest is not None
        assert (newest.reason, newest.created_at) == ("import, models added: 2", NOW)
        assert data_versions.current_name(session) == newest.public_name


def test_who_may_see_a_model_is_no_contradiction_and_stays(engine: Engine) -> None:
    data = text_of(engine, ALL)
    fill(engine, ([replace(OAK, visibility="private")], []))
    assert restored(engine, data).added == 2
    with reading(engine) as session:
        assert {key: each.visibility for key, each in model_records(session).items()} == {
            "oak": "private", "pine": "public",
        }  # fmt: skip


@pytest.mark.parametrize(
    "change", [{"name": "Beech"}, {"architecture": "transformer"}, {"backbone": "resnet18"}, {"note": "x"},
               {"lineage": "clip"}, {"label_flags": ("label-corrected",)}, {"published_row": 7}],
)  # fmt: skip
def test_another_identity_under_the_same_id_is_refused(engine: Engine, change: dict[str, object]) -> None:
    data = text_of(engine, ALL)
    fill(engine, ([replace(OAK, **change)], []))  # type: ignore[arg-type]
    assert refusals(engine, data) == [(2, "model_id")]


@pytest.mark.parametrize("name", ["Oak", "OAK", "o a k".replace(" ", "")])
def test_another_model_of_the_name_is_refused_whatever_its_case(engine: Engine, name: str) -> None:
    data = text_of(engine, ALL)
    fill(engine, ([replace(OAK, id="other", name=name)], []))
    assert refusals(engine, data) == [(2, "name")]


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"value": 0.4}, "value"), ({"standard_error": None}, "standard_error"), ({"sample_count": 7}, "sample_count"),
        ({"flags": ("outlier",)}, "flags"), ({"parts": {"a": 1}}, "parts"), ({"note": "x"}, "note"),
        ({"device": "cuda:0"}, "device"), ({"seed": 2}, "seed"), ({"source": "import"}, "source"),
        ({"library_versions": {"torch": "2"}}, "library_versions"), ({"evaluation_id": None}, "evaluation_id"),
        ({"precision": None}, "precision"), ({"measured_at": NOW.replace(year=2025)}, "measured_at"),
        ({"ingredients_digest": "f" * 64}, "ingredients_digest"),
    ],
)  # fmt: skip
def test_each_circumstance_that_differs_is_named_and_nothing_is_stored(
    engine: Engine, change: dict[str, object], column: str
) -> None:
    data = text_of(engine, ALL)
    held: Contents = ([OAK], [replace(OAK_ACCURACY, **change)])  # type: ignore[arg-type]
    before = text_of(engine, held)
    assert refusals(engine, data) == [(2, column)]
    with reading(engine) as session:
        assert written(session) == before
        assert imports.records(session, limit=10) == []


def test_every_fault_of_a_file_is_listed_at_once(engine: Engine) -> None:
    data = text_of(engine, ALL)
    fill(engine, ([replace(OAK, name="Beech"), PINE], [replace(PINE_ACCURACY, value=0.1, note="y")]))
    assert sorted(refusals(engine, data)) == [(2, "model_id"), (4, "note"), (4, "value")]


def test_only_what_the_store_has_already_can_be_the_study_s(engine: Engine) -> None:
    study = replace(OAK_ACCURACY, benchmark="imagenet-1k", protocol="as-published", source="study")
    data = text_of(engine, ([OAK], [study]))
    assert restored(engine, data).unchanged == 1
    fill(engine, ([OAK], []))
    assert refusals(engine, data) == [(2, "source")]


def test_a_model_that_contradicts_by_its_name_is_named_once(engine: Engine) -> None:
    """Its own fault is the identity; that another model has its name by now would send the reader elsewhere."""
    data = text_of(engine, ALL)
    fill(engine, ([replace(OAK, name="Beech"), replace(PINE, name="Oak")], []))
    assert refusals(engine, data) == [(2, "model_id"), (4, "model_id")]


@pytest.mark.parametrize("at_once", [1, 2, 3, 2000])
def test_in_parts_of_any_size_it_is_the_same(engine: Engine, at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    data = text_of(engine, ALL)
    monkeypatch.setattr(restoring, "_ROWS_AT_ONCE", at_once)
    fill(engine, ([], []))
    with writing(engine) as session:
        session.execute(delete(DataVersion))
    done = restored(engine, data)
    assert (done.added, done.unchanged, sorted(done.model_ids)) == (2, 0, ["oak", "pine"])
    with reading(engine) as session:
        assert written(session) == data
        # Of what was stored and in which order, and not of the parts.
        assert data_versions.current_name(session).partition("-")[2] == VERSION_OF_ALL
        record = imports.records(session, limit=1)[0]
    assert (record.row_count, record.model_count, record.benchmarks) == (3, 2, ("toy-shapes",))


def test_a_fault_in_the_last_part_takes_the_first_ones_back(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restoring, "_ROWS_AT_ONCE", 1)
    data = text_of(engine, ALL)
    held: Contents = ([PINE], [replace(PINE_ACCURACY, value=0.1)])
    before = text_of(engine, held)
    assert refusals(engine, data) == [(4, "value")]
    with reading(engine) as session:
        assert written(session) == before
        assert imports.records(session, limit=10) == []


def test_memory_does_not_grow_with_the_file(engine: Engine) -> None:
    """Not with its rows: what is kept of each model is its identifier and its name."""

    def peak(models: int) -> int:
        trees = [replace(OAK, id=f"tree{number}", name=f"Tree {number}") for number in range(models)]
        values = [
            replace(OAK_ACCURACY, model_id=tree.id, dimension=key) for tree in trees for key in STUDY_DIMENSIONS[:8]
        ]
        data = text_of(engine, (trees, values))
        fill(engine, ([], []))
        tracemalloc.start()
        try:
            check_archive(io.BytesIO(data))
            assert restored(engine, data).added == models
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    # Whole parts each, so that the second has nothing but more of them.
    per_part = restoring._ROWS_AT_ONCE // 8
    assert peak(6 * per_part) < 1.3 * peak(2 * per_part)
