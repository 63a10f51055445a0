"""A measuring process: `python -m evaluation.worker.measuring`, started by a worker when an evaluation comes.

It holds torch, so that a worker that waits need not. Over its standard input it hears what to do, and over a pipe of
its own it says what it did; standard output stays free for what a model prints.

What takes long to load is imported once the process hears orders, so that it leaves with its worker from the start on.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from queue import SimpleQueue
from typing import TYPE_CHECKING, TextIO

from backend import tracing
from backend.logs import about_evaluation, start_worker_log
from backend.store.engine import create_store_engine
from backend.store.errors import StoreUnavailable
from backend.store.evidence_files import EvidenceFiles
from backend.store.opened_files import checkpoint_store, evidence_store
from evaluation.worker.equipment import Equipment
from evaluation.worker.measuring_process import DONE, END, MEASURE, READY, STORE_LOST

if TYPE_CHECKING:
    from evaluation.worker.job import Workplace

logger = logging.getLogger(__name__)

_Jobs = SimpleQueue[tuple[str, int, tracing.Carrier]]


def workplace_of(equipment: Equipment, ending: threading.Event) -> Workplace:
    """Where the process works."""
    from evaluation.worker.job import Workplace
    from evaluation.worker.own_benchmarks import own_benchmarks_of

    settings = equipment.settings
    engine = create_store_engine(settings.resolved_database_url)
    return Workplace(
        engine=engine,
        worker_id=equipment.worker_id,
        data=equipment.data,
        checkpoints=checkpoint_store(settings),
        steps=settings.data_dir / "evaluations",
        evidence=EvidenceFiles(evidence_store(settings)),
        means=equipment.means,
        ending=ending,
        own=own_benchmarks_of(settings, engine),
    )


def hear(orders: Iterable[str], jobs: _Jobs, ending: threading.Event, leave: Callable[[int], object]) -> None:
    """Take orders from the worker until there are no more, and then leave at once.

    Args:
        orders: lines of JSON: `["measure", evaluation, attempt, trace]` or `["end"]`; the trace is that of the worker,
            or empty.
        jobs: where evaluations are put.
        ending: set where the evaluation at hand shall be let go of in order.
        leave: ends the process. The orders end when the worker does, however it does, and nobody must write in its
            name any more: whoever comes next under that name goes on.
    """
    for line in orders:
        match _order(line):
            case [str(word), str(evaluation_id), int(attempt), dict(carrier)] if word == MEASURE:
                jobs.put((evaluation_id, attempt, carrier))
            case [str(word)] if word == END:
                ending.set()
            case _:
                logger.error("%r is no order; ending", line)
                leave(1)
                return
    leave(0)


def _order(line: str) -> object:
    try:
        return json.loads(line)
    except ValueError:
        return None  # cut off, as where the worker was killed while it wrote


def measure(jobs: _Jobs, place: Workplace, answers: TextIO) -> None:
    """Perform one evaluation after the other and say of each how it went, for as long as the process lives."""
    from evaluation.worker.job import Job

    while True:
        evaluation_id, attempt, carrier = jobs.get()
        about = {tracing.EVALUATION_ID: evaluation_id}
        with about_evaluation(evaluation_id), tracing.span("measure", about, parent=carrier):
            try:
                Job(evaluation_id, attempt, place).perform()
            except StoreUnavailable:
                logger.exception("the database stays away; %s is to be taken up again", evaluation_id)
                _answer(answers, STORE_LOST)
                return
        _answer(answers, DONE)
        # After each one: where this process is left, it ends at once.
        tracing.flush()


def _answer(answers: TextIO, text: str) -> None:
    answers.write(f"{text}\n")
    answers.flush()


def _keep_to_this_process(descriptors: Sequence[int]) -> None:
    """See that no process started from here holds what says that this one lives, or takes its orders."""
    for descriptor in descriptors:
        os.set_inheritable(descriptor, False)
        # A reader of images is forked, and lives for a moment longer than a process that was killed.
        os.register_at_fork(after_in_child=partial(_close_in_child_of, os.getpid(), descriptor))


def _close_in_child_of(owner: int, descriptor: int) -> None:
    # In a child's child the number may be that of another file by now.
    if os.getppid() == owner:
        os.close(descriptor)


def _orders_apart() -> int:
    """Standard input under another number, with nothing left in its place.

    A thread that waits for a line of `sys.stdin` holds its lock, which a forked reader of images would wait for without
    end: multiprocessing closes `sys.stdin` in each child. And no model reads the orders for its own.
    """
    orders = os.dup(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return orders


def main(answering: int, *held: int) -> None:
    """Serve the worker that started this process.

    Args:
        answering: file descriptor of the pipe for answers.
        held: further ones that this process keeps open as long as it lives: the lock of the worker's name.
    """
    # A terminal's Ctrl-C and a service manager's signal reach all processes; the worker gives the order.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    descriptor = _orders_apart()
    _keep_to_this_process((answering, descriptor, *held))
    with os.fdopen(descriptor) as orders:
        _serve(orders, answering)


def _serve(orders: TextIO, answering: int) -> None:
    equipment = Equipment.of_line(orders.readline())
    start_worker_log(equipment.settings.log_level, equipment.settings.log_format)
    if equipment.traced:
        tracing.start(tracing.WORKER, instance=equipment.worker_id)
    ending, jobs = threading.Event(), _Jobs()
    threading.Thread(target=hear, args=(orders, jobs, ending, os._exit), daemon=True, name="orders").start()
    code = 1
    try:
        with os.fdopen(answering, "w") as answers:
            place = workplace_of(equipment, ending)
            _answer(answers, READY)
            measure(jobs, place, answers)
        code = 0
    except Exception:
        logger.exception("the measuring process of %s ends", equipment.worker_id)
    finally:
        logging.shutdown()
        # Not in order: the thread that waits for orders holds what an interpreter that ends would wait for.
        os._exit(code)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
