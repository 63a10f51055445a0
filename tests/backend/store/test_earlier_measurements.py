"""Values stay with the version of the files that they were measured on, newest version first."""

from datetime import UTC, datetime

from sqlalchemy import Engine, update

from backend.store import own_benchmarks
from backend.store.earlier_measurements import earlier_measurements
from backend.store.engine import reading, writing
from backend.store.measurements import NewMeasurement, add_measurements
from backend.store.tables import Measurement, Model
from tests.backend.conftest import DECLARED, fill, registration

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)


def test_what_was_measured_on_earlier_versions_is_found_by_version_model_and_protocol(study_engine: Engine) -> None:
    fill(study_engine, 2)
    fill(study_engine, 1, digest="sha256:2", start=2)
    with writing(study_engine) as session:
        other = NewMeasurement(
            model_id="mine-0", benchmark="flowers", protocol="as-published", dimension="accuracy", value=0.5,
            missing_reason=None, source="evaluation", benchmark_digest="sha256:1",
        )  # fmt: skip
        add_measurements(session, [other])
        session.execute(
            update(Measurement).where(Measurement.model_id == "mine-1", Measurement.dimension == "accuracy"),
            {"measured_at": NOON},
        )
        assert own_benchmarks.register(session, registration(digest="sha256:3"))
    with reading(study_engine) as session:
        found = earlier_measurements(session, private=True, benchmark="flowers")
        assert [(each.digest, each.model_id, each.protocol) for each in found] == [
            ("sha256:2", "mine-2", "corrected"),
            ("sha256:1", "mine-0", "as-published"),
            ("sha256:1", "mine-0", "corrected"),
            ("sha256:1", "mine-1", "corrected"),
        ]
        assert [each.name for each in found] == ["Mine 2", "Mine 0", "Mine 0", "Mine 1"]
        assert list(found[0].measurements) == DECLARED
        assert found[1].measurements["accuracy"].value == 0.5
        assert [each.measured_at for each in found] == [None, None, None, NOON]
        of_one = earlier_measurements(session, private=True, model_id="mine-2")
        assert [(each.benchmark, each.model_id) for each in of_one] == [("flowers", "mine-2")]


def test_the_current_version_and_the_built_in_benchmarks_have_nothing_earlier(study_engine: Engine) -> None:
    fill(study_engine, 2)
    with reading(study_engine) as session:
        assert earlier_measurements(session, private=True) == []
        assert earlier_measurements(session, private=True, benchmark="imagenet-1k", model_id="resnet50") == []


def test_an_edit_that_is_undone_makes_the_values_current_again(study_engine: Engine) -> None:
    fill(study_engine, 1)
    fill(study_engine, 0, digest="sha256:2")
    with writing(study_engine) as session:
        assert len(earlier_measurements(session, private=True)) == 1
        assert own_benchmarks.register(session, registration(digest="sha256:1"))
        assert earlier_measurements(session, private=True) == []


def test_private_models_are_left_out_unless_they_are_asked_for(study_engine: Engine) -> None:
    fill(study_engine, 2)
    fill(study_engine, 0, digest="sha256:2")
    with writing(study_engine) as session:
        session.execute(update(Model).where(Model.id == "mine-1").values(visibility="private"))
    with reading(study_engine) as session:
        shown = [
            [each.model_id for each in earlier_measurements(session, private=private)] for private in (False, True)
        ]
        assert shown == [["mine-0"], ["mine-0", "mine-1"]]
        listed = [own_benchmarks.measured_models(session, "flowers", private=private) for private in (False, True)]
        assert listed == [{"sha256:1": ["mine-0"]}, {"sha256:1": ["mine-0", "mine-1"]}]
