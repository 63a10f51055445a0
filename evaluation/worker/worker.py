"""The worker: takes evaluations from the queue, makes itself heard, and brings back what dead workers left."""

import fcntl
import logging
import os
import signal
import socket
import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from types import FrameType

from sqlalchemy import Engine

from backend.evaluations.jobs import Files, JobListener, Jobs
from backend.private_files import private_file, private_folder
from backend.settings import Settings
from backend.store import evaluations, workers
from backend.store.engine import create_store_engine, reading, writing
from backend.store.errors import StoreUnavailable
from backend.store.evidence_files import EVIDENCE, EvidenceFiles
from evaluation.benchmark import BENCHMARKS
from evaluation.datasets import DATA_SETS
from evaluation.datasets.installation.status import State, status
from evaluation.engine.run import Means
from evaluation.worker.job import Job, Workplace
from evaluation.worker.own_benchmarks import OwnBenchmarks
from evaluation.worker.retention import remove_unneeded
from quba.dimension import Pass
from quba.vocabulary import QUEUED

logger = logging.getLogger(__name__)

_STORE_LOST = 3
_FORGOTTEN_AFTER = timedelta(days=1)
_STOP_SECONDS = 30.0
_TIDY_EVERY = timedelta(minutes=10)


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


def own_benchmarks_of(settings: Settings, engine: Engine) -> OwnBenchmarks:
    """The benchmarks of one's own whose files lie on this machine."""
    shown = settings.data_dir / "datasets"
    return OwnBenchmarks(engine, roots=settings.data_roots, cache=settings.contents_cache, shown=shown)


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
        self._place = Workplace(
            engine=self._engine,
            worker_id=name,
            data=data,
            checkpoints=settings.data_dir / "checkpoints",
            steps=settings.data_dir / "evaluations",
            evidence=EvidenceFiles(settings.data_dir / EVIDENCE),
            means=means,
            ending=self._ending,
            own=own_benchmarks_of(settings, self._engine),
        )

    def run(self) -> None:
        """Work until a signal asks for the end; what is being measured is let go of and kept.

        Raises:
            WorkerTaken: this name is in use on this machine.
            StoreUnavailable: the database does not answer at the start.
        """
        # The handler only sets a flag: what it interrupts may hold the database's lock.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end)
        with _only_one(self._settings.data_dir, self._name):
            self._look_for_files()
            self._beat()
            listener = JobListener(self._url, self._name, self._files(), self._work)
            listener.start()
            jobs = Jobs(self._url)
            taken = ", ".join((*self._benchmarks, *self._own))
            logger.info("worker %s takes evaluations on %s", self._name, taken)
            while not self._ending.is_set():
                self._look_around(listener, jobs)
                self._ending.wait(self._settings.worker_beat_seconds)
            with self._present.idle:
                # Bounded: who asks for the end may kill what takes too long; the evaluation must be let go of by then.
                self._present.idle.wait_for(lambda: self._present.evaluation_id is None, _STOP_SECONDS)
            self._beat()
            # Ended like this, not in order: the queue must not take the thread's end for the end of its work.
            logging.shutdown()
            os._exit(0)

    def _end(self, _number: int, _frame: FrameType | None) -> None:
        self._ending.set()

    def _work(self, evaluation_id: str, attempt: int) -> None:
        # One at a time whatever the queue hands on: two would share the memory of one device.
        with self._one_at_a_time:
            self._be_at(evaluation_id)
            try:
                Job(evaluation_id, attempt, self._place).perform()
            except StoreUnavailable:
                logger.exception("the database stays away; ending, so that %s is taken up again", evaluation_id)
                # Not an exception, which the queue would take for the end of the job.
                os._exit(_STORE_LOST)
            finally:
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
        came = measurable(self._place.data, apart_from=self._benchmarks)
        self._benchmarks += tuple(key for key in came if self._is_wanted(key))
        held = self._place.own.digests_here()
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
                steps=self._place.steps,
                checkpoint_files=self._place.checkpoints,
                evidence=self._place.evidence,
                days=self._settings.retention_days,
                now=now,
            )
        except OSError as error:
            logger.warning("files that nobody needs could not be deleted: %s", error)

    def _beat_or_wait(self) -> None:
        try:
            self._beat()
        except StoreUnavailable as error:
            logger.warning("nobody heard this worker: %s", error)

    def _beat(self) -> None:
        busy = self._present.evaluation_id
        state = "stopping" if self._ending.is_set() else "idle" if busy is None else "busy"
        with writing(self._engine) as session:
            workers.beat(
                session,
                self._name,
                device=self._place.means.device,
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
            waiting = evaluations.records(session, states=(QUEUED,), limit=1000)
        for each in waiting:
            # With the attempt: a retried evaluation is to be queued again, a waiting one but once.
            known = (each.evaluation_id, each.attempt)
            files = Files(each.benchmark, each.benchmark_digest)
            if files in self._files() and known not in self._brought_back:
                jobs.enqueue(each.evaluation_id, each.attempt, priority=each.priority, files=files)
                self._brought_back.add(known)


@contextmanager
def _only_one(folder: Path, name: str) -> Iterator[None]:
    """Hold the worker's name on this machine; the system lets go of it however the process ends."""
    place = private_folder(folder / "workers")
    with private_file(place / f"{name}.lock").open("w") as file:
        try:
            # A lock and not a pid file: the system lets go of it even after kill -9.
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise WorkerTaken(
                f"A worker named {name!r} runs on this machine already. Start another with --name NAME."
            ) from None
        yield
