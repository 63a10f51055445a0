from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DatabaseError, IntegrityError
from sqlalchemy.orm import Session

from backend.store import data_versions
from backend.store.engine import reading, writing
from backend.store.measurements import EvaluatedMeasurement, measured_values
from backend.store.models import ModelRecord, add_models, model_records
from backend.store.staging import Stage, make_change
from quba.benchmarks import STUDY_BENCHMARK
from tests.backend.store.test_models import RECORD

NOW = datetime(2026, 11, 27, tzinfo=UTC)
VALUE = EvaluatedMeasurement(
    model_id=RECORD.id, benchmark=STUDY_BENCHMARK, protocol="as-published", dimension="accuracy", value=0.5,
    missing_reason=None, source="import", sample_count=10, standard_error=0.1, flags=("outlier",), parts={"a": 1},
    note="n", evaluation_id=None, library_versions={"torch": "2"}, device=None, precision=None, seed=2**40,
    measured_at=NOW,
)  # fmt: skip
Finish = Callable[[Session], str]


def put(stage: Stage, record: ModelRecord = RECORD) -> Finish:
    """Stage a model with a value; the last step notes the version and gives its name."""
    stage.add_models([record])
    stage.add_measurements([replace(VALUE, model_id=record.id)], import_id="im-1")
    stage.version.add(record.id)

    def finish(session: Session) -> str:
        return stage.version.record(reason="test", created_at=NOW, session=session).public_name

    return finish


def another_change(engine: Engine, record: ModelRecord, *, noted: bool = True) -> None:
    with writing(engine) as session:
        add_models(session, [record])
        if noted:
            data_versions.record(session, reason="test", changes=[record.id], created_at=NOW)


def ids(engine: Engine) -> list[str]:
    with reading(engine) as session:
        return list(model_records(session))


def named(model_id: str) -> ModelRecord:
    return replace(RECORD, id=model_id, name=model_id)


def test_what_is_staged_arrives_as_it_was_and_all_at_once(empty_engine: Engine) -> None:
    def compare(stage: Stage) -> Finish:
        finish = put(stage)
        assert ids(empty_engine) == []
        return finish

    version = make_change(empty_engine, compare)
    with reading(empty_engine) as session:
        assert data_versions.current_name(session) == version
        assert model_records(session) == {RECORD.id: RECORD}
        [value] = measured_values(session, STUDY_BENCHMARK, "as-published")
        assert (value.value, value.flags, value.standard_error) == (0.5, ("outlier",), 0.1)
        [row] = session.execute(text("SELECT parts, seed, note, import_id FROM measurement")).all()
        assert (row.seed, row.note, row.import_id) == (2**40, "n", "im-1")


def test_an_empty_change_is_finished_too(empty_engine: Engine) -> None:
    assert make_change(empty_engine, lambda _: data_versions.current_name) == data_versions.EMPTY


def test_it_is_compared_anew_where_the_data_changed_meanwhile(empty_engine: Engine) -> None:
    seen: list[list[str]] = []

    def compare(stage: Stage) -> Finish:
        seen.append(list(model_records(stage.session)))
        if len(seen) == 1:
            another_change(empty_engine, named("a"))
            # One state from the first query to the last.
            assert list(model_records(stage.session)) == []
        return put(stage)

    version = make_change(empty_engine, compare)
    assert seen == [[], ["a"]]
    assert version.startswith("2-")
    assert ids(empty_engine) == ["a", RECORD.id]


def test_it_is_compared_anew_where_another_adds_the_same_without_a_version(empty_engine: Engine) -> None:
    seen: list[list[str]] = []

    def compare(stage: Stage) -> Finish:
        seen.append(list(model_records(stage.session)))
        if len(seen) == 1:
            another_change(empty_engine, named("a"), noted=False)
            return put(stage, named("a"))
        return put(stage)

    make_change(empty_engine, compare)
    assert seen == [[], ["a"]]
    assert ids(empty_engine) == ["a", RECORD.id]


def test_data_that_never_rest_are_locked_the_last_time(empty_engine: Engine) -> None:
    seen: list[int] = []

    def compare(stage: Stage) -> Finish:
        seen.append(len(model_records(stage.session)))
        # A fourth one would wait for this very change.
        if len(seen) < 4:
            another_change(empty_engine, named(f"a{len(seen)}"))
        return put(stage)

    make_change(empty_engine, compare)
    assert seen == [0, 1, 2, 3]
    assert ids(empty_engine) == ["a1", "a2", "a3", RECORD.id]


@pytest.mark.parametrize("late", [False, True])
def test_what_fails_leaves_nothing(empty_engine: Engine, late: bool) -> None:
    def fail(_: Session) -> str:
        raise LookupError("late")

    def compare(stage: Stage) -> Finish:
        put(stage)
        if late:
            return fail
        raise LookupError("early")

    with pytest.raises(LookupError, match="late" if late else "early"):
        make_change(empty_engine, compare)
    assert ids(empty_engine) == []
    another_change(empty_engine, named("a"))


def test_what_breaks_a_rule_of_the_store_is_raised(empty_engine: Engine) -> None:
    seen: list[None] = []

    def compare(stage: Stage) -> Finish:
        seen.append(None)
        return put(stage, named(""))

    with pytest.raises(IntegrityError):
        make_change(empty_engine, compare)
    assert len(seen) == 4
    assert ids(empty_engine) == []


def test_nothing_staged_outlives_its_change(empty_engine: Engine) -> None:
    make_change(empty_engine, put)
    make_change(empty_engine, lambda stage: put(stage, named("a")))
    with empty_engine.connect() as connection, pytest.raises(DatabaseError, match="staged_model"):
        connection.execute(text("SELECT * FROM staged_model"))
