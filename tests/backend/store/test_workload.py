"""Figures of the queue, against rows written here."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from backend.store import evaluations, workers
from backend.store.data_versions import current
from backend.store.engine import writing
from backend.store.evaluations import Holder, NewEvaluation
from backend.store.tables import OWN, Benchmark, Checkpoint, Evaluation, Worker
from backend.store.waits import KINDS
from backend.store.workload import workload

REQUEST = NewEvaluation(
    name="Mine", checkpoint_id=None, model="resnet18.a1_in1k", architecture="resnet18", benchmark="imagenet-1k",
    protocol="as-published", dimensions=("accuracy",), samples_per_class=None, seed=0, priority=50,
)  # fmt: skip
STALE = 60.0


@pytest.fixture
def session(study_engine: Engine) -> Iterator[Session]:
    with writing(study_engine) as open_session:
        yield open_session


def add_own(session: Session, key: str) -> None:
    session.add(Benchmark(key=key, label=key, description="", class_count=3, default_protocol="corrected", origin=OWN))
    session.flush()


def submit(session: Session, seed: int, benchmark: str = "imagenet-1k") -> str:
    return evaluations.submit(session, replace(REQUEST, seed=seed, benchmark=benchmark))[0].evaluation_id


def age(session: Session, evaluation_id: str, seconds: float) -> None:
    moment = workers.now(session) - timedelta(seconds=seconds)
    session.execute(update(Evaluation).where(Evaluation.evaluation_id == evaluation_id).values(updated_at=moment))
    session.expire_all()


def test_an_instance_without_work_has_zeros_and_no_ages(session: Session) -> None:
    found = workload(session, STALE)
    assert set(found.evaluations.values()) == {0}
    assert {key for _, key in found.evaluations} == {"imagenet-1k", "toy-shapes", OWN}
    assert (found.failures, found.oldest_wait_seconds) == ({}, {})
    assert (found.progress_age_seconds, found.beat_age_seconds) == (None, None)
    assert found.workers == {"idle": 0, "busy": 0, "stopping": 0, "gone": 0}
    assert found.file_bytes == {"checkpoints": 0, "evidence": 0}
    version = current(session)
    assert version is not None
    assert (found.data_version, found.data_changed_at) == (version.id, version.created_at)


def test_a_store_without_data_has_no_version(empty_engine: Engine) -> None:
    with writing(empty_engine) as session:
        found = workload(session, STALE)
    assert (found.data_version, found.data_changed_at) == (None, None)


def test_evaluations_are_counted_by_state_and_benchmark(session: Session) -> None:
    for key in ("my-flowers", "my-birds"):
        add_own(session, key)
    first, running, *_ = (submit(session, seed) for seed in range(3))
    submit(session, 0, "my-flowers")
    submit(session, 0, "my-birds")
    assert evaluations.claim_start(session, running, Holder(worker_id="w-1", attempt=1))
    for seed, code in ((7, "crashed_repeatedly"), (8, "crashed_repeatedly"), (9, "evaluation_failed")):
        error = {"code": code, "message": "m", "hint": "h"}
        assert evaluations.finish(session, submit(session, seed), "failed", error=error)
    assert evaluations.finish(session, submit(session, 10), "failed")
    age(session, first, 300)
    age(session, running, 40)
    found = workload(session, STALE)
    assert {key: count for key, count in found.evaluations.items() if count} == {
        ("queued", "imagenet-1k"): 2, ("queued", OWN): 2, ("running", "imagenet-1k"): 1, ("failed", "imagenet-1k"): 4,
    }  # fmt: skip
    assert found.failures == {"crashed_repeatedly": 2, "evaluation_failed": 1, "": 1}
    assert set(found.oldest_wait_seconds) == {"imagenet-1k", OWN}
    assert found.oldest_wait_seconds["imagenet-1k"] >= 300
    assert found.progress_age_seconds is not None
    assert found.progress_age_seconds >= 40


def test_those_that_wait_for_more_than_their_turn_are_counted(session: Session) -> None:
    assert workload(session, STALE).waits == {"checkpoint": 0, "room": 0}
    stages = ("checkpoint", "room", "room")
    for seed, kind in enumerate(stages):
        stage = next(stage for stage, name in KINDS.items() if name == kind)
        held, holder = submit(session, seed), Holder(worker_id="w-1", attempt=1)
        assert evaluations.claim_start(session, held, holder)
        assert evaluations.requeue(session, held, holder, {"stage": stage})
    submit(session, len(stages))
    # One that was taken again waits no more, though its stage is the old one at first.
    taken = submit(session, 99)
    assert evaluations.claim_start(session, taken, Holder(worker_id="w-1", attempt=1))
    assert workload(session, STALE).waits == {"checkpoint": 1, "room": 2}


def test_the_wait_of_one_that_was_retried_begins_anew(session: Session) -> None:
    name = submit(session, 0)
    age(session, name, 5000)
    assert evaluations.request_cancel(session, name)
    assert evaluations.retry(session, name)
    assert workload(session, STALE).oldest_wait_seconds["imagenet-1k"] < 5000


def test_a_clock_that_is_ahead_makes_no_negative_age(session: Session) -> None:
    age(session, submit(session, 0), -1000)
    assert workload(session, STALE).oldest_wait_seconds == {"imagenet-1k": 0.0}


def test_workers_are_counted_by_what_they_said_last(session: Session) -> None:
    for name, state in (("w-1", "idle"), ("w-2", "busy"), ("w-3", "busy"), ("w-4", "stopping"), ("w-5", "idle")):
        workers.beat(session, name, device="cpu", version="1", state=state)
    then = workers.now(session) - timedelta(seconds=2 * STALE)
    session.execute(update(Worker).where(Worker.worker_id == "w-5").values(beat_at=then))
    session.expire_all()
    found = workload(session, STALE)
    assert found.workers == {"idle": 1, "busy": 2, "stopping": 1, "gone": 1}
    assert found.beat_age_seconds is not None
    session.execute(update(Worker).values(beat_at=then))
    session.expire_all()
    assert (workload(session, STALE).beat_age_seconds or 0) >= 2 * STALE


def test_files_are_summed_as_the_store_names_them(session: Session) -> None:
    moment = workers.now(session)
    for number, size in enumerate((1000, 3 * 1024**3)):
        session.add(
            Checkpoint(
                checkpoint_id=str(number), filename="f", size_bytes=size, format="torch", stored="rewritten",
                uploaded_at=moment,
            )
        )  # fmt: skip
    session.flush()
    assert session.scalar(select(Checkpoint.size_bytes).where(Checkpoint.checkpoint_id == "0")) == 1000
    assert workload(session, STALE).file_bytes == {"checkpoints": 1000 + 3 * 1024**3, "evidence": 0}
