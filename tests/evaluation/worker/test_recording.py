from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Engine, select

from backend.store.data_versions import current_name
from backend.store.engine import reading, writing
from backend.store.evidence import evidence_file
from backend.store.evidence_files import EvidenceFiles, Owner
from backend.store.local_files import LocalFiles
from backend.store.measurements import NewMeasurement, add_measurements, measurements_of
from backend.store.models import model_record, model_records
from backend.store.snapshot import load_snapshot
from backend.store.tables import Benchmark as BenchmarkRow
from evaluation.benchmark import BENCHMARKS
from evaluation.engine.ingredients import dimension_digest
from evaluation.engine.run import Absent
from evaluation.engine.stages import Protocol, Request
from evaluation.worker import recording
from evaluation.worker.recording import Circumstances, Recorded, circumstances_of, record
from quba.benchmarks import BUILT_IN
from quba.dimension import Missing, Pass
from quba.dimensions import DIMENSIONS
from quba.measuring.observations import Measured
from quba.vocabulary import Origin

if TYPE_CHECKING:
    from evaluation.engine.run import Result
    from evaluation.models.identity import Identity
    from evaluation.models.loaded_model import LoadedModel
    from tests.evaluation.conftest import World

NOW = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
HERE = Circumstances(device="cpu", unreadable={}, evaluation_id="evaluation-7")


def test_the_store_and_the_evaluation_know_the_same_benchmarks() -> None:
    assert BUILT_IN.keys() == BENCHMARKS.keys()
    for key, benchmark in BENCHMARKS.items():
        told = {name: getattr(benchmark, name) for name in ("label", "class_count", "default_protocol")}
        assert told == {name: getattr(BUILT_IN[key], name) for name in told}


def measured(value: float, images: int | None = 100) -> Measured:
    return Measured(value=value, parts={"part": value}, sample_count=images, standard_error=0.01)


def stored(
    engine: Engine, world: "World", identity: "Identity", results: "dict[str, Result]", **wishes: object
) -> Recorded:
    request = Request(benchmark=world.benchmark, **wishes)  # type: ignore[arg-type]
    return record(engine, identity, results, request=request, circumstances=HERE, now=NOW)


def test_a_whole_run_is_in_the_ranking(empty_engine: Engine, world: "World", sees_shape: "LoadedModel") -> None:
    run = world.run(sees_shape)
    results = run.execute()["sees-shape"]
    recorded = record(empty_engine, sees_shape.identity, results, request=run.request, circumstances=HERE, now=NOW)
    assert recorded.model_id == "sees-shape"
    assert recorded.stored == tuple(results)
    assert recorded.kept == ()
    with reading(empty_engine) as session:
        snapshot = load_snapshot(session, "signals", "corrected")
        rows = measurements_of(session, "sees-shape", "signals", "corrected")
        assert current_name(session) == recorded.data_version
        assert session.scalar(select(BenchmarkRow.class_count).where(BenchmarkRow.key == "signals")) == 4
        adversarial = rows["adversarial_robustness"]
        parts: Any = adversarial.parts
        assert parts["pgd"]["accuracy"] == 1
        assert (adversarial.source, adversarial.evaluation_id) == ("evaluation", "evaluation-7")
        assert (adversarial.device, adversarial.precision, adversarial.seed) == ("cpu", "fp32", 0)
        assert adversarial.measured_at == NOW
        assert {"torch", "timm", "wellbehaved"} <= adversarial.library_versions.keys()
        assert adversarial.standard_error is not None
    assert snapshot.columns["accuracy"].tolist() == [1.0]
    assert snapshot.missing == (dict.fromkeys(("top5_accuracy", "relative_corruption_error"), Missing.NOT_APPLICABLE),)


def test_a_missing_value_is_stored_with_its_reason(
    empty_engine: Engine, world: "World", sees_shape: "LoadedModel"
) -> None:
    absent = Absent(reason=Missing.DATA_SET_MISSING, detail="sketch is not there; download it.")
    stored(empty_engine, world, sees_shape.identity, {"ood_robustness": absent, "accuracy": measured(0.5)})
    with reading(empty_engine) as session:
        row = measurements_of(session, "sees-shape", "signals", "corrected")["ood_robustness"]
        assert (row.value, row.missing_reason) == (None, "data_set_missing")
        assert row.note == "sketch is not there; download it."


def test_the_same_again_changes_nothing(empty_engine: Engine, world: "World", sees_shape: "LoadedModel") -> None:
    results: dict[str, Result] = {"accuracy": measured(0.5), "shape_bias": measured(0.2)}
    first = stored(empty_engine, world, sees_shape.identity, results)
    again = stored(empty_engine, world, sees_shape.identity, results)
    assert again.stored == ()
    assert again.kept == ("accuracy", "shape_bias")
    assert again.data_version == first.data_version


def test_evidence_is_kept_where_there_are_files_for_it(
    empty_engine: Engine, world: "World", sees_shape: "LoadedModel", tmp_path: Path
) -> None:
    run = world.run(sees_shape, dimensions=("accuracy", "shape_bias"))
    results = run.execute()["sees-shape"]
    files = EvidenceFiles(LocalFiles(tmp_path / "evidence"))
    found = circumstances_of(run, "sees-shape", device="cpu", files=files, evaluation_id="evaluation-7")
    assert (found.visibility, found.unreadable) == ("private", {})
    for circumstances, there in ((HERE, False), (replace(HERE, evidence=found.evidence), False), (found, True)):
        record(empty_engine, sees_shape.identity, results, request=run.request, circumstances=circumstances, now=NOW)
        with reading(empty_engine) as session:
            named = evidence_file(
                session, Owner(model_id="sees-shape", benchmark="signals", digest="", protocol="corrected")
            )
        assert (named is not None) == there
    assert named is not None
    assert files.read(named).to_bytes() == run.evidence("sees-shape").to_bytes()


@pytest.mark.parametrize(
    ("before", "after", "value"),
    [
        (measured(0.5), measured(0.6), 0.6),
        (measured(0.5, images=10), measured(0.6, images=100), 0.6),
        (measured(0.5, images=100), measured(0.6, images=10), 0.5),
        (measured(0.5), Absent(reason=Missing.FAILED, detail="lost"), 0.5),
        (Absent(reason=Missing.FAILED, detail="lost"), measured(0.6), 0.6),
        (measured(0.5, images=None), measured(0.6, images=None), 0.6),
    ],
)
def test_the_better_founded_value_stays(
    empty_engine: Engine, world: "World", sees_shape: "LoadedModel", before: "Result", after: "Result", value: float
) -> None:
    stored(empty_engine, world, sees_shape.identity, {"accuracy": before})
    recorded = stored(empty_engine, world, sees_shape.identity, {"accuracy": after})
    with reading(empty_engine) as session:
        assert measurements_of(session, "sees-shape", "signals", "corrected")["accuracy"].value == value
    assert bool(recorded.stored) == (value == 0.6)


def test_notes_tell_of_subsets_and_unreadable_images(
    empty_engine: Engine, world: "World", sees_shape: "LoadedModel"
) -> None:
    request = Request(benchmark=world.benchmark, samples_per_class=5)
    circumstances = replace(HERE, unreadable={"clean": 2})
    results: dict[str, Result] = {"accuracy": measured(0.5), "parameters_millions": measured(1.0, images=None)}
    record(empty_engine, sees_shape.identity, results, request=request, circumstances=circumstances)
    with reading(empty_engine) as session:
        rows = measurements_of(session, "sees-shape", "signals", "corrected")
        assert rows["accuracy"].note == (
            "Measured on a balanced subset, at most 5 clean images of each class. "
            "Images left out because they could not be read: clean: 2."
        )
        assert rows["parameters_millions"].note == ""


def test_flags_and_the_parts_of_a_value_that_is_not_there_are_stored(
    empty_engine: Engine, world: "World", sees_shape: "LoadedModel"
) -> None:
    doubted = replace(measured(0.5), flags=("few-images",), note="Too few.")
    lost = Absent(reason=Missing.DATA_SET_MISSING, detail="sketch is not there.", parts={"edge": {"accuracy": 0.5}})
    stored(empty_engine, world, sees_shape.identity, {"class_balance": doubted, "ood_robustness": lost})
    with reading(empty_engine) as session:
        rows = measurements_of(session, "sees-shape", "signals", "corrected")
        assert (rows["class_balance"].flags, rows["class_balance"].note) == (["few-images"], "Too few.")
        assert rows["ood_robustness"].parts == {"edge": {"accuracy": 0.5}}


def of_timm(identity: "Identity", tag: str) -> "Identity":
    return replace(identity, model_id=tag, name=tag, source_library="timm", source_identifier=tag)


def test_weights_that_the_shipped_table_knows_have_their_facts_at_once(
    empty_engine: Engine, world: "World", sees_shape: "LoadedModel"
) -> None:
    for identity in (of_timm(sees_shape.identity, "resnet50.a1_in1k"), sees_shape.identity):
        stored(empty_engine, world, identity, {"accuracy": measured(0.5)})
    with reading(empty_engine) as session:
        known, own = sorted(model_records(session).values(), key=lambda each: each.licence)
        assert (known.licence, known.input_size, own.licence, own.input_size) == ("apache-2.0", 224, "unknown", None)


def test_published_values_are_never_replaced(study_engine: Engine, world: "World", sees_shape: "LoadedModel") -> None:
    identity = of_timm(sees_shape.identity, "resnet50.a1_in1k")
    study = replace(world, benchmark=replace(world.benchmark, key="imagenet-1k"))
    wishes = {"protocol": Protocol.AS_PUBLISHED}
    recorded = stored(study_engine, study, identity, {"accuracy": measured(0.5)}, **wishes)
    assert recorded.model_id == "resnet50-a1-evaluated"
    assert stored(study_engine, study, identity, {"accuracy": measured(0.6)}, **wishes).model_id == recorded.model_id
    with reading(study_engine) as session:
        assert measurements_of(session, "resnet50-a1", "imagenet-1k", "as-published")["accuracy"].source == "study"
        own = model_record(session, "resnet50-a1-evaluated")
    assert own is not None
    assert (own.recipe, own.published_row, own.source_identifier) == ("a1", None, "resnet50.a1_in1k")
    assert own.name.endswith("(evaluated here)")


def test_what_no_evaluation_measures_parts_no_model_from_its_weights(
    study_engine: Engine, world: "World", sees_shape: "LoadedModel", monkeypatch: pytest.MonkeyPatch
) -> None:
    latency = replace(DIMENSIONS["accuracy"], key="latency", passes=(), default_weight=0.0, origin=Origin.OWN)
    monkeypatch.setattr(recording, "DIMENSIONS", {**DIMENSIONS, "latency": latency})
    identity = of_timm(sees_shape.identity, "resnet10t.c3_in1k")
    study = replace(world, benchmark=replace(world.benchmark, key="imagenet-1k"))
    first = stored(study_engine, study, identity, {"accuracy": measured(0.5)})
    # One that is declared here, and one that was removed since.
    brought = [
        NewMeasurement(
            model_id=first.model_id, benchmark="imagenet-1k", protocol=Protocol.CORRECTED, dimension=key, value=3.0,
            missing_reason=None, source="import",
        )
        for key in ("latency", "removed_since")
    ]  # fmt: skip
    with writing(study_engine) as session:
        add_measurements(session, brought)
    assert stored(study_engine, study, identity, {"accuracy": measured(0.6, images=200)}).model_id == first.model_id


def test_under_another_protocol_results_stand_with_the_published_model(
    study_engine: Engine, world: "World", sees_shape: "LoadedModel"
) -> None:
    identity = of_timm(sees_shape.identity, "resnet50.a1_in1k")
    study = replace(world, benchmark=replace(world.benchmark, key="imagenet-1k"))
    assert stored(study_engine, study, identity, {"accuracy": measured(0.5)}).model_id == "resnet50-a1"


def test_somebody_elses_name_is_not_taken(study_engine: Engine, world: "World", sees_shape: "LoadedModel") -> None:
    mine = replace(
        sees_shape.identity,
        model_id="alexnet",
        name="mine",
        source_library="checkpoint",
        source_identifier="sha256:0123456789",
    )
    assert stored(study_engine, world, mine, {"accuracy": measured(0.5)}).model_id == "alexnet-01234567"
    assert stored(study_engine, world, mine, {"accuracy": measured(0.6)}).model_id == "alexnet-01234567"
    same_name = replace(mine, model_id="another", source_identifier="sha256:abcdefabcdef", name="AlexNet")
    assert stored(study_engine, world, same_name, {"accuracy": measured(0.5)}).model_id == "another-abcdefab"
    with reading(study_engine) as session:
        assert len(model_records(session)) == 326 + 2


def test_a_value_says_what_it_is_made_of(empty_engine: Engine, world: "World", sees_shape: "LoadedModel") -> None:
    results: dict[str, Result] = {"accuracy": measured(0.5), "parameters_millions": measured(1.0, None)}
    stored(empty_engine, world, sees_shape.identity, results)
    digest = dimension_digest(world.benchmark, "accuracy")
    assert digest is not None
    with reading(empty_engine) as session:
        rows = measurements_of(session, "sees-shape", "signals", "corrected")
        assert {key: row.ingredients_digest for key, row in rows.items()} == {
            "accuracy": digest, "parameters_millions": None,
        }  # fmt: skip


def test_what_is_made_of_something_else_is_not_kept_for_its_many_images(
    empty_engine: Engine, world: "World", sees_shape: "LoadedModel"
) -> None:
    stored(empty_engine, world, sees_shape.identity, {"accuracy": measured(0.5, 1000)})
    other = world.with_data_set(replace(world.benchmark.data_sets[Pass.CLEAN], key="another"))
    assert stored(empty_engine, other, sees_shape.identity, {"accuracy": measured(0.6, 100)}).stored == ("accuracy",)
    assert stored(empty_engine, other, sees_shape.identity, {"accuracy": measured(0.7, 10)}).stored == ()
