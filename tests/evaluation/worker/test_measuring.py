"""What a measuring process does with its orders, in this process; as a program it is in tests/faults."""

import io
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue
from typing import NoReturn

import pytest

from backend.store.errors import StoreUnavailable
from backend.tracing import Carrier
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
    jobs: SimpleQueue[tuple[str, int, Carrier]] = SimpleQueue()
    ending, left = threading.Event(), list[int]()
    hear(['["measure", "a", 1, {}]\n', '["measure", "b", 2, {"traceparent": "t"}]\n'], jobs, ending, left.append)
    assert [jobs.get(), jobs.get()] == [("a", 1, {}), ("b", 2, {"traceparent": "t"})]
    assert (left, ending.is_set()) == ([0], False)
    hear(['["end"]\n'], jobs, ending, left.append)
    assert (left, ending.is_set()) == ([0, 0], True)


@pytest.mark.parametrize("line", ['["measure", "a"]', '["measure", "a", 1]', '["dance"]', "{}", '["meas'])
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
    jobs: SimpleQueue[tuple[str, int, Carrier]] = SimpleQueue()
    for each in "abc":
        jobs.put((each, 1, {}))
    answers = io.StringIO()
    place = workplace_of(equipment, threading.Event())
    measure(jobs, place, answers)
    place.engine.dispose()
    assert (answers.getvalue(), performed) == ("done\nstore lost\n", ["a", "b"])


def test_the_program_measures_what_it_is_given(
    world: QueueWorld, equipment: Equipment, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (evaluation,) = world.submit(queued=False, samples_per_class=1, dimensions=LIGHT[:1])
    orders = tmp_path / "orders"
    orders.write_text(equipment.line() + "\n")
    monkeypatch.setattr(measuring, "_orders_apart", lambda: os.open(orders, os.O_RDONLY))
    codes: list[int] = []

    def leave(code: int) -> NoReturn:
        codes.append(code)
        raise SystemExit(code)

    # The end of the orders would end this process at once; here the evaluation at hand is finished first.
    monkeypatch.setattr(measuring, "hear", lambda _lines, jobs, *_: jobs.put((evaluation, 1, {})))
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
    assert (len(kept), codes) == (3, [0])
    assert world.record(evaluation).state == "succeeded"


FORKS = """
import multiprocessing, os, sys, threading, time
from evaluation.worker.measuring import _keep_to_this_process, _orders_apart
descriptor = _orders_apart()
_keep_to_this_process((descriptor,))
orders = os.fdopen(descriptor)
print(orders.readline().strip(), sys.stdin.read() == "", flush=True)
threading.Thread(target=orders.readline, daemon=True).start()
time.sleep(0.2)  # the thread waits for the next order
child = multiprocessing.get_context("fork").Process(target=print, args=("child",))
child.start()
child.join(60)
print(child.exitcode, flush=True)
os._exit(0)
"""


def test_a_reader_of_images_starts_while_orders_are_waited_for() -> None:
    """A child of fork closes standard input, whose lock the waiting thread held: it never came to its work."""
    with subprocess.Popen(
        [sys.executable, "-P", "-c", FORKS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        # One that waits without end says nothing more, and fails below.
        longest = threading.Timer(120, process.kill)
        longest.start()
        process.stdin.write("first\n")
        process.stdin.flush()
        said = process.stdout.read().split()
        longest.cancel()
    assert said == ["first", "True", "child", "0"]


def test_a_child_s_child_keeps_a_file_of_the_same_number(tmp_path: Path) -> None:
    with (tmp_path / "another").open("w") as file:
        measuring._close_in_child_of(os.getpid(), file.fileno())
        assert not file.closed
        os.fstat(file.fileno())
    descriptor = os.dup(0)
    measuring._close_in_child_of(os.getppid(), descriptor)
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)


def test_what_cannot_begin_says_why_and_ends(
    equipment: Equipment, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    orders = tmp_path / "orders"
    orders.write_text(equipment.line() + "\n")
    monkeypatch.setattr(measuring, "_orders_apart", lambda: os.open(orders, os.O_RDONLY))
    monkeypatch.setattr(measuring, "hear", lambda *_: None)
    monkeypatch.setattr(os, "register_at_fork", lambda **_: None)
    codes: list[int] = []
    monkeypatch.setattr(os, "_exit", codes.append)

    def fails(*_: object) -> NoReturn:
        raise RuntimeError("no room")

    monkeypatch.setattr(measuring, "workplace_of", fails)
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        with (tmp_path / "answers").open("w") as answers:
            main(os.dup(answers.fileno()))
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    assert codes == [1]
    assert (tmp_path / "answers").read_text() == ""
    assert "the measuring process of me ends" in caplog.text
    assert "no room" in caplog.text
