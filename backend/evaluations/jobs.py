"""The queue of the workers: the only file that knows DBOS.

The queue decides who works on what and brings back what a dead worker left; what was measured and how it ended stands
in the store's own tables. Its tables lie in the same Postgres database, or in a SQLite file beside the store's.
"""

import sqlite3
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy.engine import make_url

from backend import tracing
from backend.evaluations.queue_clock import with_clock
from backend.private_files import private_database
from backend.store.engine import translate_errors

if TYPE_CHECKING:
    from dbos import DBOSClient, EnqueueOptions

# DBOS is imported where it is used: half of what `wellbehaved rank` would load, which queues nothing, would be DBOS's.

_WORKFLOW = "evaluate"
_APPLICATION = "wellbehaved"
# Constant: by default it follows the code, and an upgrade would strand what is queued.
_APPLICATION_VERSION = "evaluations-1"
_POLL_SECONDS = 0.5

Work = Callable[[str, int], None]
_SHOWN_DIGEST = 16


@dataclass(frozen=True, slots=True)
class Files:
    """The files that an evaluation needs: a benchmark, and of one of one's own the version.

    Attributes:
        benchmark: its key.
        digest: of the version; None for the built-in ones.
    """

    benchmark: str
    digest: str | None = None

    @property
    def queue(self) -> str:
        """The queue of those who have them.

        >>> Files("toy-shapes").queue, Files("flowers", "sha256:0123456789abcdef0123").queue
        ('evaluations-toy-shapes', 'evaluations-flowers@0123456789abcdef')
        """
        if self.digest is None:
            return f"evaluations-{self.benchmark}"
        return f"evaluations-{self.benchmark}@{self.digest.rpartition(':')[2][:_SHOWN_DIGEST]}"


def prepare(database_url: str) -> None:
    """Make the queue's tables, or bring them up to date; done already, it changes nothing.

    Args:
        database_url: of the store.

    Raises:
        StoreUnavailable: the database does not answer.
    """
    from dbos import DBOS

    url = _queue_url(database_url)
    with translate_errors():
        if (path := _file(url)) is not None:
            private_database(path)
            with closing(sqlite3.connect(path, timeout=30)) as connection:
                connection.execute("PRAGMA journal_mode=WAL")
        DBOS.migrate(url)


class Jobs:
    """What the service tells the workers.

    Args:
        database_url: of the store; not connected to before it is needed.
    """

    def __init__(self, database_url: str) -> None:
        self._database_url = database_url
        self._client: DBOSClient | None = None
        self._one_connects = threading.Lock()

    def enqueue(self, evaluation_id: str, attempt: int, *, priority: int, files: Files) -> None:
        """Hand an evaluation to the workers that have the benchmark's files; queued already, it stays as it is.

        Raises:
            StoreUnavailable: the queue does not answer.
        """
        about = _span_attributes(evaluation_id, attempt)
        with translate_errors(), tracing.span("queue evaluation", about, kind="producer"):
            options: EnqueueOptions = {
                "workflow_name": _WORKFLOW,
                "queue_name": files.queue,
                "workflow_id": _job_id(evaluation_id, attempt),
                "app_version": _APPLICATION_VERSION,
                "priority": priority,
            }
            if tracing.tracer_provider() is not None:
                from opentelemetry.context import get_current

                # No argument: a worker of another version, or one that sends no traces, need not know of it.
                options["otel_context"] = get_current()
            self._connect().enqueue(options, evaluation_id, attempt)

    def cancel(self, evaluation_id: str, attempt: int) -> None:
        """Take one that waits from the queue; one that is worked on learns it from the store.

        Raises:
            StoreUnavailable: the queue does not answer.
        """
        with translate_errors():
            self._connect().cancel_workflow(_job_id(evaluation_id, attempt))

    def close(self) -> None:
        """Let go of the database."""
        if self._client is not None:
            self._client.destroy()
            self._client = None

    def _connect(self) -> "DBOSClient":
        from dbos import DBOSClient, DBOSPortableJSONSerializer

        with self._one_connects:
            if self._client is None:
                # A queue that was lost, or left out of a backup, is made anew: workers queue again what waits.
                prepare(self._database_url)
                self._client = DBOSClient(
                    system_database_url=_queue_url(self._database_url),
                    serializer=DBOSPortableJSONSerializer(),
                    application_name=_APPLICATION,
                    retry_connection_errors=False,
                )
            return self._client


class JobListener:
    """What a worker hears; one for each process.

    Args:
        database_url: of the store.
        worker_id: the same after a restart, so that it finds what it left, and no other worker's.
        files: whose evaluations it takes from the start; more with `listen`.
        work: is called with the evaluation and its attempt, in a thread, and again after a crash.
    """

    def __init__(self, database_url: str, worker_id: str, files: Iterable[Files], work: Work) -> None:
        from dbos import DBOS, DBOSPortableJSONSerializer

        self._queues = [each.queue for each in files]
        # By default values are pickled, and whoever can write to the database could run code here.
        DBOS(
            config={
                "name": _APPLICATION,
                "system_database_url": _queue_url(database_url),
                "serializer": DBOSPortableJSONSerializer(),
                "application_version": _APPLICATION_VERSION,
                "executor_id": worker_id,
                "log_level": "WARNING",
            }
        )

        # Dead-lettering is the store's: it tells apart who crashes in a circle from who was killed while advancing.
        @DBOS.workflow(name=_WORKFLOW, max_recovery_attempts=None)
        def evaluate(evaluation_id: str, attempt: int) -> None:
            about = _span_attributes(evaluation_id, attempt)
            with tracing.span("evaluate", about, kind="consumer", parent=_queued_carrier()):
                work(evaluation_id, attempt)

    def start(self) -> None:
        """Begin to take evaluations, first those that this worker left behind."""
        from dbos import DBOS

        DBOS.listen_queues(self._queues)
        DBOS.launch()
        for queue in self._queues:
            self._register(queue)

    def listen(self, files: Files) -> None:
        """Take evaluations of further files, too, such as of a benchmark that was added since; again does no harm."""
        from dbos._dbos import _get_dbos_instance

        if files.queue in self._queues:
            return
        with translate_errors():
            self._register(files.queue)
        self._queues.append(files.queue)
        # `listen_queues` may be called before the launch only, and copies what it is given.
        _get_dbos_instance()._listening_queues = list(self._queues)

    @staticmethod
    def _register(queue: str) -> None:
        from dbos import DBOS

        DBOS.register_queue(queue, worker_concurrency=1, polling_interval_sec=_POLL_SECONDS)

    def take_over(self, worker_ids: Sequence[str]) -> None:
        """Put back into the queue what workers that are gone had taken; doing it twice does no harm."""
        from dbos import DBOS

        with translate_errors():
            DBOS._recover_pending_workflows(list(worker_ids))

    def stop(self) -> None:
        """Take no more; what is being worked on is left to be taken up again."""
        from dbos import DBOS

        DBOS.destroy()


def _span_attributes(evaluation_id: str, attempt: int) -> Mapping[str, tracing.Attribute]:
    return {tracing.EVALUATION_ID: evaluation_id, "wellbehaved.evaluation.attempt": attempt}


def _queued_carrier() -> tracing.Carrier | None:
    """The trace of whoever queued the job at hand; None where that was part of none."""
    # Not by `get_workflow_status`, which would ask the database, keep the answer as a step of the job, and fail it.
    from dbos._context import get_local_dbos_context

    context = get_local_dbos_context()
    return None if context is None else context.start_options.otel_carrier


def _job_id(evaluation_id: str, attempt: int) -> str:
    return f"{evaluation_id}-{attempt}"


def _queue_url(database_url: str) -> str:
    url = make_url(database_url)
    if (path := _file(database_url)) is not None:
        # A file of its own: the queue is polled and written all the time, which would look like new data.
        url = with_clock(url.set(database=str(path.with_name(f"{path.stem}-jobs{path.suffix}"))))
    return url.render_as_string(hide_password=False)


def _file(database_url: str) -> Path | None:
    url = make_url(database_url)
    return Path(str(url.database)).absolute() if url.get_backend_name() == "sqlite" else None
