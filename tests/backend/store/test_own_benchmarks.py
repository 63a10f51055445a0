from datetime import UTC, datetime

import pytest
from pydantic import ValidationError
from sqlalchemy import Engine, select

from backend.store import migration, own_benchmarks
from backend.store.benchmarks import benchmark
from backend.store.data_versions import current_name
from backend.store.engine import reading, writing
from backend.store.measurements import measured_values, pools_of
from backend.store.own_benchmarks import FrozenNorms, current_version, declared_dimensions, frozen_norms, register
from backend.store.snapshot import load_snapshot
from backend.store.tables import Measurement
from quba.dimensions import DIMENSIONS, DimensionSet, dimensions_in_force
from quba.errors import Refusal
from quba.reference import Reference
from tests.backend.conftest import DECLARED, FACTS, fill, registration
from tests.dimension_package import doubt_of

NOW = datetime(2026, 7, 1, tzinfo=UTC)
FROZEN = FrozenNorms(frozen_at=NOW, models=3, norms={"accuracy": Reference(0.5, 0.1)})


def test_registering_makes_a_data_version_and_the_same_again_none(study_engine: Engine) -> None:
    with writing(study_engine) as session:
        before = current_name(session)
        assert register(session, registration(), now=NOW)
        after = current_name(session)
        assert not register(session, registration(), now=NOW)
        assert before != after == current_name(session)
        found = current_version(session, benchmark(session, "flowers"))
        assert found is not None
        assert (found.registered_at, declared_dimensions(found)) == (NOW, (*DECLARED, *FACTS))
        assert declared_dimensions(None) == tuple(DIMENSIONS)
        with dimensions_in_force(DimensionSet(own=(doubt_of("one"),))):
            assert declared_dimensions(found) == (*DECLARED, *FACTS, "doubt")
        assert own_benchmarks.class_names(session, "flowers") == ["aster", "daisy", "rose"]
        assert own_benchmarks.class_names(session, "imagenet-1k") is own_benchmarks.class_names(session, "none") is None


def test_measurements_belong_to_a_version(study_engine: Engine) -> None:
    fill(study_engine, 2)
    fill(study_engine, 1, digest="sha256:2", start=2)
    with reading(study_engine) as session:
        snapshot = load_snapshot(session, "flowers", "corrected")
        assert [model.id for model in snapshot.models] == ["mine-2"]
        assert snapshot.dimensions == (*DECLARED, *FACTS)
        assert {value.model_id for value in measured_values(session, "flowers", "corrected")} == {"mine-2"}
        assert pools_of(session, "mine-0") == []
        assert pools_of(session, "mine-2") == [("flowers", "corrected")]
        assert own_benchmarks.measured_models(session, "flowers", private=True) == {
            "sha256:1": ["mine-0", "mine-1"], "sha256:2": ["mine-2"],
        }  # fmt: skip
        assert own_benchmarks.measured_count(session, "flowers") == 3


def test_a_dimension_that_is_not_declared_any_more_takes_no_part(study_engine: Engine) -> None:
    fill(study_engine, 1)
    with writing(study_engine) as session:
        assert register(session, registration(dimensions=["accuracy"]))
        snapshot = load_snapshot(session, "flowers", "corrected")
        assert (list(snapshot.columns), dict(snapshot.missing[0])) == (["accuracy", *FACTS], {})


@pytest.mark.parametrize("key", ["imagenet-1k", "flowers"])
def test_a_key_of_another_benchmark_is_refused_and_changes_nothing(study_engine: Engine, key: str) -> None:
    with writing(study_engine) as session:
        register(session, registration())
    with (
        writing(study_engine) as session,
        pytest.raises(Refusal, match=r"The key '(imagenet-1k|flowers)' is that of") as refused,
    ):
        register(session, registration(key=key, folder="/elsewhere", digest="sha256:other", label="Another"))
    assert refused.value.code == "benchmark_exists"
    with reading(study_engine) as session:
        assert benchmark(session, key).label != "Another"


def test_frozen_norms_are_read_back_and_let_go_of(study_engine: Engine) -> None:
    with writing(study_engine) as session:
        register(session, registration())
        version = current_version(session, benchmark(session, "flowers"))
        assert version is not None
        assert own_benchmarks.freeze_norms(session, version, "corrected", FROZEN)
    with writing(study_engine) as session:
        version = current_version(session, benchmark(session, "flowers"))
        assert version is not None
        assert frozen_norms(version) == {"corrected": FROZEN}
        assert load_snapshot(session, "flowers", "corrected").frozen == FROZEN
        assert load_snapshot(session, "flowers", "as-published").frozen is None
        assert own_benchmarks.freeze_norms(session, version, "corrected", None)
        assert not own_benchmarks.freeze_norms(session, version, "corrected", None)
        assert frozen_norms(version) == {}


@pytest.mark.parametrize(
    "fault", [{"key": "../etc"}, {"classes": ["one"]}, {"dimensions": []}, {"label": ""}, {"digest": ""}]
)
def test_a_registration_that_cannot_be_is_no_registration(fault: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        registration(**fault)


def test_an_earlier_schema_keeps_what_it_can_hold(study_url: str, study_engine: Engine) -> None:
    fill(study_engine, 2)
    study_engine.dispose()
    migration.downgrade(study_url, "0007")
    migration.upgrade(study_url)
    with reading(study_engine) as session:
        assert set(session.scalars(select(Measurement.benchmark).distinct())) == {"imagenet-1k"}
        assert len(list(session.scalars(select(Measurement.id)))) == 326 * 9
        assert set(session.scalars(select(Measurement.benchmark_digest).distinct())) == {""}
