from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, select, text, update
from sqlalchemy.exc import IntegrityError

from backend.imports.importer import import_results, import_study
from backend.store import imports, migration
from backend.store.data_versions import current_name
from backend.store.engine import create_store_engine, reading, writing
from backend.store.errors import StoreUnavailable
from backend.store.measurements import EvaluatedMeasurement, record_evaluated
from backend.store.removal import remove_import
from backend.store.tables import Measurement, Model
from tests.backend.imports.archives import written

Build = Callable[..., bytes]
NOW = datetime(2026, 7, 1, tzinfo=UTC)


def row_counts(engine: Engine) -> tuple[int, int]:
    with reading(engine) as session:
        models = len(list(session.scalars(select(Model.id))))
        return models, len(list(session.scalars(select(Measurement.id))))


def measurement(value: float, seconds: int) -> EvaluatedMeasurement:
    return EvaluatedMeasurement(
        model_id="mine", benchmark="imagenet-1k", protocol="corrected", dimension="accuracy", value=value,
        missing_reason=None, source="evaluation", parts={}, note="", evaluation_id="ev-1", library_versions={},
        device="cpu", precision="float32", seed=0, measured_at=NOW.replace(second=seconds), sample_count=100,
    )  # fmt: skip


def test_what_was_measured_since_stays_and_so_does_its_model(study_engine: Engine, results_csv: Build) -> None:
    import_results(study_engine, results_csv({}))
    with writing(study_engine) as session:
        record_evaluated(session, [measurement(0.5, 1)])
        exported = written(session)
        assert remove_import(session, imports.records(session, limit=1)[0].import_id)
        session.execute(text("DELETE FROM measurement WHERE model_id = 'mine'"))
        session.execute(text("DELETE FROM model WHERE model_id = 'mine'"))
    restored = import_results(study_engine, exported, filename="all.csv")
    assert restored.import_id is not None
    with writing(study_engine) as session:
        [held] = imports.records(session, limit=5)
        assert (held.row_count, held.model_count, held.values_held) == (326 * 9 + 10, 1, 10)
        record_evaluated(session, [measurement(0.6, 2)])
        assert imports.records(session, limit=5)[0].values_held == 9
        assert remove_import(session, restored.import_id)
    assert row_counts(study_engine) == (327, 326 * 9 + 1)


def test_the_studys_rows_are_never_an_imports(study_engine: Engine, results_csv: Build) -> None:
    found = import_results(study_engine, results_csv({}))
    with pytest.raises((IntegrityError, StoreUnavailable)), writing(study_engine) as session:
        session.execute(update(Measurement).where(Measurement.source == "study").values(import_id=found.import_id))
    with writing(study_engine) as session:
        assert remove_import(session, str(found.import_id))
    assert row_counts(study_engine) == (326, 326 * 9)


def test_an_import_of_which_nothing_is_left_changes_no_data(study_engine: Engine, results_csv: Build) -> None:
    found = import_results(study_engine, results_csv({}))
    with writing(study_engine) as session:
        session.execute(text("DELETE FROM measurement WHERE model_id = 'mine'"))
        before = current_name(session)
        assert remove_import(session, str(found.import_id))
        assert current_name(session) == before
        assert not remove_import(session, str(found.import_id))
        assert imports.records(session, limit=5, before="im-0123456789ab") == []


def test_imports_of_before_are_told_without_an_identifier(database_url: str, results_csv: Build) -> None:
    migration.upgrade(database_url)
    engine = create_store_engine(database_url)
    import_study(engine)
    import_results(engine, results_csv({}))
    engine.dispose()
    migration.downgrade(database_url, "0004")
    migration.upgrade(database_url)
    engine = create_store_engine(database_url)
    with reading(engine) as session:
        assert imports.records(session, limit=5) == []
        assert imports.without_id(session) == (1, 9)
    assert row_counts(engine) == (327, 327 * 9)
    engine.dispose()
