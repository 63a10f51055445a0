"""A store with a checkpoint and a queue, and workers in processes of their own that can be killed."""

import json
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest import mock

import timm
import torch
from safetensors.torch import save_file
from sqlalchemy import Engine

from backend.evaluations.jobs import Files, Jobs
from backend.settings import Settings
from backend.store import checkpoints, evaluations
from backend.store.engine import create_store_engine, reading, writing
from backend.store.evaluations import EvaluationRecord, NewEvaluation, ResultRecord

ARCHITECTURE = "test_resnet"
CHECKPOINT = "0" * 64
LIGHT = (
    "accuracy", "calibration_error", "class_balance", "ood_robustness", "object_focus", "shape_bias",
    "parameters_millions",
)  # fmt: skip
BEAT, STALE = 0.3, 2.0
# Loading torch takes seconds, and on a machine that does much else half a minute.
_PATIENCE = 600.0

# Forked from a server that has loaded the libraries, so that a worker starts in a tenth of a second. What measures for
# it is a fresh interpreter, as it always is.
_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["evaluation.worker.worker"])


def make_checkpoint(folder: Path) -> None:
    """A small network with drawn weights, as the check of checkpoints leaves one behind."""
    folder.mkdir(parents=True)
    torch.manual_seed(0)
    net = timm.create_model(ARCHITECTURE, num_classes=16)
    metadata = {"input_size": json.dumps([3, 32, 32]), "crop_pct": "1.0"}
    save_file(net.state_dict(), folder / f"{CHECKPOINT}.safetensors", metadata=metadata)


def work(settings: Settings, data: Path, name: str, benchmark: str = "toy-shapes", readers: int = 0) -> None:
    """What a worker's process runs."""
    # A process forked under pytest would write into its files.
    null = os.open(os.devnull, os.O_WRONLY)
    for number in (1, 2):
        os.dup2(null, number)
    from evaluation.engine.means import Means
    from evaluation.worker.worker import Worker

    # For its measuring process: several workers share the cores here.
    os.environ["OMP_NUM_THREADS"] = "1"
    Worker(settings, benchmarks=(benchmark,), data=data, means=Means(workers=readers), name=name).run()


@dataclass
class QueueWorld:
    """One store with its queue.

    Attributes:
        settings: of the instance.
        data: folder of the data sets.
        engine: of the store.
        jobs: the queue as the service sees it.
    """

    settings: Settings
    data: Path
    engine: Engine
    jobs: Jobs
    _processes: list[ForkServerProcess] = field(default_factory=list)

    def submit(self, count: int = 1, *, first_seed: int = 0, queued: bool = True, **asked: Any) -> list[str]:  # noqa: ANN401
        """Hand in evaluations that differ in their seed; gives their identifiers."""
        found = []
        for seed in range(first_seed, first_seed + count):
            columns: dict[str, Any] = {
                "name": "Mine", "checkpoint_id": CHECKPOINT, "model": None, "architecture": ARCHITECTURE,
                "benchmark": "toy-shapes", "protocol": "corrected", "dimensions": LIGHT, "samples_per_class": None,
                "seed": seed, "priority": 50,
            }  # fmt: skip
            with writing(self.engine) as session:
                record, _ = evaluations.submit(session, NewEvaluation(**{**columns, **asked}))
            if queued:
                self.jobs.enqueue(record.evaluation_id, 1, priority=record.priority, files=Files(record.benchmark))
            found.append(record.evaluation_id)
        return found

    def worker(self, name: str = "one", target: Callable[..., None] = work) -> ForkServerProcess:
        """Start a worker."""
        process = _CONTEXT.Process(target=target, args=(self.settings, self.data, name), daemon=True)
        # A child runs its parent's main module again, and after tests of pages that is a page of the dashboard.
        with mock.patch.dict(sys.modules, {"__main__": ModuleType("__main__")}):
            process.start()
        self._processes.append(process)
        return process

    def record(self, evaluation_id: str) -> EvaluationRecord:
        """An evaluation as it stands."""
        with reading(self.engine) as session:
            found = evaluations.record(session, evaluation_id)
        assert found is not None
        return found

    def results(self, evaluation_id: str) -> list[ResultRecord]:
        """What was measured."""
        with reading(self.engine) as session:
            return evaluations.results(session, evaluation_id)

    def values(self, evaluation_id: str) -> Mapping[tuple[str, str], tuple[float | None, float | None]]:
        """Value and standard error by phase and dimension."""
        return {(row.phase, row.dimension): (row.value, row.standard_error) for row in self.results(evaluation_id)}

    def states(self, ids: Iterable[str]) -> list[str]:
        """The state of each."""
        return [self.record(each).state for each in ids]

    def await_states(self, ids: Iterable[str], *wanted: str, seconds: float = _PATIENCE) -> None:
        """Wait until all are in one of these states."""
        ids = list(ids)
        self.until(lambda: all(state in wanted for state in self.states(ids)), seconds, lambda: self.states(ids))

    def until(
        self, holds: Callable[[], bool], seconds: float = _PATIENCE, told: Callable[[], object] = lambda: ""
    ) -> None:
        """Wait until something holds."""
        deadline = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < deadline, f"not within {seconds} s: {told()}"
            time.sleep(0.05)

    def finished_steps(self) -> dict[Path, int]:
        """When each step that is on disk was finished."""
        found = {}
        # Unlike Path.rglob, it goes on where a folder vanishes, because its evaluation has just succeeded.
        for folder, _, names in os.walk(self.settings.data_dir / "evaluations"):
            for path in (Path(folder, name) for name in names if name.endswith(".npz")):
                with suppress(FileNotFoundError):
                    found[path] = path.stat().st_mtime_ns
        return found

    def end(self) -> None:
        """Kill what still runs."""
        for process in self._processes:
            if process.is_alive() and process.pid is not None:
                os.kill(process.pid, signal.SIGCONT)
                process.kill()
            process.join(10)
        self.jobs.close()
        self.engine.dispose()


@contextmanager
def queue_world(url: str, data: Path, folder: Path) -> Iterator[QueueWorld]:
    """A world on a migrated store; its workers are killed at the end."""
    settings = Settings(
        data_dir=folder, database_url=url, worker_beat_seconds=BEAT, worker_stale_seconds=STALE, _env_file=None
    )
    make_checkpoint(folder / "checkpoints")
    world = QueueWorld(settings=settings, data=data, engine=create_store_engine(url), jobs=Jobs(url))
    with writing(world.engine) as session:
        checkpoints.add(session, checkpoint_id=CHECKPOINT, filename="mine.pt", size_bytes=1, format="torch")
    try:
        yield world
    finally:
        world.end()
