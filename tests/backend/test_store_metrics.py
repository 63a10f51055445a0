"""What /metrics says of the instance: read seldom, the same for everybody, and nothing where nothing is known."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from prometheus_client import generate_latest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Engine

from backend import store_metrics
from backend.settings import Settings
from backend.store import evaluations, workers
from backend.store.engine import create_store_engine, reading, writing
from backend.store.evaluations import NewEvaluation
from backend.store.workload import Workload, workload
from backend.store_metrics import KEPT_SECONDS, StoreMetrics

REQUEST = NewEvaluation(
    name="Mine", checkpoint_id=None, model="resnet18.a1_in1k", architecture="resnet18", benchmark="imagenet-1k",
    protocol="as-published", dimensions=("accuracy",), samples_per_class=None, seed=0, priority=50,
)  # fmt: skip
PATIENCE = 20.0
Values = dict[tuple[str, tuple[str, ...]], float]


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def engine(study_sqlite_url: str) -> Iterator[Engine]:
    made = create_store_engine(study_sqlite_url)
    yield made
    made.dispose()


@pytest.fixture
def metrics(engine: Engine, tmp_path: Path, clock: Clock) -> StoreMetrics:
    return StoreMetrics(engine, Settings(data_dir=tmp_path, database_url=None, _env_file=None), clock)


def values(metrics: StoreMetrics) -> Values:
    families = text_string_to_metric_families(generate_latest(metrics.registry).decode())
    return {
        (sample.name.removeprefix("wellbehaved_"), tuple(sample.labels.values())): sample.value
        for family in families
        for sample in family.samples
    }


def submit(engine: Engine, seed: int) -> str:
    with writing(engine) as session:
        return evaluations.submit(session, replace(REQUEST, seed=seed))[0].evaluation_id


def test_the_state_of_the_instance(engine: Engine, metrics: StoreMetrics) -> None:
    submit(engine, 0)
    with writing(engine) as session:
        workers.beat(session, "somebodys-machine", device="cpu", version="1", state="idle")
        evaluations.finish(session, submit_in(session, 1), "failed", error={"code": "Not <a> code", "message": ""})
    found = values(metrics)
    assert found["database_up", ()] == 1
    assert found["queue_limit", ()] == 1000
    assert found["evaluations", ("imagenet-1k", "queued")] == 1
    assert found["evaluations", ("toy-shapes", "queued")] == 0
    assert found["failed_evaluations", ("other",)] == 1
    assert found["oldest_wait_seconds", ("imagenet-1k",)] >= 0
    assert (found["workers", ("idle",)], found["workers", ("gone",)]) == (1, 0)
    assert found["beat_age_seconds", ()] >= 0
    assert found["file_bytes", ("checkpoints",)] == 0
    assert found["data_version", ()] >= 1
    assert found["data_changed_timestamp_seconds", ()] > 1e9
    assert ("progress_age_seconds", ()) not in found
    assert "somebodys-machine" not in generate_latest(metrics.registry).decode()


def submit_in(session: object, seed: int) -> str:
    return evaluations.submit(session, replace(REQUEST, seed=seed))[0].evaluation_id  # type: ignore[arg-type]


def test_the_age_of_the_last_progress_is_there_while_one_runs(engine: Engine, metrics: StoreMetrics) -> None:
    name = submit(engine, 0)
    with writing(engine) as session:
        evaluations.claim_start(session, name, evaluations.Holder(worker_id="w", attempt=1))
    assert values(metrics)["progress_age_seconds", ()] >= 0


def test_the_store_is_asked_every_five_seconds_at_most(
    engine: Engine, metrics: StoreMetrics, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def counted(session: object, stale: float) -> Workload:
        asked.append(stale)
        return workload(session, stale)  # type: ignore[arg-type]

    monkeypatch.setattr(store_metrics, "workload", counted)
    before = values(metrics)
    submit(engine, 0)
    clock.now += KEPT_SECONDS - 0.01
    assert values(metrics) == before
    assert len(asked) == 1
    clock.now += 0.01
    assert values(metrics)["evaluations", ("imagenet-1k", "queued")] == 1
    assert asked == [60, 60]


def test_without_the_store_nothing_is_said_of_it(
    tmp_path: Path, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    url = f"sqlite:///{tmp_path / 'none.db'}"
    metrics = StoreMetrics(create_store_engine(url), Settings(data_dir=tmp_path, _env_file=None), clock)
    assert values(metrics) == {("database_up", ()): 0, ("queue_limit", ()): 1000}
    values(metrics)
    assert len([record for record in caplog.records if record.name == store_metrics.__name__]) == 1


def test_what_was_known_goes_when_the_store_does_and_comes_back(
    engine: Engine, metrics: StoreMetrics, clock: Clock
) -> None:
    assert values(metrics)["database_up", ()] == 1
    file = Path(str(engine.url.database).removeprefix("file:"))
    engine.dispose()
    aside = file.rename(file.with_name("aside.db"))
    clock.now += KEPT_SECONDS
    assert values(metrics) == {("database_up", ()): 0, ("queue_limit", ()): 1000}
    aside.rename(file)
    clock.now += KEPT_SECONDS
    assert values(metrics)["database_up", ()] == 1


def test_while_one_asks_a_slow_store_others_get_what_was_known(
    engine: Engine, metrics: StoreMetrics, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = values(metrics)
    asks, goes_on = threading.Event(), threading.Event()

    def slow(session: object, stale: float) -> Workload:
        asks.set()
        assert goes_on.wait(PATIENCE)
        return workload(session, stale)  # type: ignore[arg-type]

    monkeypatch.setattr(store_metrics, "workload", slow)
    submit(engine, 0)
    clock.now += KEPT_SECONDS
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(values, metrics)
        assert asks.wait(PATIENCE)
        assert values(metrics) == before
        goes_on.set()
        assert first.result(PATIENCE)["evaluations", ("imagenet-1k", "queued")] == 1


def test_codes_are_bounded(engine: Engine, metrics: StoreMetrics, monkeypatch: pytest.MonkeyPatch) -> None:
    with reading(engine) as session:
        plain = workload(session, 60)
    many = {f"code_{number:03}": 1000 - number for number in range(60)} | {"UPPER": 7}
    make: Callable[..., Workload] = lambda *_: replace(plain, failures=many)  # noqa: E731 - one line says it
    monkeypatch.setattr(store_metrics, "workload", make)
    found = {key[0]: value for (name, key), value in values(metrics).items() if name == "failed_evaluations"}
    assert len(found) == 51
    assert found["code_049"] == 951
    assert found["other"] == sum(1000 - number for number in range(50, 60)) + 7
