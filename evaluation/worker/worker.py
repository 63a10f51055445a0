"""The worker: takes evaluations from the queue, makes itself heard, and brings back what dead workers left.

It loads no torch: what measures is a process of its own, started when an evaluation comes.
"""

import fcntl
import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from importlib.metadata import version
from pathlib import Path
from types import FrameType

from sqlalchemy import Engine

from backend import tracing
from backend.evaluations.jobs import Files, JobListener, Jobs
from backend.logs import about_evaluation
from backend.private_files import private_file, private_folder
from backend.settings import Settings
from backend.store import evaluations, workers
from backend.store.checkpoints import rewritten_name
from backend.store.engine import create_store_engine, reading, writing
from backend.store.errors import StoreUnavailable
from backend.store.evaluations import EvaluationRecord
from backend.store.evidence_files import EvidenceFiles
from backend.store.file_store import FilesUnavailable
from backend.store.opened_files import checkpoint_store, evidence_store
from evaluation.benchmark import BENCHMARKS
from evaluation.datasets import DATA_SETS
from evaluation.datasets.installation.status import State, status
from evaluation.engine.means import Means
from evaluation.running_cost.own_folder import remove_left_behind
from evaluation.worker import metrics
from evaluation.worker.equipment import Equipment
from evaluation.worker.measuring_process import MeasuringFailed, MeasuringProcess
from evaluation.worker.own_files import OwnFiles
from evaluation.worker.queue_waits import may_have_room
from evaluation.worker.retention import remove_unneeded
from quba.dimension import Pass
from quba.vocabulary import QUEUED

logger = logging.getLogger(__name__)

_NO_MEASURING, _STORE_LOST = 1, 3
_FORGOTTEN_AFTER = timedelta(days=1)
_STOP_SECONDS = 30.0
_PAGE = 1000
_TIDY_EVERY = timedelta(minutes=10)
# How long the measuring process of a worker that was killed may take to notice; it is the last to let go of the name.
_NAME_SECONDS = 30.0
_NAME_POLL_SECONDS = 0.05


class WorkerTaken(RuntimeError):
    """A worker of this name runs on this machine already; the message says how to name another."""


def measurable(data: Path, apart_from: Collection[str] = ()) -> tuple[str, ...]:
    """The built-in benchmarks whose clean images are there; what else is missing costs only its dimension."""
    return tuple(
        key
        for key in BENCHMARKS
        if key not in apart_from
        and any(
            each.benchmark == key and each.source is Pass.CLEAN and status(each, data).state is State.COMPLETE
            for each in DATA_SETS.values()
        )
    )


def own_files_of(settings: Settings, engine: Engine) -> OwnFiles:
    """The files of benchmarks of one's own on this machine."""
    return OwnFiles(engine, roots=settings.data_roots, cache=settings.contents_cache)


def default_name(device: str) -> str:
    """The same after a restart, and different on every machine and device."""
    return f"{socket.gethostname()}-{device.replace(':', '')}"


@dataclass
class _Present:
    """What the worker is doing now."""

    evaluation_id: str | None = None
    idle: threading.Condition = field(default_factory=threading.Condition)


class Worker:
    """A worker in this process.

    Args:
        settings: of the instance.
        benchmarks: built-in ones whose files lie here.
        wanted: the only benchmarks whose evaluations it takes, as soon as their files are here; all when absent.
        data: folder of the data sets.
        means: device, batch size and reading processes.
        name: the worker's; unique, and the same after a restart.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        benchmarks: Sequence[str],
        wanted: Collection[str] | None = None,
        data: Path,
        means: Means,
        name: str,
    ) -> None:
        self._settings = settings
        self._benchmarks = tuple(benchmarks)
        self._wanted = wanted
        self._own: dict[str, str] = {}
        self._name = name
        self._url = settings.resolved_database_url
        self._engine: Engine = create_store_engine(self._url)
        self._ending = threading.Event()
        self._present = _Present()
        self._one_at_a_time = threading.Lock()
        self._brought_back: set[tuple[str, int]] = set()
        self._tidied: datetime | None = None
        self._data = data
        self._means = means
        self._checkpoints = checkpoint_store(settings)
        self._own_files = own_files_of(settings, self._engine)

    def run(self) -> None:
        """Work until a signal asks for the end; what is being measured is let go of and kept.

        Raises:
            WorkerTaken: this name is in use on this machine.
            StoreUnavailable: the database does not answer at the start.
        """
        # The handler only sets a flag: what it interrupts may hold the database's lock.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end)
        with _only_one(self._settings.data_dir, self._name) as held:
            equipment = Equipment(
                settings=self._settings, worker_id=self._name, data=self._data, means=self._means,
                traced=tracing.tracer_provider() is not None,
            )  # fmt: skip
            # Of an earlier measuring process that was killed: nobody may ever ask for a cost again.
            remove_left_behind()
            measuring = MeasuringProcess(equipment, held=(held,))
            self._look_for_files()
            self._beat()
            work = partial(self._work, measuring)
            listener = JobListener(self._url, self._name, self._files(), work)
            listener.start()
            jobs = Jobs(self._url)
            taken = ", ".join((*self._benchmarks, *self._own))
            logger.info("worker %s takes evaluations on %s", self._name, taken)
            while not self._ending.is_set():
                self._look_around(listener, jobs)
                self._ending.wait(self._settings.worker_beat_seconds)
                measuring.leave_if_idle(self._settings.worker_idle_seconds)
            measuring.end()
            with self._present.idle:
                # Bounded: who asks for the end may kill what takes too long; the evaluation must be let go of by then.
                self._present.idle.wait_for(lambda: self._present.evaluation_id is None, _STOP_SECONDS)
            measuring.close()
            self._beat()
            tracing.flush()
            # Ended like this, not in order: the queue must not take the thread's end for the end of its work.
            logging.shutdown()
            os._exit(0)

    def _end(self, _number: int, _frame: FrameType | None) -> None:
        self._ending.set()

    def _work(self, measuring: MeasuringProcess, evaluation_id: str, attempt: int) -> None:
        # One at a time whatever the queue hands on: two would share the memory of one device.
        with self._one_at_a_time, about_evaluation(evaluation_id):
            self._be_at(evaluation_id)
            try:
                with metrics.evaluation_time():
                    measuring.perform(evaluation_id, attempt)
            except StoreUnavailable:
                logger.exception("the database stays away; ending, so that %s is taken up again", evaluation_id)
                # Not an exception, which the queue would take for the end of the job.
                os._exit(_STORE_LOST)
            except MeasuringFailed as error:
                logger.error("%s Ending, so that %s is taken up again.", error, evaluation_id)
                os._exit(_NO_MEASURING)
            finally:
                # What it was about may be why it failed: files that somebody edited.
                self._own_files.look_again()
                self._be_at(None)
            if self._ending.is_set():
                threading.Event().wait()  # until the process ends: the queue keeps it for whoever goes on

    def _be_at(self, evaluation_id: str | None) -> None:
        with self._present.idle:
            self._present.evaluation_id = evaluation_id
            self._present.idle.notify_all()
        if not self._ending.is_set():
            self._beat_or_wait()

    def _files(self) -> list[Files]:
        own = [Files(key, digest) for key, digest in self._own.items()]
        return [*map(Files, self._benchmarks), *own]

    def _look_for_files(self) -> None:
        """Find the benchmarks whose files lie here now, also those that came since the start."""
        came = measurable(self._data, apart_from=self._benchmarks)
        self._benchmarks += tuple(key for key in came if self._is_wanted(key))
        held = self._own_files.digests_here()
        self._own = {key: digest for key, digest in held.items() if self._is_wanted(key)}

    def _is_wanted(self, benchmark: str) -> bool:
        return self._wanted is None or benchmark in self._wanted

    def _look_around(self, listener: JobListener, jobs: Jobs) -> None:
        try:
            self._look_for_files()
        except StoreUnavailable as error:
            logger.warning("the database is away; looking again: %s", error)
        self._beat_or_wait()
        try:
            for files in self._files():
                listener.listen(files)
            listener.take_over(self._workers_gone())
            self._bring_back(jobs)
            self._tidy()
        except StoreUnavailable as error:
            logger.warning("the database is away; looking again: %s", error)

    def _tidy(self) -> None:
        """Delete files that nobody needs any more, now and then."""
        now = datetime.now(UTC)
        # Set before the work, so that a failing clean-up is not tried again with every beat.
        if self._tidied is not None and now - self._tidied < _TIDY_EVERY:
            return
        self._tidied = now
        try:
            remove_unneeded(
                self._engine,
                steps=self._settings.data_dir / "evaluations",
                checkpoint_files=self._checkpoints,
                evidence=EvidenceFiles(evidence_store(self._settings)),
                days=self._settings.retention_days,
                now=now,
            )
        except (OSError, FilesUnavailable) as error:
            logger.warning("files that nobody needs could not be deleted: %s", error)

    def _beat_or_wait(self) -> None:
        try:
            self._beat()
            metrics.BEATS.labels(metrics.HEARD).inc()
        except StoreUnavailable as error:
            metrics.BEATS.labels(metrics.UNHEARD).inc()
            logger.warning("nobody heard this worker: %s", error)

    def _beat(self) -> None:
        busy = self._present.evaluation_id
        state = "stopping" if self._ending.is_set() else "idle" if busy is None else "busy"
        with writing(self._engine) as session:
            workers.beat(
                session,
                self._name,
                device=self._means.device,
                version=version("wellbehaved"),
                state=state,
                evaluation_id=busy,
                benchmarks=(*self._benchmarks, *self._own),
                benchmark_digests=self._own,
            )

    def _workers_gone(self) -> list[str]:
        with writing(self._engine) as session:
            workers.forget(session, _FORGOTTEN_AFTER)
            online = {each.worker_id for each in workers.online(session, self._settings.worker_stale_seconds)}
            known = workers.records(session)
        return [each.worker_id for each in known if each.worker_id not in online or each.state == "stopping"]

    def _bring_back(self, jobs: Jobs) -> None:
        """Hand in once more what waits: a service that was killed in between left it in the store alone."""
        with reading(self._engine) as session:
            waiting: list[EvaluationRecord] = []
            before = None
            # By the page, for how many may wait is the service's setting and not this worker's.
            while page := evaluations.records(session, states=(QUEUED,), limit=_PAGE, before=before):
                waiting += page
                before = page[-1].evaluation_id
        # The first that came is the first to be handed in, so that it stays the first where the queue was lost; one
        # that is retried came when it was.
        for each in sorted(waiting, key=lambda record: (record.updated_at, record.submitted_at)):
            # With the attempt: a retried evaluation is to be queued again, a waiting one but once.
            known = (each.evaluation_id, each.attempt)
            files = Files(each.benchmark, each.benchmark_digest)
            is_new = files in self._files() and known not in self._brought_back
            if is_new and may_have_room(each) and self._has_weights(each):
                jobs.enqueue(each.evaluation_id, each.attempt, priority=each.priority, files=files)
                self._brought_back.add(known)

    def _has_weights(self, record: EvaluationRecord) -> bool:
        """Whether the file of a checkpoint is there; an evaluation whose file is gone waits until it is back."""
        if record.checkpoint_id is None:
            return True
        try:
            return self._checkpoints.held(rewritten_name(record.checkpoint_id, record.weights_key))
        except FilesUnavailable as error:
            logger.warning("%s waits in the queue: %s", record.evaluation_id, error)
            return False


@contextmanager
def _only_one(folder: Path, name: str) -> Iterator[int]:
    """Hold the worker's name on this machine; the system lets go of it however the process ends.

    Gives the descriptor of the lock: a process that has it holds the name, too.
    """
    place = private_folder(folder / "workers")
    deadline = time.monotonic() + _NAME_SECONDS
    with private_file(place / f"{name}.lock").open("w") as file:
        # A lock and not a pid file: the system lets go of it even after kill -9.
        waits = False
        while not _locked(file.fileno()):
            if not waits:
                logger.info("the name %s is in use; waiting for up to %.0f seconds", name, _NAME_SECONDS)
                waits = True
            if time.monotonic() > deadline:
                raise WorkerTaken(
                    f"A worker named {name!r} runs on this machine already. Start another with --name NAME."
                )
            time.sleep(_NAME_POLL_SECONDS)
        yield file.fileno()


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
