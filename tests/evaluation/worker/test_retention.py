"""What is deleted of files that nobody needs, and above all what is not."""

import os
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from backend.store import evaluations, removal
from backend.store.engine import writing
from backend.store.evaluations import Holder
from backend.store.evidence_files import EvidenceFiles
from backend.store.local_files import LocalFiles
from backend.store.opened_files import EVIDENCE
from evaluation.engine.means import Means
from evaluation.worker.job import Job, Workplace
from evaluation.worker.own_benchmarks import own_benchmarks_of
from evaluation.worker.retention import hold_steps, release_steps, remove_unneeded, users_of
from tests.faults.queue_world import CHECKPOINT, QueueWorld, queue_world

Tidy = Callable[..., None]
LATER = timedelta(days=31)


@pytest.fixture
def world(study_sqlite_url: str, toy_root: Path, tmp_path: Path) -> Iterator[QueueWorld]:
    """A store with a queue and no worker."""
    with queue_world(study_sqlite_url, toy_root, tmp_path / "world") as made:
        yield made


@pytest.fixture
def steps(world: QueueWorld) -> Path:
    """The steps of one model under one request, one of them finished."""
    folder = world.settings.data_dir / "evaluations" / "0123"
    (folder / "clean").mkdir(parents=True)
    (folder / "clean" / "00000000.npz").write_bytes(b"step")
    return folder


@pytest.fixture
def tidy(world: QueueWorld) -> Tidy:
    """Delete what is not needed, after some time."""

    def run(after: timedelta = timedelta(0), days: int | None = 30) -> None:
        data = world.settings.data_dir
        now = datetime.now(UTC) + after
        remove_unneeded(
            world.engine,
            steps=data / "evaluations",
            checkpoint_files=LocalFiles(data / "checkpoints"),
            evidence=EvidenceFiles(LocalFiles(data / EVIDENCE)),
            days=days,
            now=now,
        )

    return run


def end(world: QueueWorld, evaluation: str, state: str) -> None:
    with writing(world.engine) as session:
        if state == "succeeded":
            evaluations.claim_start(session, evaluation, Holder(worker_id="me", attempt=1))
        assert evaluations.finish(session, evaluation, state)


def files(world: QueueWorld) -> list[str]:
    return sorted(path.name for path in (world.settings.data_dir / "checkpoints").iterdir())


def test_steps_go_with_the_last_evaluation_that_uses_them(steps: Path) -> None:
    hold_steps(steps, "one")
    hold_steps(steps, "two")
    release_steps(steps, "one")
    assert users_of(steps) == ["two"]
    assert (steps / "clean" / "00000000.npz").exists()
    release_steps(steps, "two")
    assert not steps.exists()


def test_steps_that_cannot_be_deleted_are_no_failure_and_are_logged(
    steps: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(_: Path) -> None:
        raise PermissionError("not yours")

    monkeypatch.setattr("shutil.rmtree", refuse)
    release_steps(steps, "one")
    assert "not yours" in caplog.text


def test_a_success_leaves_the_steps_of_another_evaluation_of_the_model(world: QueueWorld) -> None:
    first, second = world.submit(dimensions=("accuracy",), samples_per_class=1), world.submit()
    data = world.settings.data_dir
    place = Workplace(
        engine=world.engine, worker_id="me", data=world.data, checkpoints=LocalFiles(data / "checkpoints"),
        steps=data / "evaluations", evidence=EvidenceFiles(LocalFiles(data / EVIDENCE)), means=Means(workers=0),
        ending=threading.Event(), own=own_benchmarks_of(world.settings, world.engine),
    )  # fmt: skip
    kept: list[Path] = []

    class Seen(Job):
        def keep(self, phase: str, dimension: str, result: object) -> None:
            (folder,) = (data / "evaluations").iterdir()
            hold_steps(folder, second[0])
            kept.append(folder)
            super().keep(phase, dimension, result)  # type: ignore[arg-type]

    Seen(first[0], 1, place).perform()
    assert world.record(first[0]).state == "succeeded"
    assert users_of(kept[0]) == second


@pytest.mark.parametrize("state", ["failed", "cancelled"])
def test_steps_stay_for_a_retry_and_go_with_their_evaluation(
    world: QueueWorld, steps: Path, tidy: Tidy, state: str
) -> None:
    (evaluation,) = world.submit()
    hold_steps(steps, evaluation)
    tidy(LATER)
    assert users_of(steps) == [evaluation], "it waits"
    end(world, evaluation, state)
    tidy(timedelta(0))
    tidy(LATER, days=None)
    assert users_of(steps) == [evaluation], "it may be retried"
    with writing(world.engine) as session:
        assert removal.remove_evaluation(session, evaluation)
    tidy(days=None)
    assert not steps.exists()


def test_steps_of_an_evaluation_that_ended_long_ago_go(world: QueueWorld, steps: Path, tidy: Tidy) -> None:
    (evaluation,) = world.submit()
    hold_steps(steps, evaluation)
    end(world, evaluation, "failed")
    tidy(LATER)
    assert not steps.exists()


def test_steps_whose_worker_died_after_the_success_go(world: QueueWorld, steps: Path, tidy: Tidy) -> None:
    (evaluation,) = world.submit()
    hold_steps(steps, evaluation)
    end(world, evaluation, "succeeded")
    tidy(days=None)
    assert not steps.exists()


def test_steps_of_the_command_evaluate_stay(steps: Path, tidy: Tidy) -> None:
    tidy(LATER)
    assert (steps / "clean" / "00000000.npz").exists()


def test_a_checkpoint_goes_when_it_was_not_needed_for_so_long(world: QueueWorld, tidy: Tidy) -> None:
    there = files(world)
    assert any(name.startswith(CHECKPOINT) for name in there)
    chosen = world.settings.data_dir / "checkpoints" / f"{CHECKPOINT}.0123456789abcdef.safetensors"
    chosen.write_bytes(b"another set of weights of the same file")
    tidy(LATER, days=None)
    tidy(timedelta(days=29))
    assert files(world) == sorted([*there, chosen.name])
    tidy(LATER)
    assert [name for name in files(world) if name.startswith(CHECKPOINT)] == []


def test_a_checkpoint_of_an_evaluation_that_waits_or_has_just_ended_stays(world: QueueWorld, tidy: Tidy) -> None:
    (evaluation,) = world.submit()
    there = files(world)
    tidy(LATER)
    assert files(world) == there
    end(world, evaluation, "cancelled")
    tidy(timedelta(days=29))
    assert files(world) == there
    tidy(LATER)
    assert files(world) == []


def test_a_checkpoint_that_was_uploaded_again_stays(world: QueueWorld, tidy: Tidy) -> None:
    again = (datetime.now(UTC) + timedelta(days=20)).timestamp()
    for name in files(world):
        os.utime(world.settings.data_dir / "checkpoints" / name, (again, again))
    tidy(LATER)
    assert files(world) != []
    tidy(timedelta(days=51))
    assert files(world) == []


def test_folders_that_are_not_there_yet_are_no_failure(world: QueueWorld, tmp_path: Path) -> None:
    absent = tmp_path / "absent"
    remove_unneeded(
        world.engine, steps=absent, checkpoint_files=LocalFiles(absent), evidence=EvidenceFiles(LocalFiles(absent)),
        days=1, now=datetime.now(UTC),
    )  # fmt: skip


def test_evidence_without_a_row_goes_once_nobody_can_be_about_to_name_it(world: QueueWorld, tidy: Tidy) -> None:
    folder = world.settings.data_dir / EVIDENCE
    folder.mkdir()
    (folder / "whose-contents.npz").write_bytes(b"evidence")
    tidy(timedelta(days=6), days=None)
    assert list(folder.iterdir()) != []
    tidy(timedelta(days=8), days=None)
    assert list(folder.iterdir()) == []


def test_evidence_that_a_row_names_is_kept_for_ever(world: QueueWorld, tidy: Tidy) -> None:
    (evaluation,) = world.submit(dimensions=("accuracy",), samples_per_class=1)
    data = world.settings.data_dir
    place = Workplace(
        engine=world.engine, worker_id="me", data=world.data, checkpoints=LocalFiles(data / "checkpoints"),
        steps=data / "evaluations", evidence=EvidenceFiles(LocalFiles(data / EVIDENCE)), means=Means(workers=0),
        ending=threading.Event(), own=own_benchmarks_of(world.settings, world.engine),
    )  # fmt: skip
    Job(evaluation, 1, place).perform()
    tidy(timedelta(days=400), days=1)
    assert len(list((data / EVIDENCE).iterdir())) == 1
