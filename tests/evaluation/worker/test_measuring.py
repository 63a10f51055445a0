"""What a measuring process does with its orders, in this process; as a program it is in tests/faults."""

import io
import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue
from typing import NoReturn

import pytest

from backend.store.errors import StoreUnavailable
from evaluation.engine.means import Means
from evaluation.worker import measuring
from evaluation.worker.equipment import Equipment
from evaluation.worker.job import Job
from evaluation.worker.measuring import hear, main, measure, workplace_of
from tests.faults.queue_world import LIGHT, QueueWorld, queue_world


@pytest.fixture
def world(study_sqlite_url: str, toy_root: Path, tmp_path: Path) -> Iterator[QueueWorld]:
    """A store with a queue and no worker."""
    with queue_world(study_sqlite_url, toy_root, tmp_path / "world") as made:
        yield made


@pytest.fixture
def equipment(world: QueueWorld) -> Equipment:
    return Equipment(settings=world.settings, worker_id="me", data=world.data, means=Means(workers=0))


def test_orders_are_taken_one_by_one_and_their_end_is_the_end() -> None:
    jobs: SimpleQueue[tuple[str, int]] = SimpleQueue()
    ending, left = threading.Event(), list[int]()
    hear(['["measure", "a", 1]\n', '["measure", "b", 2]\n'], jobs, ending, left.append)
    assert [jobs.get(), jobs.get()] == [("a", 1), ("b", 2)]
    assert (left, ending.is_set()) == ([0], False)
    hear(['["end"]\n'], jobs, ending, left.append)
    assert (left, ending.is_set()) == ([0, 0], True)


@pytest.mark.parametrize("line", ['["measure", "a"]', '["dance"]', "{}"])
def test_what_is_no_order_ends_it(line: str, caplog: pytest.LogCaptureFixture) -> None:
    left = list[int]()
    hear([line, '["end"]'], SimpleQueue(), threading.Event(), left.append)
    assert left == [1]
    assert "is no order" in caplog.text


def test_after_an_outage_without_end_it_says_so_and_takes_nothing_more(
    equipment: Equipment, monkeypatch: pytest.MonkeyPatch
) -> None:
    performed: list[str] = []

    def perform(job: Job) -> None:
        performed.append(job._id)
        if job._id == "b":
            raise StoreUnavailable("away")

    monkeypatch.setattr(Job, "perform", perform)
    jobs: SimpleQueue[tuple[str, int]] = SimpleQueue()
    for each in "abc":
        jobs.put((each, 1))
    answers = io.StringIO()
    place = workplace_of(equipment, threading.Event())
    measure(jobs, place, answers)
    place.engine.dispose()
    assert (answers.getvalue(), performed) == ("done\nstore lost\n", ["a", "b"])


def test_the_program_measures_what_it_is_given(
    world: QueueWorld, equipment: Equipment, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (evaluation,) = world.submit(queued=False, samples_per_class=1, dimensions=LIGHT[:1])
    monkeypatch.setattr(sys, "stdin", io.StringIO(equipment.line() + "\n"))
    codes: list[int] = []

    def leave(code: int) -> NoReturn:
        codes.append(code)
        raise SystemExit(code)

    # The end of the orders would end this process at once; here the evaluation at hand is finished first.
    monkeypatch.setattr(measuring, "hear", lambda _lines, jobs, *_: jobs.put((evaluation, 1)))
    monkeypatch.setattr(os, "_exit", leave)
    kept: list[object] = []
    monkeypatch.setattr(os, "register_at_fork", lambda **each: kept.append(each))
    perform = Job.perform

    def perform_once(job: Job) -> None:
        perform(job)
        raise StoreUnavailable("the end of this test")

    monkeypatch.setattr(Job, "perform", perform_once)
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    answers = (tmp_path / "answers").open("w")
    held = (tmp_path / "lock").open("w")
    try:
        with pytest.raises(SystemExit):
            main(os.dup(answers.fileno()), held.fileno())
        # A signal that all processes get is the worker's to answer.
        os.kill(os.getpid(), signal.SIGTERM)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        answers.close()
        held.close()
    assert (tmp_path / "answers").read_text() == "ready\nstore lost\n"
    assert (len(kept), codes) == (2, [0])
    assert world.record(evaluation).state == "succeeded"
