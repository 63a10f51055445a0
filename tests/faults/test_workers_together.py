"""Several workers, dead and slow ones among them: every evaluation is done once and has one outcome."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest
from sqlalchemy import text

from backend.evaluations.jobs import Files
from backend.imports.importer import import_study
from backend.settings import Settings
from backend.store import evaluations, migration, workers
from backend.store.engine import create_store_engine, reading, sqlite_path, writing
from evaluation.worker.job import MOST_CRASHES
from tests.conftest import Postgres, fresh_database, running_postgres
from tests.faults.queue_world import ARCHITECTURE, CHECKPOINT, LIGHT, STALE, QueueWorld, queue_world, work
from wellbehaved.study_submission import STUDY_PRIORITY

Tell = pytest.CaptureFixture[str]
SHORT, LONG = 50, 500


ABORTING = """
import os, sys
from evaluation.worker import job, measuring
measured = job.load
def load(name, **given):
    if name == "test_vit":
        os.abort()
    return measured(name, **given)
job.load = load
measuring.main(*map(int, sys.argv[1:]))
"""


def aborting(settings: Settings, data: Path, name: str) -> None:
    """A worker for which one model ends the process that measures it, as a fault of a driver would."""
    from evaluation.worker import worker
    from evaluation.worker.measuring_process import MeasuringProcess

    setattr(worker, "MeasuringProcess", partial(MeasuringProcess, program=(sys.executable, "-c", ABORTING)))  # noqa: B010
    work(settings, data, name)


# Stands for weights that would be fetched: the network of the tests under the study's identity, once a file is there.
STUDY_WEIGHTS = """
import sys, time
from dataclasses import replace
from pathlib import Path
from evaluation.models.study.table import study_models
from evaluation.worker import job, measuring
measured = job.load
def load(name, *, weights, **given):
    if not name.startswith("study:"):
        return measured(name, weights=weights, **given)
    while not Path({flag!r}).exists():
        time.sleep(0.05)
    model = measured({architecture!r}, weights=Path({weights!r}), **given)
    return replace(model, name=name, identity=study_models()[name.removeprefix("study:")].identity)
job.load = load
measuring.main(*map(int, sys.argv[1:]))
"""


def with_study_weights(settings: Settings, data: Path, name: str) -> None:
    """A worker that has the weights of the study's models as soon as the file `fetched` is in the data folder."""
    from evaluation.worker import worker
    from evaluation.worker.measuring_process import MeasuringProcess

    program = STUDY_WEIGHTS.format(
        flag=str(settings.data_dir / "fetched"), architecture=ARCHITECTURE,
        weights=str(settings.data_dir / "checkpoints" / f"{CHECKPOINT}.safetensors"),
    )  # fmt: skip
    setattr(worker, "MeasuringProcess", partial(MeasuringProcess, program=(sys.executable, "-c", program)))  # noqa: B010
    work(settings, data, name)


def test_a_study_that_a_killed_worker_left_is_taken_up_again_behind_what_users_submit(
    embedded_world: QueueWorld, measuring_of: Callable[[int], int]
) -> None:
    world = embedded_world
    few: dict[str, Any] = {"samples_per_class": 1, "dimensions": ("accuracy",)}
    names = ("hiera-t", "alexnet", "vgg16")
    study = [
        world.submit(
            model=f"study:{each}", architecture=f"study:{each}", checkpoint_id=None, priority=STUDY_PRIORITY, **few
        )[0]
        for each in names
    ]
    killed = world.worker("killed", with_study_weights)
    world.await_states(study[:1], "running")
    # It waits for its weights, so that it is this one that the worker is killed over.
    (users,) = world.submit(**few)
    assert killed.pid is not None
    measuring = psutil.Process(measuring_of(killed.pid))
    killed.kill()
    killed.join()
    measuring.wait(120)
    assert world.states([*study, users]) == ["running", "queued", "queued", "queued"]
    (world.settings.data_dir / "fetched").touch()
    world.worker("next", with_study_weights)
    world.await_states([*study, users], "succeeded", "failed")
    records = [world.record(each) for each in study]
    # Each stands under the study's own row, for no values of this benchmark were published.
    assert [(each.state, each.model_id, each.attempt) for each in records] == [("succeeded", n, 1) for n in names]
    assert (records[0].worker_id, records[0].crashes) == ("next", 1)
    first = world.record(users).started_at
    assert first is not None
    assert all(each.started_at is not None and each.started_at > first for each in records[1:])


def test_two_workers_share_a_queue_and_do_nothing_twice(world: QueueWorld, capsys: Tell, *, soak: bool) -> None:
    submitted = world.submit(LONG if soak else SHORT, samples_per_class=1, dimensions=("accuracy",))
    started = time.monotonic()
    for name in ("one", "two"):
        world.worker(name)
    world.await_states(submitted, "succeeded", seconds=600)
    records = [world.record(each) for each in submitted]
    # Whoever claims an evaluation that is being worked on is counted as the successor of a crash.
    assert [(record.attempt, record.crashes) for record in records] == [(1, 0)] * len(records)
    assert all(
        {row.worker_id for row in world.results(record.evaluation_id)} == {record.worker_id} for record in records
    )
    shares = {name: sum(record.worker_id == name for record in records) for name in ("one", "two")}
    assert all(shares.values()), f"one worker did everything: {shares}"
    with capsys.disabled():
        print(f"\n{len(records)} jobs by two workers {shares} in {time.monotonic() - started:.1f} s, none twice")


def test_the_urgent_come_first(embedded_world: QueueWorld) -> None:
    late = embedded_world.submit(3, priority=90, samples_per_class=1, dimensions=("accuracy",))
    (urgent,) = embedded_world.submit(1, first_seed=9, priority=1, samples_per_class=1, dimensions=("accuracy",))
    embedded_world.worker()
    embedded_world.await_states([*late, urgent], "succeeded")
    begun = {each: embedded_world.record(each).started_at for each in (*late, urgent)}
    assert min(begun, key=lambda each: str(begun[each])) == urgent


def _freeze(pid: int, world: QueueWorld) -> list[int]:
    """Freeze a worker and what measures for it, as where a machine hangs; gives the processes.

    Postgres takes the lock from a writer that is frozen in mid-write; SQLite's file cannot.
    """
    pids = [pid, *(each.pid for each in psutil.Process(pid).children())]

    def send(number: signal.Signals) -> None:
        for each in pids:
            os.kill(each, number)

    send(signal.SIGSTOP)
    path = sqlite_path(world.engine.url)
    while path is not None:
        with closing(sqlite3.connect(path, timeout=0.2, isolation_level=None)) as connection:
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                send(signal.SIGCONT)
                time.sleep(0.02)
                send(signal.SIGSTOP)
            else:
                connection.execute("ROLLBACK")
                break
    return pids


def test_a_frozen_worker_is_replaced_and_can_write_nothing_more(world: QueueWorld, capsys: Tell) -> None:
    (evaluation,) = world.submit()
    frozen = world.worker("frozen")
    world.until(lambda: bool(world.results(evaluation)))
    assert frozen.pid is not None
    hanging = _freeze(frozen.pid, world)
    stopped = time.monotonic()
    world.worker("fresh")
    world.until(lambda: world.record(evaluation).worker_id == "fresh")
    taken = time.monotonic() - stopped
    by_frozen = {(row.phase, row.dimension) for row in world.results(evaluation) if row.worker_id == "frozen"}
    for each in hanging:
        os.kill(each, signal.SIGCONT)
    world.await_states([evaluation], "succeeded")
    assert {(row.phase, row.dimension) for row in world.results(evaluation) if row.worker_id == "frozen"} == by_frozen
    record = world.record(evaluation)
    assert (record.worker_id, record.crashes <= 1, record.error) == ("fresh", True, None)
    assert len(world.results(evaluation)) == 2 * len(LIGHT)
    with capsys.disabled():
        print(f"\ntaken over {taken:.1f} s after the freeze, {STALE:.0f} s of them until it counted as gone")


def test_a_model_that_ends_what_measures_it_is_given_up_and_the_others_go_on(embedded_world: QueueWorld) -> None:
    (poison,) = embedded_world.submit(
        model="test_vit", checkpoint_id=None, architecture="test_vit", samples_per_class=1, priority=1
    )
    others = embedded_world.submit(3, first_seed=1, samples_per_class=1, dimensions=("accuracy",))
    worker = embedded_world.worker(target=aborting)
    embedded_world.await_states([poison, *others], "failed", "succeeded")
    record = embedded_world.record(poison)
    assert record.error is not None
    assert (record.error["code"], record.crashes) == ("crashed_repeatedly", MOST_CRASHES + 1)
    assert record.error["hint"]
    assert embedded_world.states(others) == ["succeeded"] * 3
    # The worker itself has outlived it.
    assert worker.is_alive()


def test_a_measuring_process_that_is_killed_costs_the_step_that_it_was_at(
    world: QueueWorld, measuring_of: Callable[[int], int]
) -> None:
    (evaluation,) = world.submit()
    worker = world.worker()
    world.until(lambda: bool(world.results(evaluation)))
    assert worker.pid is not None
    killed = measuring_of(worker.pid)
    os.kill(killed, signal.SIGSTOP)
    assert world.record(evaluation).state == "running", "it was over before it could be killed"
    before = world.finished_steps()
    os.kill(killed, signal.SIGKILL)
    world.await_states([evaluation], "succeeded")
    assert worker.is_alive()
    assert measuring_of(worker.pid) != killed
    assert len(world.results(evaluation)) == 2 * len(LIGHT)
    # Steps go when an evaluation has succeeded; until then none was written anew.
    after = world.finished_steps()
    assert sum(after.get(path, moment) != moment for path, moment in before.items()) == 0


def test_what_measures_does_not_outlive_its_worker(
    embedded_world: QueueWorld, measuring_of: Callable[[int], int]
) -> None:
    (evaluation,) = embedded_world.submit()
    worker = embedded_world.worker()
    embedded_world.until(lambda: bool(embedded_world.results(evaluation)))
    assert worker.pid is not None
    measuring = psutil.Process(measuring_of(worker.pid))
    measuring.suspend()
    assert embedded_world.record(evaluation).state == "running", "it was over before the worker could be killed"
    worker.kill()
    worker.join()
    measuring.resume()
    measuring.wait(120)
    assert embedded_world.record(evaluation).state == "running"


def work_with_a_reader(settings: Settings, data: Path, name: str) -> None:
    work(settings, data, name, readers=1)


def test_images_are_read_by_another_process_while_orders_are_waited_for(embedded_world: QueueWorld) -> None:
    """As by default: a reader that waited for the lock of standard input kept every evaluation from its first batch."""
    (evaluation,) = embedded_world.submit(samples_per_class=2)
    embedded_world.worker(target=work_with_a_reader)
    embedded_world.await_states([evaluation], "succeeded")


@pytest.fixture
def measuring_of() -> Callable[[int], int]:
    """The process that measures for a worker."""

    def found(worker: int) -> int:
        (process,) = psutil.Process(worker).children()
        return process.pid

    return found


def test_a_worker_that_is_asked_to_end_hands_over_what_it_did(world: QueueWorld) -> None:
    (evaluation,) = world.submit()
    first = world.worker("first")
    world.until(lambda: bool(world.results(evaluation)))
    before = world.finished_steps()
    first.terminate()
    first.join(120)
    assert first.exitcode == 0
    left = world.record(evaluation)
    assert (left.state, left.worker_id) == ("running", None)
    world.worker("second")
    world.until(lambda: world.record(evaluation).worker_id == "second")
    after = world.finished_steps()
    assert {path: after.get(path) for path in before} == before
    world.await_states([evaluation], "succeeded")
    assert world.record(evaluation).crashes == 0


def test_what_runs_can_be_cancelled_within_moments_and_is_never_ranked(world: QueueWorld, capsys: Tell) -> None:
    (evaluation,) = world.submit()
    world.worker()
    world.until(lambda: bool(world.results(evaluation)))
    with writing(world.engine) as session:
        assert evaluations.request_cancel(session, evaluation)
    asked = time.monotonic()
    world.await_states([evaluation], "cancelled")
    with capsys.disabled():
        print(f"\ncancelled {time.monotonic() - asked:.2f} s after it was asked for")
    with reading(world.engine) as session:
        count = session.execute(text("SELECT count(*) FROM model WHERE source_library = 'checkpoint'")).scalar()
    assert count == 0
    # Done again, it goes on where it was.
    with writing(world.engine) as session:
        again = evaluations.retry(session, evaluation)
    assert again is not None
    world.jobs.enqueue(evaluation, again.attempt, priority=again.priority, files=Files(again.benchmark))
    world.await_states([evaluation], "succeeded")
    assert len(world.results(evaluation)) == 2 * len(LIGHT)


def test_what_only_the_store_knows_is_brought_back(world: QueueWorld) -> None:
    # As after a service that was killed between its two writes, or a queue that was lost.
    submitted = world.submit(2, queued=False, samples_per_class=1, dimensions=("accuracy",))
    world.worker()
    world.await_states(submitted, "succeeded")


def test_two_workers_of_one_name_do_not_run_on_one_machine(embedded_world: QueueWorld) -> None:
    embedded_world.worker("same")
    embedded_world.until(lambda: bool(_known(embedded_world)))
    second = embedded_world.worker("same")
    second.join(120)
    assert second.exitcode == 1


def _known(world: QueueWorld) -> list[str]:
    with reading(world.engine) as session:
        return [record.worker_id for record in workers.records(session)]


# ---- the database away ---------------------------------------------------------------------------------------------


@pytest.fixture
def own_postgres() -> Iterator[Postgres]:
    """A server that may be stopped."""
    with running_postgres() as server:
        yield server


@pytest.mark.postgres
def test_six_seconds_without_postgres_cost_nothing(
    own_postgres: Postgres, toy_root: Path, tmp_path: Path, capsys: Tell
) -> None:
    with fresh_database(own_postgres) as url:
        migration.upgrade(url)
        engine = create_store_engine(url)
        import_study(engine)
        engine.dispose()
        with queue_world(url, toy_root, tmp_path / "world") as world:
            first, second = world.submit(2)
            world.worker()
            world.until(lambda: bool(world.results(first)))
            world.engine.dispose()
            world.jobs.close()
            own_postgres.stop()
            time.sleep(6)
            own_postgres.start()
            back = time.monotonic()
            world.await_states([first, second], "succeeded")
            assert [world.record(each).crashes for each in (first, second)] == [0, 0]
            assert world.values(first).keys() == world.values(second).keys()
            full = [
                {key: each for key, each in world.values(one).items() if key[0] == "full"} for one in (first, second)
            ]
            assert full[0] == full[1]
            with capsys.disabled():
                print(f"\nboth done {time.monotonic() - back:.1f} s after Postgres came back")


def test_a_killed_service_loses_no_evaluation(embedded_world: QueueWorld) -> None:
    environment = {
        **os.environ,
        "WELLBEHAVED_DATA_DIR": str(embedded_world.settings.data_dir),
        "WELLBEHAVED_DATABASE_URL": embedded_world.settings.resolved_database_url,
    }
    submitted = embedded_world.submit(2, samples_per_class=1, dimensions=("accuracy",))
    service = subprocess.Popen([sys.executable, "-m", "wellbehaved.cli", "serve", "--port", "0"], env=environment)
    try:
        time.sleep(3)
    finally:
        service.kill()
        service.wait()
    embedded_world.worker()
    embedded_world.await_states(submitted, "succeeded")
