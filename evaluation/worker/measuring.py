"""A measuring process: `python -m evaluation.worker.measuring`, started by a worker when an evaluation comes.

It holds torch, so that a worker that waits need not. Over its standard input it hears what to do, and over a pipe of
its own it says what it did; standard output stays free for what a model prints.
"""

import json
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from queue import SimpleQueue
from typing import TextIO

from backend.store.engine import create_store_engine
from backend.store.errors import StoreUnavailable
from backend.store.evidence_files import EVIDENCE, EvidenceFiles
from evaluation.worker.equipment import Equipment
from evaluation.worker.job import Job, Workplace
from evaluation.worker.measuring_process import DONE, END, MEASURE, READY, STORE_LOST
from evaluation.worker.own_benchmarks import own_benchmarks_of

logger = logging.getLogger(__name__)

_Jobs = SimpleQueue[tuple[str, int]]


def workplace_of(equipment: Equipment, ending: threading.Event) -> Workplace:
    """Where the process works."""
    settings = equipment.settings
    engine = create_store_engine(settings.resolved_database_url)
    return Workplace(
        engine=engine,
        worker_id=equipment.worker_id,
        data=equipment.data,
        checkpoints=settings.data_dir / "checkpoints",
        steps=settings.data_dir / "evaluations",
        evidence=EvidenceFiles(settings.data_dir / EVIDENCE),
        means=equipment.means,
        ending=ending,
        own=own_benchmarks_of(settings, engine),
    )


def hear(orders: Iterable[str], jobs: _Jobs, ending: threading.Event, leave: Callable[[int], object]) -> None:
    """Take orders from the worker until there are no more, and then leave at once.

    Args:
        orders: lines of JSON: `["measure", evaluation, attempt]` or `["end"]`.
        jobs: where evaluations are put.
        ending: set where the evaluation at hand shall be let go of in order.
        leave: ends the process. The orders end when the worker does, however it does, and nobody must write in its
            name any more: whoever comes next under that name goes on.
    """
    for line in orders:
        match json.loads(line):
            case [str(word), str(evaluation_id), int(attempt)] if word == MEASURE:
                jobs.put((evaluation_id, attempt))
            case [str(word)] if word == END:
                ending.set()
            case order:
                logger.error("%s is no order; ending", order)
                leave(1)
                return
    leave(0)


def measure(jobs: _Jobs, place: Workplace, answers: TextIO) -> None:
    """Perform one evaluation after the other and say of each how it went, for as long as the process lives."""
    while True:
        evaluation_id, attempt = jobs.get()
        try:
            Job(evaluation_id, attempt, place).perform()
        except StoreUnavailable:
            logger.exception("the database stays away; %s is to be taken up again", evaluation_id)
            _answer(answers, STORE_LOST)
            return
        _answer(answers, DONE)


def _answer(answers: TextIO, text: str) -> None:
    answers.write(f"{text}\n")
    answers.flush()


def _keep_to_this_process(descriptors: Sequence[int]) -> None:
    """See that no process started from here holds what says that this one lives."""
    for descriptor in descriptors:
        os.set_inheritable(descriptor, False)
        # A reader of images is forked, and lives for a moment longer than a process that was killed.
        os.register_at_fork(after_in_child=partial(os.close, descriptor))


def main(answering: int, *held: int) -> None:
    """Serve the worker that started this process.

    Args:
        answering: file descriptor of the pipe for answers.
        held: further ones that this process keeps open as long as it lives: the lock of the worker's name.
    """
    _keep_to_this_process((answering, *held))
    # A terminal's Ctrl-C and a service manager's signal reach all processes; the worker gives the order.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    equipment = Equipment.of_line(sys.stdin.readline())
    logging.basicConfig(level=equipment.settings.log_level.upper(), format="worker: %(message)s")
    ending, jobs = threading.Event(), _Jobs()
    with os.fdopen(answering, "w") as answers:
        _answer(answers, READY)
        threading.Thread(target=hear, args=(sys.stdin, jobs, ending, os._exit), daemon=True, name="orders").start()
        measure(jobs, workplace_of(equipment, ending), answers)
    logging.shutdown()
    # Not in order: the thread that waits for orders holds what an interpreter that ends would wait for.
    os._exit(0)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
