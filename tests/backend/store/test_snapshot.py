import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Engine, event, select, update

from backend.imports.importer import import_study
from backend.store.benchmarks import UnknownBenchmark, UnknownProtocol
from backend.store.data_versions import record
from backend.store.engine import create_store_engine, reading, writing
from backend.store.errors import StoreUnavailable
from backend.store.measurements import NewMeasurement, add_measurements
from backend.store.models import change_facts
from backend.store.snapshot import Snapshot, SnapshotCache, load_snapshot
from backend.store.tables import DataVersion, Measurement, Model
from quba.dimension import Missing
from quba.dimensions import DIMENSIONS, STUDY_DIMENSIONS

NOW = datetime(2026, 7, 1, tzinfo=UTC)
STUDY = ("imagenet-1k", "as-published")


@pytest.fixture
def cache(study_engine: Engine) -> Iterator[SnapshotCache]:
    cache = SnapshotCache(study_engine)
    yield cache
    cache.close()


@pytest.fixture
def study(cache: SnapshotCache) -> Snapshot:
    return cache.get(*STUDY)


def _change(engine: Engine, *, model_id: str, value: float) -> None:
    with writing(engine) as session:
        where = (Measurement.model_id == model_id, Measurement.dimension == "accuracy")
        session.execute(update(Measurement).where(*where).values(value=value))
        record(session, reason="test", changes=[model_id, value], created_at=NOW)


def test_the_study_as_columns(study: Snapshot) -> None:
    assert (study.benchmark, study.protocol) == STUDY
    assert len(study.models) == 326
    assert list(study.columns) == list(DIMENSIONS)
    assert [model.id for model in study.models] == sorted(model.id for model in study.models)
    assert all(column.shape == (326,) for column in study.columns.values())
    complete = [key for key, column in study.columns.items() if not np.isnan(column).any()]
    measured = [
        key for key, column in study.columns.items() if not (DIMENSIONS[key].of_facts or np.isnan(column).all())
    ]
    # Of the others nobody has a value, which is not said of every model: 326 times eight reasons are no news.
    assert tuple(complete) == tuple(measured) == STUDY_DIMENSIONS
    assert all(not reasons for reasons in study.missing)
    assert study.columns["accuracy"][study.positions["alexnet"]] == 0.5652
    assert study.models[study.positions["alexnet"]].name == "AlexNet"


@pytest.mark.parametrize("key", [key for key, each in DIMENSIONS.items() if each.of_facts])
def test_facts_of_the_models_are_columns_exact_and_absent_where_nobody_counted(study: Snapshot, key: str) -> None:
    told = [getattr(model, key) for model in study.models]
    np.testing.assert_array_equal(study.columns[key], np.array(told, dtype=float))
    assert sum(value is None for value in told) == 79
    unknown = told.index(None)
    assert study.missing_reason(unknown, key) is Missing.NOT_MEASURED
    assert study.missing_reasons(unknown, ()) == {}
    assert study.missing_reasons(unknown, [key]) == {key: Missing.NOT_MEASURED}
    assert np.isnan(study.standard_errors[key]).all()
    assert not study.from_study[key].any()
    assert not any(key in made for made in study.ingredients)


def test_a_fact_has_one_owner_and_every_benchmark_and_protocol_sees_it_change(study_engine: Engine) -> None:
    with writing(study_engine) as session:
        change_facts(session, "alexnet", {"macs_billions": 12.5})
        snapshot = load_snapshot(session, *STUDY)
    assert snapshot.columns["macs_billions"][snapshot.positions["alexnet"]] == 12.5


def test_a_reason_is_had_where_it_is_asked_for(study: Snapshot) -> None:
    assert study.missing_reason(0, "accuracy") is None
    assert study.missing_reason(0, "brier_score") is Missing.NOT_MEASURED
    assert study.missing_reasons(0, ["accuracy", "no_dimension"]) == {}
    assert study.missing_reasons(0, ["accuracy", "brier_score"]) == {"brier_score": Missing.NOT_MEASURED}
    rn50 = study.positions["clip-openai-rn50"]
    lacking = study.without_flagged.missing_reasons(rn50, ["brier_score"])
    assert list(lacking) == ["adversarial_robustness", "calibration_error", "class_balance", "brier_score"]
    assert lacking["class_balance"] is Missing.SCREENED


def test_flags_of_models_and_values(study: Snapshot) -> None:
    rn50 = study.positions["clip-openai-rn50"]
    assert study.flags[rn50] == {
        "adversarial_robustness": ("outlier",),
        "calibration_error": ("double-softmax",),
        "class_balance": ("double-softmax", "outlier"),
    }
    assert set(study.model_flags[rn50]) == {"double-softmax", "outlier"}
    assert study.model_flags[study.positions["vit-b-32-21k"]] == ("label-corrected",)
    assert study.model_flags[study.positions["alexnet"]] == ()


def test_a_shared_snapshot_cannot_be_changed(study: Snapshot) -> None:
    with pytest.raises(ValueError, match="read-only"):
        study.columns["accuracy"][0] = 1.0
    with pytest.raises(TypeError):
        study.columns["accuracy"] = np.zeros(326)  # type: ignore[index]
    with pytest.raises(ValueError, match="read-only"):
        study.without_flagged.columns["accuracy"][0] = 1.0


def test_screening_drops_exactly_the_flagged_values(study: Snapshot) -> None:
    screened = study.without_flagged
    dropped = {
        (model.id, key)
        for position, model in enumerate(study.models)
        for key in STUDY_DIMENSIONS
        if np.isnan(screened.columns[key][position])
    }
    flagged = {(model.id, key) for model, flags in zip(study.models, study.flags, strict=True) for key in flags}
    # 77 train-mode alone and 4 with double-softmax and 1 mild: 5 values; 26 double-softmax: 2; outliers add 7.
    assert dropped == flagged
    assert len(dropped) == 82 * 5 + 26 * 2 + 7
    for key, column in study.columns.items():
        kept = ~np.isnan(screened.columns[key])
        np.testing.assert_array_equal(screened.columns[key][kept], column[kept])
    for reasons, flags in zip(screened.missing, screened.flags, strict=True):
        assert reasons == dict.fromkeys(flags, Missing.SCREENED)
    assert not np.isnan(study.columns["corruption_robustness"]).any()
    assert screened.models is study.models
    assert study.without_flagged is screened


def test_a_model_that_is_not_published_is_in_no_snapshot_but_a_private_one(
    study_engine: Engine, cache: SnapshotCache
) -> None:
    with writing(study_engine) as session:
        session.execute(update(Model).where(Model.id == "alexnet").values(visibility="private"))
        record(session, reason="test", changes=["alexnet"], created_at=NOW)
    snapshot = cache.get(*STUDY)
    assert (len(snapshot.models), "alexnet" in snapshot.positions) == (325, False)
    with reading(study_engine) as session:
        everything = load_snapshot(session, *STUDY, private=True)
    assert [model.id for model, public in zip(everything.models, everything.public, strict=True) if not public] == [
        "alexnet"
    ]


def test_absent_values_keep_their_reason(study_engine: Engine, cache: SnapshotCache) -> None:
    common: dict[str, Any] = {
        "model_id": "alexnet",
        "benchmark": "imagenet-1k",
        "protocol": "corrected",
        "source": "evaluation",
    }
    with writing(study_engine) as session:
        add_measurements(
            session,
            [
                NewMeasurement(**common, dimension="accuracy", value=0.0, missing_reason=None),
                NewMeasurement(**common, dimension="ood_robustness", value=None, missing_reason="zero_clean_accuracy"),
                # A reason can carry a flag; there is no value then that the flag could be about.
                NewMeasurement(
                    **common, dimension="class_balance", value=None, missing_reason="failed", flags=("outlier",)
                ),
                # A dimension of another version of the program does not hinder this one.
                NewMeasurement(**common, dimension="from_the_future", value=1.0, missing_reason=None),
            ],
        )
    snapshot = cache.get("imagenet-1k", "corrected")
    assert [model.id for model in snapshot.models] == ["alexnet"]
    assert snapshot.columns["accuracy"][0] == 0.0
    reasons = dict.fromkeys(STUDY_DIMENSIONS, Missing.NOT_MEASURED)
    del reasons["accuracy"]
    reasons |= {"ood_robustness": Missing.ZERO_CLEAN_ACCURACY, "class_balance": Missing.FAILED}
    assert snapshot.missing[0] == reasons
    assert snapshot.flags[0] == {}
    assert all(np.isnan(snapshot.columns[key][0]) for key in reasons)


def test_the_same_object_while_nothing_changes(study_engine: Engine, cache: SnapshotCache, study: Snapshot) -> None:
    assert cache.get(*STUDY) is study
    corrected = cache.get("imagenet-1k", "corrected")
    assert corrected.models == ()
    assert cache.get("imagenet-1k", "corrected") is corrected
    _change(study_engine, model_id="alexnet", value=0.6)
    changed = cache.get(*STUDY)
    assert changed.data_version == cache.current_version() != study.data_version
    assert changed.columns["accuracy"][changed.positions["alexnet"]] == 0.6
    assert study.columns["accuracy"][study.positions["alexnet"]] == 0.5652
    assert cache.get("imagenet-1k", "corrected").data_version == changed.data_version


@pytest.mark.parametrize("first", [False, True])
def test_who_may_see_what_is_private_shares_a_snapshot_without_any(
    study_engine: Engine, cache: SnapshotCache, first: bool
) -> None:
    assert cache.get(*STUDY, private=first) is cache.get(*STUDY, private=not first)
    with writing(study_engine) as session:
        session.execute(update(Model).where(Model.id == "alexnet").values(visibility="private"))
        record(session, reason="test", changes=["alexnet"], created_at=NOW)
    seen = cache.get(*STUDY, private=first), cache.get(*STUDY, private=not first)
    assert sorted(len(each.models) for each in seen) == [325, 326]


def test_a_write_of_another_process_shows(
    study_url: str, cache: SnapshotCache, study: Snapshot, results_csv: Callable[..., bytes]
) -> None:
    script = (
        "import sys\n"
        "from backend.store.engine import create_store_engine\n"
        "from backend.imports.importer import import_results\n"
        "print(import_results(create_store_engine(sys.argv[1]), sys.stdin.buffer.read()).data_version)\n"
    )
    mine = results_csv({"accuracy": "0.75"})
    printed = subprocess.run([sys.executable, "-c", script, study_url], check=True, input=mine, stdout=subprocess.PIPE)
    changed = cache.get(*STUDY)
    assert changed.data_version == printed.stdout.decode().strip() != study.data_version
    assert len(changed.models) == 327
    assert changed.columns["accuracy"][changed.positions["mine"]] == 0.75


def test_many_threads_load_once(study_engine: Engine) -> None:
    cache = SnapshotCache(study_engine)
    loads: list[str] = []

    def count(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "FROM measurement" in statement:
            loads.append(statement)

    event.listen(study_engine, "before_cursor_execute", count)
    barrier = threading.Barrier(8)

    def get() -> Snapshot:
        barrier.wait()
        return cache.get(*STUDY)

    with ThreadPoolExecutor(8) as pool:
        snapshots = {id(future.result()) for future in [pool.submit(get) for _ in range(8)]}
    assert len(snapshots) == len(loads) == 1
    cache.close()


def test_values_and_version_belong_together(study_engine: Engine, cache: SnapshotCache) -> None:
    """A writer keeps changing one value; every snapshot must hold the value of the version that it names."""
    values = {cache.current_version(): 0.5652}
    done = threading.Event()
    seen: list[tuple[str, float]] = []

    def write() -> None:
        for step in range(2000):
            # Until a snapshot was seen between two changes, however slow the machine.
            if step >= 30 and len(set(seen)) > 1:
                break
            value = (step % 100) / 100
            _change(study_engine, model_id="alexnet", value=value)
            with study_engine.connect() as connection:
                newest = connection.execute(
                    select(DataVersion.id, DataVersion.digest).order_by(DataVersion.id.desc()).limit(1)
                ).one()
            values[f"{newest.id}-{newest.digest[:8]}"] = value
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    while not done.is_set():
        snapshot = cache.get(*STUDY)
        seen.append((snapshot.data_version, float(snapshot.columns["accuracy"][snapshot.positions["alexnet"]])))
    writer.join()
    assert len(set(seen)) > 1
    assert all(values[version] == value for version, value in seen)


def test_an_empty_store_has_an_empty_snapshot(empty_engine: Engine) -> None:
    cache = SnapshotCache(empty_engine)
    snapshot = cache.get(*STUDY)
    assert (snapshot.data_version, snapshot.models, snapshot.flags) == ("0-00000000", (), ())
    assert all(column.shape == (0,) for column in snapshot.without_flagged.columns.values())
    import_study(empty_engine)
    assert len(cache.get(*STUDY).models) == 326
    cache.close()


def test_unknown_benchmarks_and_protocols_are_refused(cache: SnapshotCache) -> None:
    with pytest.raises(UnknownBenchmark, match="'toy' is not known"):
        cache.get("toy", "corrected")
    with pytest.raises(UnknownProtocol, match="'mine' is not known"):
        cache.get("imagenet-1k", "mine")


def test_a_store_that_was_never_migrated_is_unavailable(database_url: str) -> None:
    engine = create_store_engine(database_url, create=True)
    cache = SnapshotCache(engine)
    with pytest.raises(StoreUnavailable, match="wellbehaved migrate"):
        cache.get(*STUDY)
    cache.close()
    engine.dispose()


def test_a_model_that_guesses_is_said_to(study_engine: Engine) -> None:
    """From its accuracy, its images and its classes, whoever measured it; screened quality leaves those values out."""
    told = {"guesses": (0.1, 400), "knows": (0.3, 400), "uncounted": (0.1, None)}
    with writing(study_engine) as session:
        for name in told:
            session.add(Model(id=name, name=name, architecture="cnn", training="unknown", pretraining_data="unknown",
                              backbone="x", source_library="checkpoint"))  # fmt: skip
        session.flush()
        add_measurements(
            session,
            [
                NewMeasurement(
                    model_id=name, benchmark="toy-shapes", protocol="corrected", dimension=key,
                    value=accuracy if key == "accuracy" else None if key == "object_focus" else 0.8,
                    missing_reason="failed" if key == "object_focus" else None, source="evaluation", sample_count=count,
                    flags=("few-images",) if key == "class_balance" else (),
                )
                for name, (accuracy, count) in told.items()
                for key in STUDY_DIMENSIONS
            ],
        )  # fmt: skip
        record(session, reason="test", changes=["guesses"], created_at=NOW)
        found = load_snapshot(session, "toy-shapes", "corrected")
    flags = dict(zip([model.id for model in found.models], found.flags, strict=True))
    assert flags["knows"] == flags["uncounted"] == {"class_balance": ("few-images",)}
    assert flags["guesses"] == {
        "adversarial_robustness": ("chance-level",),
        "corruption_robustness": ("chance-level",),
        "ood_robustness": ("chance-level",),
        "class_balance": ("few-images", "chance-level"),
        "shape_bias": ("chance-level",),
    }
    at = found.positions["guesses"]
    assert found.without_flagged.missing[at]["shape_bias"] is Missing.SCREENED
    assert np.isnan(found.without_flagged.columns["corruption_robustness"][at])
    assert found.without_flagged.columns["accuracy"][at] == 0.1
