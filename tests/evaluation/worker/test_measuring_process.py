"""A worker's measuring process as the worker sees it: started late, replaced where it dies, gone when idle."""

import json
import os
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from prometheus_client import REGISTRY

from backend.settings import Settings
from backend.store.errors import StoreUnavailable
from evaluation.engine.means import Means
from evaluation.worker.equipment import Equipment
from evaluation.worker.measuring_process import MOST_LOSSES, MeasuringFailed, MeasuringProcess

# Stands for the program: it writes down what it heard, and does as the evaluation is called.
PLAYED = """
import json, os, sys
answers = os.fdopen(int(sys.argv[1]), "w")
log = open({log!r}, "a")
def note(*told):
    print(json.dumps([os.getpid(), *told]), file=log, flush=True)
def answer(text):
    print(text, file=answers, flush=True)
note("equipment", json.loads(sys.stdin.readline())["worker_id"])
if {starting!r} == "fails":
    sys.exit(9)
if {starting!r} == "hangs":
    sys.stdin.read()
answer("ready")
crashes = {crashes}
for line in sys.stdin:
    order = json.loads(line)
    note(*order[:3])
    if order[0] == "end":
        answer("done")
    elif order[1] == "store":
        answer("store lost")
    elif order[1] == "crash" and len(open({log!r}).read().split("crash")) <= crashes + 1:
        os._exit(7)
    elif order[1] != "long":
        answer("done")
"""
Made = Callable[..., MeasuringProcess]


class Clock:
    """The time, as the test sets it."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """What the process heard, line by line."""
    return tmp_path / "log"


@pytest.fixture
def made(tmp_path: Path, log: Path, clock: Clock) -> Iterator[Made]:
    """Makes one that plays; let go of at the end."""
    equipment = Equipment(
        settings=Settings(data_dir=tmp_path, _env_file=None), worker_id="me", data=tmp_path, means=Means(workers=0)
    )
    all_made: list[MeasuringProcess] = []

    def make(starting: str = "well", crashes: int = 0) -> MeasuringProcess:
        program = (sys.executable, "-c", PLAYED.format(log=str(log), starting=starting, crashes=crashes))
        all_made.append(MeasuringProcess(equipment, program=program, clock=clock))
        return all_made[-1]

    yield make
    for each in all_made:
        each.close()


def heard(log: Path) -> list[list[object]]:
    return [json.loads(line)[1:] for line in log.read_text().splitlines()]


def until(holds: Callable[[], bool]) -> None:
    """Wait, for as long as a machine under load may take."""
    pause = threading.Event()
    for _ in range(600):
        if holds():
            return
        pause.wait(0.1)
    pytest.fail("it did not come")


def test_it_starts_with_the_first_evaluation_and_serves_the_next(made: Made, log: Path) -> None:
    process = made()
    assert process.pid is None
    process.perform("first", 1)
    first = process.pid
    process.perform("second", 3)
    assert process.pid == first
    assert heard(log) == [["equipment", "me"], ["measure", "first", 1], ["measure", "second", 3]]


def test_one_that_dies_is_replaced_and_the_same_evaluation_goes_on(
    made: Made, log: Path, caplog: pytest.LogCaptureFixture
) -> None:
    process, losses = made(crashes=2), REGISTRY.get_sample_value("wellbehaved_worker_measuring_losses_total")
    process.perform("crash", 1)
    assert REGISTRY.get_sample_value("wellbehaved_worker_measuring_losses_total") == (losses or 0) + 2
    assert heard(log) == [["equipment", "me"], ["measure", "crash", 1]] * 3
    assert caplog.text.count("ended with exit code 7 over crash") == 2


def test_one_that_does_not_come_up_is_a_failure(made: Made, log: Path) -> None:
    with pytest.raises(MeasuringFailed, match="exit code 9 while starting"):
        made("fails").perform("first", 1)
    assert heard(log) == [["equipment", "me"]]


def test_one_after_the_other_that_dies_is_a_failure_and_no_endless_start(made: Made, log: Path) -> None:
    process = made(crashes=10 * MOST_LOSSES)
    with pytest.raises(MeasuringFailed, match=f"^{MOST_LOSSES} measuring processes ended over crash; "):
        process.perform("crash", 1)
    assert heard(log).count(["measure", "crash", 1]) == MOST_LOSSES


def test_what_the_system_cannot_start_is_a_failure(made: Made, tmp_path: Path) -> None:
    process = made()
    process._program = (str(tmp_path / "absent"),)
    descriptors = len(list(Path("/proc/self/fd").iterdir()))
    with pytest.raises(MeasuringFailed, match=r"could not be started: .*No such file"):
        process.perform("first", 1)
    assert process.pid is None
    assert len(list(Path("/proc/self/fd").iterdir())) == descriptors


def test_a_signal_to_the_worker_s_group_is_the_worker_s(made: Made) -> None:
    process = made()
    process.perform("first", 1)
    assert process.pid is not None
    assert os.getsid(process.pid) == process.pid


def test_a_database_that_stays_away_is_told_and_the_process_is_let_go_of(made: Made) -> None:
    process = made()
    with pytest.raises(StoreUnavailable, match="lost the database"):
        process.perform("store", 1)
    assert process.pid is None


def test_one_without_work_leaves_and_the_next_evaluation_brings_another(made: Made, clock: Clock, log: Path) -> None:
    process = made()
    assert not process.leave_if_idle(60)
    process.perform("first", 1)
    left = process.pid
    clock.now = 59
    assert not process.leave_if_idle(60)
    clock.now = 60
    assert process.leave_if_idle(60)
    assert left is not None
    assert not psutil.pid_exists(left)
    assert not process.leave_if_idle(60)
    process.perform("second", 1)
    assert heard(log).count(["equipment", "me"]) == 2


def test_the_end_is_ordered_while_it_measures_and_it_does_not_leave_meanwhile(
    made: Made, clock: Clock, log: Path
) -> None:
    process = made()
    measuring = threading.Thread(target=process.perform, args=("long", 1))
    measuring.start()
    until(lambda: log.exists() and ["measure", "long", 1] in heard(log))
    clock.now = 1000
    assert not process.leave_if_idle(60)
    process.end()
    measuring.join(60)
    assert not measuring.is_alive()
    assert heard(log)[-1] == ["end"]
    # Nothing is begun any more.
    process.close()
    process.perform("after", 1)
    assert process.pid is None


def test_one_that_is_still_starting_when_the_end_is_asked_for_is_ended(made: Made, log: Path) -> None:
    process = made("hangs")
    measuring = threading.Thread(target=process.perform, args=("first", 1))
    measuring.start()
    until(lambda: log.exists() and bool(log.read_text()))
    process.end()
    measuring.join(60)
    assert not measuring.is_alive()
    assert heard(log) == [["equipment", "me"]]


def test_one_that_died_while_it_had_nothing_to_do_is_replaced(made: Made, log: Path) -> None:
    process = made()
    process.perform("first", 1)
    assert process.pid is not None
    first = psutil.Process(process.pid)
    first.kill()
    until(lambda: first.status() == psutil.STATUS_ZOMBIE)
    process.perform("second", 1)
    assert heard(log) == [
        ["equipment", "me"],
        ["measure", "first", 1],
        ["equipment", "me"],
        ["measure", "second", 1],
    ]


def test_one_that_does_not_leave_is_killed(made: Made, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    deaf = "import os, sys, time; print('ready', file=os.fdopen(int(sys.argv[1]), 'w'), flush=True); time.sleep(600)"
    monkeypatch.setattr("evaluation.worker.measuring_process._LEAVE_SECONDS", 0.1)
    process = made()
    process._program = (sys.executable, "-c", deaf)
    process._start_where_none_runs()
    left = process.pid
    process.close()
    assert left is not None
    assert not psutil.pid_exists(left)
