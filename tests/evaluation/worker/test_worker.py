"""What a worker knows of itself before it works; what it does then is in tests/faults."""

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NoReturn, cast

import pytest
from sqlalchemy import update

from backend.evaluations.jobs import Files, Jobs
from backend.settings import Settings
from backend.store import evaluations, workers
from backend.store.engine import reading, writing
from backend.store.errors import StoreUnavailable
from backend.store.evaluations import Holder
from backend.store.file_store import FilesUnavailable
from backend.store.local_files import LocalFiles
from backend.store.tables import Evaluation, LackOfRoom
from backend.store.tables import Worker as WorkerRow
from backend.store.waits import WAITS_FOR_WEIGHTS_ROOM
from evaluation.engine.means import Means
from evaluation.worker import worker as worker_module
from evaluation.worker.measuring_process import MeasuringFailed, MeasuringProcess
from evaluation.worker.own_files import OwnFiles
from evaluation.worker.worker import Worker, WorkerTaken, _only_one, default_name, measurable
from tests.faults.queue_world import CHECKPOINT, LIGHT, QueueWorld, queue_world


@pytest.fixture
def world(study_sqlite_url: str, toy_root: Path, tmp_path: Path) -> Iterator[QueueWorld]:
    """A store with a queue and no worker."""
    with queue_world(study_sqlite_url, toy_root, tmp_path / "world") as made:
        yield made


class Listener:
    """Stands for the queue: notes what it is told, and lets the test act when the worker looks around."""

    taken: list[list[str]]
    at_a_look: Callable[["Listener"], None]

    def __init__(self, _url: str, worker_id: str, files: Sequence[Files], work: Callable[[str, int], None]) -> None:
        self.worker_id, self.files, self.work = worker_id, list(files), work

    def start(self) -> None:
        type(self).taken = []

    def listen(self, files: Files) -> None:
        if files not in self.files:
            self.files.append(files)

    def take_over(self, worker_ids: Sequence[str]) -> None:
        self.taken.append(list(worker_ids))
        type(self).at_a_look(self)


@pytest.fixture
def run(world: QueueWorld, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Callable[[Listener], None]], int]]:
    """Run a worker in this process until it ends; gives its exit code."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def leave(code: int) -> NoReturn:
        raise SystemExit(code)

    def running(at_a_look: Callable[[Listener], None]) -> int:
        monkeypatch.setattr(Listener, "at_a_look", staticmethod(at_a_look), raising=False)
        settings: Settings = world.settings
        worker = Worker(settings, benchmarks=("toy-shapes",), data=world.data, means=Means(workers=0), name="me")
        with pytest.raises(SystemExit) as caught:
            worker.run()
        # A worker's process ends with its connections; from 3.13 on Python warns of those that are left behind.
        worker._engine.dispose()
        return int(str(caught.value.code))

    monkeypatch.setattr(worker_module, "JobListener", Listener)
    monkeypatch.setattr(os, "_exit", leave)
    yield running
    for number, handler in before.items():
        signal.signal(number, handler)


def end(_: Listener) -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def known(world: QueueWorld) -> dict[str, str]:
    with reading(world.engine) as session:
        return {record.worker_id: record.state for record in workers.records(session)}


def test_it_makes_itself_heard_takes_over_from_the_dead_and_ends(world: QueueWorld, run: Any) -> None:  # noqa: ANN401
    with writing(world.engine) as session:
        for name, age in (("alive", 0), ("dead", 60), ("long-gone", 2 * 24 * 3600)):
            workers.beat(session, name, device="cpu", version="1", state="idle")
            beat_at = workers.now(session) - timedelta(seconds=age)
            session.execute(update(WorkerRow).where(WorkerRow.worker_id == name).values(beat_at=beat_at))
    assert run(end) == 0
    assert Listener.taken == [["dead"]]
    assert known(world) == {"alive": "idle", "dead": "idle", "me": "stopping"}


def test_what_the_queue_gives_it_is_measured(world: QueueWorld, run: Any) -> None:  # noqa: ANN401
    (evaluation,) = world.submit(queued=False, samples_per_class=1, dimensions=LIGHT[:1])

    def work_then_end(listener: Listener) -> None:
        listener.work(evaluation, 1)
        end(listener)

    assert run(work_then_end) == 0
    assert world.record(evaluation).state == "succeeded"


def test_what_waits_in_the_store_alone_is_handed_in_once(
    world: QueueWorld,
    run: Any,  # noqa: ANN401
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, second = world.submit(2, queued=False)
    world.submit(queued=False, first_seed=2, benchmark="imagenet-1k")
    handed: list[tuple[str, int]] = []
    monkeypatch.setattr(Jobs, "enqueue", lambda _self, each, attempt, **_: handed.append((each, attempt)))
    looks: list[int] = []

    def look_thrice(listener: Listener) -> None:
        looks.append(1)
        if len(looks) == 3:
            end(listener)

    assert run(look_thrice) == 0
    # In the order in which they came, so that a queue that was lost has it again.
    assert handed == [(first, 1), (second, 1)]


def test_a_database_that_is_away_is_looked_for_again(world: QueueWorld, run: Any) -> None:  # noqa: ANN401
    looks: list[int] = []

    def away_once(listener: Listener) -> None:
        looks.append(1)
        if len(looks) == 1:
            raise StoreUnavailable("away")
        end(listener)

    assert run(away_once) == 0
    assert len(looks) == 2


def test_without_its_database_it_ends_and_leaves_the_evaluation_to_the_queue(
    world: QueueWorld,
    run: Any,  # noqa: ANN401
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (evaluation,) = world.submit(queued=False)

    def perform(*_: object) -> None:
        raise StoreUnavailable("away")

    monkeypatch.setattr(MeasuringProcess, "perform", perform)
    assert run(lambda listener: listener.work(evaluation, 1)) == 3


def test_where_nothing_can_measure_it_ends_and_leaves_the_evaluation_to_the_queue(
    world: QueueWorld,
    run: Any,  # noqa: ANN401
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    (evaluation,) = world.submit(queued=False)

    def perform(*_: object) -> None:
        raise MeasuringFailed("no torch.")

    monkeypatch.setattr(MeasuringProcess, "perform", perform)
    assert run(lambda listener: listener.work(evaluation, 1)) == 1
    assert f"no torch. Ending, so that {evaluation} is taken up again." in caplog.text
    assert world.record(evaluation).state == "queued"


def test_a_measuring_process_without_work_leaves_after_the_time_that_is_set(
    world: QueueWorld,
    run: Any,  # noqa: ANN401
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[float] = []
    looks = iter((lambda _: None, lambda _: None, end))
    monkeypatch.setattr(MeasuringProcess, "leave_if_idle", lambda _, seconds: asked.append(seconds))
    assert run(lambda listener: next(looks)(listener)) == 0
    assert asked == [world.settings.worker_idle_seconds] * 3


def test_it_holds_no_torch() -> None:
    program = (
        "import sys, wellbehaved.worker_command, evaluation.worker.worker, wellbehaved.evaluate_command;"
        "held = {'torch', 'torchvision', 'timm', 'cv2', 'fastapi', 'scipy.stats'} & set(sys.modules);"
        "print(*sorted(held))"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert done.stdout == "\n"


def test_a_benchmark_is_measurable_where_its_clean_images_are(toy_root: Path, tmp_path: Path) -> None:
    assert measurable(toy_root) == ("toy-shapes",)
    assert measurable(tmp_path) == ()


@pytest.mark.parametrize(("wanted", "taken"), [(None, True), (("toy-shapes",), True), (("flowers",), False)])
def test_data_that_come_after_the_start_are_taken_where_they_are_wanted(
    world: QueueWorld, tmp_path: Path, toy_root: Path, wanted: tuple[str, ...] | None, taken: bool
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    worker = Worker(world.settings, benchmarks=(), wanted=wanted, data=data, means=Means(workers=0), name="me")
    worker._look_for_files()
    assert worker._files() == []
    (data / "toy-shapes").symlink_to(toy_root / "toy-shapes")
    worker._look_for_files()
    worker._look_for_files()
    assert worker._files() == ([Files("toy-shapes")] if taken else [])
    worker._engine.dispose()


def test_names_differ_by_device_and_stay_the_same() -> None:
    assert default_name("cuda:0") == default_name("cuda:0") != default_name("cuda:1")
    assert ":" not in default_name("cuda:0")


def test_a_name_is_taken_as_long_as_its_worker_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker_module, "_NAME_SECONDS", 0.0)
    with _only_one(tmp_path, "mine"):
        with (
            pytest.raises(WorkerTaken, match=r"'mine' runs on this machine already.* --name"),
            _only_one(tmp_path, "mine"),
        ):
            pass
        with _only_one(tmp_path, "other"):
            pass
    with _only_one(tmp_path, "mine"):
        pass


def test_a_name_whose_worker_was_killed_is_waited_for(tmp_path: Path) -> None:
    held = _only_one(tmp_path, "mine")
    held.__enter__()
    # As its measuring process does, which notices a moment later.
    threading.Timer(0.3, held.__exit__, (None, None, None)).start()
    with _only_one(tmp_path, "mine"):
        pass


def test_files_that_nobody_needs_are_deleted_now_and_then_and_a_failure_is_logged(
    world: QueueWorld, run: Callable[[Callable[[Listener], None]], int], monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    asked: list[dict[str, object]] = []

    def remove(*_: object, **named: object) -> None:
        asked.append(named)
        raise PermissionError("not yours")

    looks = iter((lambda _: None, end))
    monkeypatch.setattr(worker_module, "remove_unneeded", remove)
    assert run(lambda listener: next(looks)(listener)) == 0
    (named,) = asked
    assert (named["days"], str(named["checkpoint_files"])) == (None, str(world.settings.data_dir / "checkpoints"))
    assert "not yours" in caplog.text


def test_benchmarks_that_were_added_since_the_start_are_taken_and_told(
    world: QueueWorld, run: Callable[[Callable[[Listener], None]], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    digests: dict[str, str] = {}
    monkeypatch.setattr(OwnFiles, "digests_here", lambda _: dict(digests))
    looks: list[list[Files]] = []

    def at_a_look(listener: Listener) -> None:
        looks.append(list(listener.files))
        digests["flowers"] = "sha256:1"
        if len(looks) > 1:
            end(listener)

    run(at_a_look)
    assert looks[0] == [Files("toy-shapes")]
    assert looks[1] == [Files("toy-shapes"), Files("flowers", "sha256:1")]
    with reading(world.engine) as session:
        (told,) = workers.records(session)
    assert told.has("flowers", "sha256:1")
    assert not told.has("flowers", "sha256:2")
    assert told.has("toy-shapes", None)


@pytest.mark.parametrize("is_away", [False, True])
def test_what_waits_for_a_checkpoint_is_handed_in_again_once_its_file_is_there(
    world: QueueWorld, run: Callable[[Callable[[Listener], None]], int], monkeypatch: pytest.MonkeyPatch, *,
    is_away: bool,
) -> None:  # fmt: skip
    file = world.settings.data_dir / "checkpoints" / f"{CHECKPOINT}.safetensors"
    kept = file.read_bytes()
    file.unlink()
    lacking = world.submit(queued=False)
    named = world.submit(queued=False, model="resnet18.a1_in1k", checkpoint_id=None, first_seed=1)
    handed_in: list[list[str]] = [[], []]
    monkeypatch.setattr(Jobs, "enqueue", lambda _, evaluation_id, *__, **___: handed_in[-1].append(evaluation_id))
    # However many pages the queue has.
    monkeypatch.setattr(worker_module, "_PAGE", 1)

    def held(self: LocalFiles, name: str) -> bool:
        if is_away and not file.exists():
            raise FilesUnavailable("It is away.", "Start it.")
        return (self.folder / name).exists()

    monkeypatch.setattr(LocalFiles, "held", held)

    def first(_: Listener) -> None:
        handed_in.pop()

    def second(_: Listener) -> None:
        handed_in.append([])
        file.write_bytes(kept)

    looks = iter((first, second, end))
    assert run(lambda listener: next(looks)(listener)) == 0
    # A model by its name needs no file; the other one is handed in when its file is back, once.
    assert handed_in == [named, lacking]


class Queue:
    """Stands for the queue: notes what is handed in again."""

    def __init__(self) -> None:
        self.handed_in: list[tuple[str, int]] = []

    def enqueue(self, evaluation_id: str, attempt: int, **_: object) -> None:
        self.handed_in.append((evaluation_id, attempt))


def test_one_without_room_is_handed_in_again_once_there_may_be_some(
    world: QueueWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (evaluation,) = world.submit(queued=False)
    holder = Holder(worker_id="me", attempt=1)
    room: LackOfRoom = {"worker_id": "me", "folder": str(tmp_path), "needed_bytes": 100, "tries": 1}
    with writing(world.engine) as session:
        assert evaluations.claim_start(session, evaluation, holder)
        assert evaluations.requeue(session, evaluation, holder, {"stage": WAITS_FOR_WEIGHTS_ROOM, "room": room})
    (other,) = world.submit(first_seed=1, queued=False)
    worker = Worker(world.settings, benchmarks=("toy-shapes",), data=world.data, means=Means(workers=0), name="me")
    queue, free = Queue(), [1000]
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=free[0]))

    def looks() -> list[tuple[str, int]]:
        queue.handed_in.clear()
        worker._bring_back(cast(Jobs, queue))
        return list(queue.handed_in)

    # Too early after the try; the others go on.
    assert looks() == [(other, 1)]
    with writing(world.engine) as session:
        session.execute(update(Evaluation).values(updated_at=datetime.now(UTC) - timedelta(minutes=2)))
    free[0] = 99
    assert looks() == []
    free[0] = 100
    assert looks() == [(evaluation, 2)]
    assert looks() == [], "each attempt once"
