"""One evaluation at its worker, in this process: what it records, and how it ends when it cannot be done."""

import errno
import os
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session
from torch import Tensor

from backend.store import evaluations, own_dimensions
from backend.store.engine import reading, writing
from backend.store.errors import StoreFull, StoreUnavailable
from backend.store.evaluations import Holder
from backend.store.evidence import evidence_file, tidying
from backend.store.evidence_files import EvidenceFile, EvidenceFiles, Owner
from backend.store.file_store import FilesUnavailable
from backend.store.local_files import LocalFiles
from backend.store.opened_files import EVIDENCE
from backend.store.snapshot import load_snapshot
from backend.store.tables import Measurement
from backend.store.waits import MOST_ROOM_TRIES, WAITS_FOR_CHECKPOINT, WAITS_FOR_WEIGHTS_ROOM
from evaluation.benchmark import BENCHMARKS
from evaluation.engine.means import Means
from evaluation.engine.run import Run
from evaluation.engine.step_store import StepStore
from evaluation.errors import NoRoomForWeights, OutputsRefused
from evaluation.running_cost import measured_cost
from evaluation.running_cost.peak_memory import PeakMemory
from evaluation.worker import job as job_module
from evaluation.worker.job import (
    MOST_CRASHES,
    WAITS_FOR_FILES,
    WAITS_FOR_ROOM,
    Job,
    Workplace,
)
from evaluation.worker.own_benchmarks import own_benchmarks_of
from evaluation.worker.phase_requests import quick_samples
from evaluation.worker.running_cost import DIED
from evaluation.worker.running_cost import STAGE as COST_STAGE
from quba.measuring.evidence import Evidence
from tests.dimension_package import DOUBT, install, take_in
from tests.faults.queue_world import CHECKPOINT, LIGHT, QueueWorld, queue_world

Change = Callable[[str], None]
FEW: dict[str, Any] = {"dimensions": ("accuracy",), "samples_per_class": 1}


@pytest.fixture
def world(study_sqlite_url: str, toy_root: Path, tmp_path: Path) -> Iterator[QueueWorld]:
    """A store with a queue and no worker."""
    with queue_world(study_sqlite_url, toy_root, tmp_path / "world") as made:
        yield made


@pytest.fixture
def place(world: QueueWorld) -> Workplace:
    """Where the job is done."""
    folder = world.settings.data_dir
    return Workplace(
        engine=world.engine, worker_id="me", data=world.data, checkpoints=LocalFiles(folder / "checkpoints"),
        steps=folder / "evaluations", evidence=EvidenceFiles(LocalFiles(folder / EVIDENCE)), means=Means(workers=0),
        ending=threading.Event(), own=own_benchmarks_of(world.settings, world.engine),
    )  # fmt: skip


def count(world: QueueWorld, statement: str) -> int:
    with reading(world.engine) as session:
        return int(session.execute(text(statement)).scalar_one())


MINE = Owner(model_id="mine", benchmark="toy-shapes", digest="", protocol="corrected")
MODELS = "SELECT count(*) FROM model WHERE source_library = 'checkpoint'"


def test_a_quick_subset_comes_first_and_the_full_run_is_ranked(world: QueueWorld, place: Workplace) -> None:
    (evaluation,) = world.submit()
    Job(evaluation, 1, place).perform()
    record = world.record(evaluation)
    assert (record.state, record.error, record.model_id) == ("succeeded", None, "mine")
    assert record.progress is not None
    assert record.progress["phase"] == "full"
    rows = world.results(evaluation)
    assert [row.phase for row in rows] == ["quick"] * len(LIGHT) + ["full"] * len(LIGHT)
    samples = {row.phase: row.sample_count for row in rows if row.dimension == "accuracy"}
    assert samples == {"quick": 16 * quick_samples(BENCHMARKS["toy-shapes"]), "full": 400}
    # What is ranked is the full run, privately, and the finished steps are gone.
    full = {row.dimension: row.value for row in rows if row.phase == "full"}
    with reading(world.engine) as session:
        stored = session.execute(
            text("SELECT dimension, value FROM measurement WHERE model_id = 'mine' AND evaluation_id = :id"),
            {"id": evaluation},
        )
        assert {row.dimension: row.value for row in stored} == full
        assert session.execute(text("SELECT visibility FROM model WHERE model_id = 'mine'")).scalar() == "private"
        kept = evidence_file(session, MINE)
    assert world.finished_steps() == {}
    assert kept is not None
    # Of the full run, with every value that is ranked.
    seen = place.evidence.read(kept)
    assert (seen.conditions.samples_per_class, seen.right["clean"].size) == (None, 400)
    assert seen.values == {key: value for key, value in full.items() if value is not None}


def test_a_subset_that_was_asked_for_is_measured_once(world: QueueWorld, place: Workplace) -> None:
    (evaluation,) = world.submit(**FEW)
    Job(evaluation, 1, place).perform()
    assert [(row.phase, row.sample_count) for row in world.results(evaluation)] == [("full", 16)]


@pytest.mark.parametrize("state", ["cancelled", "failed"])
def test_one_that_is_over_is_left_alone(world: QueueWorld, place: Workplace, state: str) -> None:
    (evaluation,) = world.submit(**FEW)
    with writing(world.engine) as session:
        assert evaluations.finish(session, evaluation, state)
    Job(evaluation, 1, place).perform()
    assert world.record(evaluation).state == state
    assert world.results(evaluation) == []


def test_an_earlier_attempt_does_nothing(world: QueueWorld, place: Workplace) -> None:
    (evaluation,) = world.submit(**FEW)
    with writing(world.engine) as session:
        evaluations.request_cancel(session, evaluation)
        evaluations.retry(session, evaluation)
    Job(evaluation, 1, place).perform()
    assert world.record(evaluation).state == "queued"
    Job(evaluation, 2, place).perform()
    assert world.record(evaluation).state == "succeeded"


def test_cancelled_by_the_time_a_worker_died_it_is_cancelled_by_the_next(world: QueueWorld, place: Workplace) -> None:
    (evaluation,) = world.submit(**FEW)
    with writing(world.engine) as session:
        evaluations.claim_start(session, evaluation, Holder(worker_id="dead", attempt=1))
        evaluations.request_cancel(session, evaluation)
    Job(evaluation, 1, place).perform()
    assert world.record(evaluation).state == "cancelled"
    assert count(world, MODELS) == 0


def test_crashing_in_a_circle_is_ended_with_a_next_step(world: QueueWorld, place: Workplace) -> None:
    (evaluation,) = world.submit(**FEW)
    for _ in range(MOST_CRASHES + 1):
        with writing(world.engine) as session:
            evaluations.claim_start(session, evaluation, Holder(worker_id="dead", attempt=1))
    Job(evaluation, 1, place).perform()
    error = world.record(evaluation).error
    assert error is not None
    assert error["code"] == "crashed_repeatedly"


def test_a_fault_of_the_model_is_told_under_its_code(
    world: QueueWorld, place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(*_: object, **__: object) -> None:
        raise OutputsRefused("the outputs are NaN; use a sound checkpoint.")

    monkeypatch.setattr(job_module, "load", load)
    (evaluation,) = world.submit(**FEW)
    Job(evaluation, 1, place).perform()
    record = world.record(evaluation)
    assert record.state == "failed"
    assert record.error is not None
    assert (record.error["code"], record.error["message"]) == (
        "outputs_refused",
        "the outputs are NaN; use a sound checkpoint.",
    )


def test_what_nobody_expected_is_told_and_logged(
    world: QueueWorld, place: Workplace, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def load(*_: object, **__: object) -> None:
        raise KeyError("layer7")

    monkeypatch.setattr(job_module, "load", load)
    (evaluation,) = world.submit(**FEW)
    Job(evaluation, 1, place).perform()
    error = world.record(evaluation).error
    assert error is not None
    assert (error["code"], error["message"]) == ("evaluation_failed", "KeyError: 'layer7'")
    assert "Traceback" in caplog.text


def test_without_any_data_nothing_is_ranked(world: QueueWorld, place: Workplace, tmp_path: Path) -> None:
    (evaluation,) = world.submit(**FEW)
    Job(evaluation, 1, replace(place, data=tmp_path / "nothing")).perform()
    record = world.record(evaluation)
    assert record.error is not None
    assert (record.state, record.error["code"]) == ("failed", "nothing_measured")
    assert "make-toy" in record.error["message"]
    assert count(world, MODELS) == 0


def test_cancelled_at_the_last_moment_it_is_not_ranked(
    world: QueueWorld, place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    (evaluation,) = world.submit(**FEW)
    record_in = getattr(job_module, "record_in")  # noqa: B009 - imported there, not defined

    def late(session: Any, *given: Any, **more: Any) -> Any:  # noqa: ANN401 - what it stands for
        recorded = record_in(session, *given, **more)
        assert evaluations.request_cancel(session, evaluation)
        return recorded

    monkeypatch.setattr(job_module, "record_in", late)
    Job(evaluation, 1, place).perform()
    assert world.record(evaluation).state == "cancelled"
    assert count(world, MODELS) == 0


def test_asked_to_end_it_lets_go_and_another_goes_on(world: QueueWorld, place: Workplace) -> None:
    (evaluation,) = world.submit()
    place.ending.set()
    Job(evaluation, 1, place).perform()
    record = world.record(evaluation)
    assert (record.state, record.worker_id) == ("running", None)
    Job(evaluation, 1, replace(place, worker_id="other", ending=threading.Event())).perform()
    record = world.record(evaluation)
    assert (record.state, record.worker_id, record.crashes) == ("succeeded", "other", 0)


def test_an_outage_is_waited_for(world: QueueWorld, place: Workplace, monkeypatch: pytest.MonkeyPatch) -> None:
    claim_start = evaluations.claim_start
    outages = iter([StoreUnavailable("away"), StoreUnavailable("away")])

    def sometimes(*given: Any) -> bool:  # noqa: ANN401 - what it stands for
        if (outage := next(outages, None)) is not None:
            raise outage
        return claim_start(*given)

    monkeypatch.setattr(job_module, "_RETRY_SECONDS", 0.0)
    monkeypatch.setattr(evaluations, "claim_start", sometimes)
    (evaluation,) = world.submit(**FEW)
    Job(evaluation, 1, place).perform()
    assert world.record(evaluation).state == "succeeded"


def test_an_outage_without_end_is_left_to_the_queue(
    world: QueueWorld, place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object) -> bool:
        raise StoreUnavailable("away")

    monkeypatch.setattr(job_module, "_PATIENCE_SECONDS", 0.0)
    monkeypatch.setattr(evaluations, "claim_start", never)
    (evaluation,) = world.submit(**FEW)
    with pytest.raises(StoreUnavailable):
        Job(evaluation, 1, place).perform()
    assert world.record(evaluation).state == "queued"


def test_a_timm_model_is_measured_under_its_own_name(
    world: QueueWorld, place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, object]] = []
    load = getattr(job_module, "load")  # noqa: B009 - imported there, not defined

    def noted(name: str, *, weights: Path | None = None, **given: Any) -> Any:  # noqa: ANN401 - what it stands for
        asked.append((name, weights))
        return load("test_resnet", weights=place.steps.parent / "checkpoints" / f"{'0' * 64}.safetensors", **given)

    monkeypatch.setattr(job_module, "load", noted)
    (evaluation,) = world.submit(model="test_resnet.r160_in1k", checkpoint_id=None, **FEW)
    Job(evaluation, 1, place).perform()
    assert asked == [("test_resnet.r160_in1k", None)]
    assert world.record(evaluation).state == "succeeded"


def test_a_model_of_the_study_whose_library_is_missing_names_the_command_that_brings_it(
    world: QueueWorld, place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "open_clip", None)
    name = "study:clip-openai-rn50"
    (evaluation,) = world.submit(model=name, architecture=name, checkpoint_id=None, **FEW)
    Job(evaluation, 1, place).perform()
    record = world.record(evaluation)
    assert record.error is not None
    assert (record.state, record.error["code"]) == ("failed", "library_missing")
    assert "pip install 'wellbehaved[zero-shot]'" in record.error["message"]
    assert record.error["hint"] == "Install it where the worker runs, and retry."


# ---- no room --------------------------------------------------------------------------------------------------------


@pytest.fixture
def full_disk(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """The folder of the steps takes nothing while this is set, and waiting is short."""
    full, save, fsync = threading.Event(), StepStore.save, os.fsync

    def saved(*given: Any) -> None:  # noqa: ANN401 - what it stands for
        if full.is_set():
            raise OSError(errno.ENOSPC, "No space left on device")
        save(*given)

    def synced(descriptor: int) -> None:
        if full.is_set():
            raise OSError(errno.EDQUOT, "Disk quota exceeded")
        fsync(descriptor)

    monkeypatch.setattr(StepStore, "save", saved)
    monkeypatch.setattr("backend.room.os.fsync", synced)
    for name in ("_PAUSE_SECONDS", "_LOOK_SECONDS"):
        monkeypatch.setattr(f"backend.room.{name}", 0.01)
    full.set()
    return full


def _stage(world: QueueWorld, evaluation: str) -> object:
    return (world.record(evaluation).progress or {}).get("stage")


def test_a_full_disk_is_told_and_waited_for(world: QueueWorld, place: Workplace, full_disk: threading.Event) -> None:
    (evaluation,) = world.submit(**FEW)
    with ThreadPoolExecutor(1) as threads:
        ended = threads.submit(Job(evaluation, 1, place).perform)
        world.until(lambda: _stage(world, evaluation) == WAITS_FOR_ROOM)
        assert world.record(evaluation).state == "running"
        full_disk.clear()
        ended.result(60)
    assert world.record(evaluation).state == "succeeded"
    assert list(place.steps.rglob(".room-*")) == []


def test_a_disk_that_is_full_when_the_evidence_is_written_is_waited_for(
    world: QueueWorld, place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, refused = EvidenceFiles.write, list[int]()

    def sometimes(self: EvidenceFiles, owner: Owner, found: Evidence) -> EvidenceFile:
        if not refused:
            refused.append(count(world, MODELS))
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(self, owner, found)

    monkeypatch.setattr(EvidenceFiles, "write", sometimes)
    for name in ("_PAUSE_SECONDS", "_LOOK_SECONDS"):
        monkeypatch.setattr(f"backend.room.{name}", 0.01)
    (evaluation,) = world.submit(**FEW)
    Job(evaluation, 1, place).perform()
    assert (len(refused), world.record(evaluation).state) == (1, "succeeded")
    # Nothing was stored without its evidence, and now both are there.
    with reading(world.engine) as session:
        kept = evidence_file(session, MINE)
    assert kept is not None
    assert place.evidence.read(kept).conditions.samples_per_class == FEW["samples_per_class"]


def test_what_waits_for_room_can_be_cancelled(world: QueueWorld, place: Workplace, full_disk: threading.Event) -> None:
    (evaluation,) = world.submit(**FEW)
    with ThreadPoolExecutor(1) as threads:
        ended = threads.submit(Job(evaluation, 1, place).perform)
        world.until(lambda: _stage(world, evaluation) == WAITS_FOR_ROOM)
        with writing(world.engine) as session:
            assert evaluations.request_cancel(session, evaluation)
        ended.result(60)
    assert full_disk.is_set()
    assert world.record(evaluation).state == "cancelled"


# ---- the store of files ---------------------------------------------------------------------------------------------


def test_a_checkpoint_whose_file_is_gone_goes_back_into_the_queue_and_is_measured_once_it_is_there(
    world: QueueWorld, place: Workplace
) -> None:
    file = world.settings.data_dir / "checkpoints" / f"{CHECKPOINT}.safetensors"
    content = file.read_bytes()
    file.unlink()
    (evaluation,) = world.submit(**FEW)
    Job(evaluation, 1, place).perform()
    record = world.record(evaluation)
    assert (record.state, record.attempt, record.error, record.crashes) == ("queued", 2, None, 0)
    assert (record.worker_id, _stage(world, evaluation)) == (None, WAITS_FOR_CHECKPOINT)
    # The queue's old job is of an attempt that is over.
    Job(evaluation, 1, place).perform()
    assert world.record(evaluation).attempt == 2
    file.write_bytes(content)
    Job(evaluation, 2, place).perform()
    assert world.record(evaluation).state == "succeeded"


def _without_room(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """No weights fit, as when the disk that they are fetched to is full."""

    def full(*_: object, **__: object) -> None:
        raise NoRoomForWeights("the weights of net do not fit.", folder=folder, needed_bytes=1_000_000)

    monkeypatch.setattr(job_module, "load", full)


def test_weights_without_room_wait_in_the_queue_while_others_are_measured(
    world: QueueWorld, place: Workplace, tmp_path: Path
) -> None:
    (evaluation,) = world.submit(**FEW, checkpoint_id=None, model="resnet18.a1_in1k", queued=False)
    with pytest.MonkeyPatch.context() as full:
        _without_room(full, tmp_path)
        for attempt in (1, 2):
            Job(evaluation, attempt, place).perform()
    record = world.record(evaluation)
    assert (record.state, record.attempt, record.error, record.crashes) == ("queued", 3, None, 0)
    assert (record.worker_id, _stage(world, evaluation)) == (None, WAITS_FOR_WEIGHTS_ROOM)
    assert (record.progress or {}).get("room") == {
        "worker_id": "me", "folder": str(tmp_path), "needed_bytes": 1_000_000, "tries": 2,
    }  # fmt: skip
    (other,) = world.submit(**FEW)
    Job(other, 1, place).perform()
    assert world.record(other).state == "succeeded"


def test_weights_that_never_fit_end_in_failure(
    world: QueueWorld, place: Workplace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (evaluation,) = world.submit(**FEW, queued=False)
    _without_room(monkeypatch, tmp_path)
    for attempt in range(1, MOST_ROOM_TRIES + 1):
        assert world.record(evaluation).state == "queued"
        Job(evaluation, attempt, place).perform()
    record = world.record(evaluation)
    assert record.state == "failed"
    assert record.error is not None
    assert (record.error["code"], record.error["hint"]) == ("no_room_for_weights", "Free space there, and retry.")


def test_one_that_was_cancelled_meanwhile_does_not_wait_for_room(
    world: QueueWorld, place: Workplace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (evaluation,) = world.submit(**FEW, queued=False)

    def full_and_cancelled(*_: object, **__: object) -> None:
        with writing(world.engine) as session:
            assert evaluations.request_cancel(session, evaluation)
        raise NoRoomForWeights("the weights of net do not fit.", folder=tmp_path)

    monkeypatch.setattr(job_module, "load", full_and_cancelled)
    Job(evaluation, 1, place).perform()
    assert world.record(evaluation).state == "cancelled"


def test_what_was_cancelled_is_not_put_back(world: QueueWorld, place: Workplace) -> None:
    (evaluation,) = world.submit(**FEW)
    holder = Holder(worker_id="me", attempt=1)
    with writing(world.engine) as session:
        assert evaluations.claim_start(session, evaluation, holder)
        assert evaluations.request_cancel(session, evaluation)
        assert not evaluations.requeue(session, evaluation, holder, {"stage": "because"})


class Away(LocalFiles):
    """A store of files that does not answer for some time."""

    answers = 0
    refused = 0

    @contextmanager
    def reading(self, name: str) -> Iterator[Path]:
        self.require()
        with super().reading(name) as path:
            yield path

    def keep(self, name: str, source: Path) -> None:
        self.require()
        super().keep(name, source)

    def check(self, *, writing: bool = False) -> None:
        assert writing
        self.answers -= 1
        self.require()

    def require(self) -> None:
        if self.answers > 0:
            self.refused += 1
            raise FilesUnavailable("It is away.", "Start it.")


@pytest.mark.parametrize("kind", ["checkpoints", "evidence"])
def test_a_store_of_files_that_is_away_is_waited_for(
    world: QueueWorld, place: Workplace, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("_PAUSE_SECONDS", "_LOOK_SECONDS"):
        monkeypatch.setattr(f"backend.room.{name}", 0.01)
    away = Away(world.settings.data_dir / "checkpoints")
    away.answers = 3
    evidence = place.evidence
    if kind == "evidence":
        # Files of evidence in the same folder: one store, which is away when the first is written.
        evidence, away.answers = EvidenceFiles(away), 0
        began = Run.execute

        def measured(run: Run) -> object:
            found = began(run)
            away.answers = 0 if away.refused else 4
            return found

        monkeypatch.setattr(Run, "execute", measured)
    begun: list[int] = []

    def noted(engine: Engine, files: EvidenceFiles) -> AbstractContextManager[Session]:
        begun.append(away.refused)
        return tidying(engine, files)

    monkeypatch.setattr(job_module, "tidying", noted)
    (evaluation,) = world.submit(**FEW)
    Job(evaluation, 1, replace(place, checkpoints=away, evidence=evidence)).perform()
    assert world.record(evaluation).state == "succeeded"
    # All of them before the one transaction, within which nobody else can write.
    assert (away.refused, begun) == (3, [3])


def test_what_waits_for_the_store_of_files_can_be_cancelled(
    world: QueueWorld, place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("_PAUSE_SECONDS", "_LOOK_SECONDS"):
        monkeypatch.setattr(f"backend.room.{name}", 0.01)
    away = Away(world.settings.data_dir / "checkpoints")
    away.answers = 10**9
    (evaluation,) = world.submit(**FEW)
    with ThreadPoolExecutor(1) as threads:
        ended = threads.submit(Job(evaluation, 1, replace(place, checkpoints=away)).perform)
        world.until(lambda: _stage(world, evaluation) == WAITS_FOR_FILES)
        with writing(world.engine) as session:
            assert evaluations.request_cancel(session, evaluation)
        ended.result(60)
    assert world.record(evaluation).state == "cancelled"


def test_another_fault_of_the_disk_is_no_want_of_room(
    world: QueueWorld, place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def save(*_: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(StepStore, "save", save)
    (evaluation,) = world.submit(**FEW)
    Job(evaluation, 1, place).perform()
    error = world.record(evaluation).error
    assert error is not None
    assert error["code"] == "evaluation_failed"


def test_a_store_without_room_is_waited_for_beyond_patience(
    world: QueueWorld, place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_module, "_PATIENCE_SECONDS", -1.0)
    monkeypatch.setattr(job_module, "_RETRY_SECONDS", 0.0)
    faults: list[StoreUnavailable] = [StoreFull("no room")] * 3

    def action() -> str:
        if faults:
            raise faults.pop()
        return "done"

    assert Job("any", 1, place)._patiently(action) == "done"
    faults.append(StoreUnavailable("away"))
    with pytest.raises(StoreUnavailable, match="away"):
        Job("any", 1, place)._patiently(action)


DOUBTED: dict[str, Any] = {"dimensions": ("accuracy", "doubt"), "samples_per_class": 1}


def test_a_package_at_the_worker_measures_and_is_named_with_the_value(
    world: QueueWorld, place: Workplace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    install(tmp_path / "site", "at_the_worker", DOUBT, version="1.6")
    take_in(world.engine, "at_the_worker")
    (evaluation,) = world.submit(**DOUBTED)
    Job(evaluation, 1, place).perform()
    assert world.record(evaluation).state == "succeeded"
    rows = {row.dimension: row for row in world.results(evaluation)}
    assert rows["accuracy"].value is not None
    assert 0 < (rows["doubt"].value or 0) < 1
    with reading(world.engine) as session:
        assert load_snapshot(session, "toy-shapes", "corrected", private=True).columns["doubt"].size
        stored = session.scalars(select(Measurement).where(Measurement.dimension == "doubt")).one()
        # The version that is installed where it was measured, not the one that the service knows.
        assert stored.library_versions["at_the_worker"] == "1.6"
        assert (stored.value, stored.standard_error) == (rows["doubt"].value, None)
        accuracy = session.scalars(
            select(Measurement).where(Measurement.dimension == "accuracy", Measurement.evaluation_id == evaluation)
        ).one()
        assert "at_the_worker" not in accuracy.library_versions


def test_a_worker_without_the_package_says_so_and_measures_the_rest(world: QueueWorld, place: Workplace) -> None:
    take_in(world.engine, "not_at_the_worker")
    (evaluation,) = world.submit(**DOUBTED)
    Job(evaluation, 1, place).perform()
    assert world.record(evaluation).state == "succeeded"
    rows = {row.dimension: row for row in world.results(evaluation)}
    assert rows["accuracy"].value is not None
    assert (rows["doubt"].value, rows["doubt"].missing_reason) == (None, "not_measured")
    assert "the package not_at_the_worker, which is not installed where this model was measured" in rows["doubt"].detail


def test_a_dimension_that_was_removed_meanwhile_ends_no_evaluation(world: QueueWorld, place: Workplace) -> None:
    take_in(world.engine, "gone_meanwhile")
    (evaluation,) = world.submit(**DOUBTED)
    with writing(world.engine) as session:
        own_dimensions.remove(session, "doubt")
    Job(evaluation, 1, place).perform()
    assert world.record(evaluation).state == "succeeded"
    assert {row.dimension for row in world.results(evaluation)} == {"accuracy", "doubt"}


@pytest.fixture
def quick_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measured_cost, "peak_on_cpu", lambda *_, **__: PeakMemory(megabytes=7.5))
    monkeypatch.setattr(measured_cost, "device_name", lambda *_: "Bench 1")


def cost_report_of(world: QueueWorld, evaluation: str) -> Any:  # noqa: ANN401 - JSON
    record = world.record(evaluation)
    assert (record.state, record.error) == ("succeeded", None)
    return record.cost_report


@pytest.mark.usefixtures("quick_cost")
def test_the_cost_is_measured_after_the_dimensions_where_it_was_asked_for(world: QueueWorld, place: Workplace) -> None:
    plain, costly = world.submit(**FEW) + world.submit(**FEW, cost=True)
    for each in (plain, costly):
        Job(each, 1, place).perform()
    assert cost_report_of(world, plain) is None
    report = cost_report_of(world, costly)
    assert (report["device"], report["fault"], len(report["dimensions"])) == ("Bench 1", None, 4)
    progress = world.record(costly).progress
    assert progress is not None
    assert progress["stage"] == COST_STAGE
    with reading(world.engine) as session:
        snapshot = load_snapshot(session, "toy-shapes", "corrected", private=True)
    row = snapshot.positions["mine"]
    assert [snapshot.columns[key][row] for key in report["dimensions"] if key.startswith("peak_memory")] == [7.5, 7.5]


def test_the_memory_is_measured_in_a_process_of_its_own(
    world: QueueWorld, place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = partial(measured_cost.bench, name="Bench 1", batch_sizes=(1,), passes=2, warm_up=0)
    monkeypatch.setattr("evaluation.worker.running_cost.bench", few)
    (evaluation,) = world.submit(**FEW, cost=True)
    Job(evaluation, 1, place).perform()
    report = cost_report_of(world, evaluation)
    [batch] = report["batches"]
    assert (batch["memory_missing"], batch["latency_missing"], report["fault"]) == (None, None, None)
    # The net's own classes and weights came there, and its figure back.
    assert batch["peak_memory_mb"] is not None
    assert [key.partition("_fp32_")[0] for key in report["dimensions"]] == ["latency_ms_b1", "peak_memory_mb_b1"]


def test_a_cost_that_fails_leaves_the_dimensions(
    world: QueueWorld, place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("device-side assert")

    monkeypatch.setattr("evaluation.worker.running_cost.bench", fail)
    (evaluation,) = world.submit(**FEW, cost=True)
    Job(evaluation, 1, place).perform()
    assert cost_report_of(world, evaluation)["fault"] == "RuntimeError: device-side assert"
    assert [row.dimension for row in world.results(evaluation)] == ["accuracy"]


def test_who_died_over_the_cost_is_followed_by_one_who_leaves_it_out(world: QueueWorld, place: Workplace) -> None:
    (evaluation,) = world.submit(**FEW, cost=True)
    gone = Holder(worker_id="gone", attempt=1)
    with writing(world.engine) as session:
        evaluations.claim_start(session, evaluation, gone)
        evaluations.note_progress(session, evaluation, gone, {"stage": COST_STAGE, "steps_done": 0})
    Job(evaluation, 1, place).perform()
    assert cost_report_of(world, evaluation)["fault"] == DIED


def stop_amid_the_last_passes(monkeypatch: pytest.MonkeyPatch, stop: Callable[[], object]) -> None:
    """Somebody stops the evaluation while batches of the last size are timed, with passes of it still to come."""

    def forward(_: object, images: Tensor, **__: object) -> None:
        if len(images) == measured_cost.BATCH_SIZES[-1]:
            stop()

    monkeypatch.setattr(measured_cost, "forward", forward)


@pytest.mark.usefixtures("quick_cost")
def test_one_that_is_cancelled_while_its_cost_is_measured_ends(
    world: QueueWorld, place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    (evaluation,) = world.submit(**FEW, cost=True)

    def cancel() -> None:
        with writing(world.engine) as session:
            evaluations.request_cancel(session, evaluation)

    stop_amid_the_last_passes(monkeypatch, cancel)
    Job(evaluation, 1, place).perform()
    assert world.record(evaluation).state == "cancelled"
    assert count(world, MODELS) == 0


@pytest.mark.usefixtures("quick_cost")
def test_a_worker_that_ends_while_it_measures_the_cost_leaves_the_evaluation_to_the_next(
    world: QueueWorld, place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    (evaluation,) = world.submit(**FEW, cost=True)
    stop_amid_the_last_passes(monkeypatch, place.ending.set)
    Job(evaluation, 1, place).perform()
    record = world.record(evaluation)
    assert (record.state, record.worker_id, record.cost_report) == ("running", None, None)
    assert count(world, MODELS) == 0
