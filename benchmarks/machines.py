"""What several machines without a shared folder do with one queue, and what a large file costs on its way to a bucket.

Two services and four workers, each with a data folder of its own, on a private Postgres and a private S3-compatible
server, all of them on this machine: jobs are submitted to both services while workers are killed and started again.
Then one file goes into the bucket and is fetched by another machine, in a process whose peak memory is read.
Usage: python benchmarks/machines.py [--jobs 500] [--kills 40] [--gib 2] [--data FOLDER] (holding toy-shapes)
"""

import argparse
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import httpx
import timm
from safetensors.torch import save_file
from sqlalchemy import text

from backend.private_files import private_folder
from backend.settings import Settings
from backend.store.engine import create_store_engine, reading
from backend.store.file_cache import FileCache
from backend.store.object_files import ObjectFiles
from evaluation.toy.generator import make_toy
from tests.conftest import fresh_database, running_postgres
from tests.object_server import ObjectServer, running_object_server
from wellbehaved.client import Client
from wellbehaved.processes import migrate_store

ARCHITECTURE, BUCKET, TOKEN = "test_resnet", "files", "benchmark-token-of-no-use-elsewhere"
SERVICES, WORKERS, MIB = 2, 4, 1024**2
PORT = 18700


def until(holds: Callable[[], bool], seconds: float = 3600) -> float:
    """Seconds until something holds."""
    started = time.perf_counter()
    while not holds():
        if time.perf_counter() - started > seconds:
            raise TimeoutError(f"not within {seconds:.0f} s")
        time.sleep(0.2)
    return time.perf_counter() - started


class Machines:
    """The services and workers, each with a folder of its own.

    Args:
        folder: of all of them.
        environment: variables that they share.
        data: folder of the data sets.
    """

    def __init__(self, folder: Path, environment: Mapping[str, str], data: Path) -> None:
        self.folder, self.environment, self.data = folder, environment, data
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, *command: str) -> None:
        """Start a part on a machine of its own."""
        log = (self.folder / f"{name}.log").open("ab")
        own = {**self.environment, "WELLBEHAVED_DATA_DIR": str(self.folder / name)}
        program = [sys.executable, "-m", "wellbehaved.cli", *command]
        self.running[name] = subprocess.Popen(program, env=own, stdout=log, stderr=log)
        log.close()

    def serve(self, number: int) -> str:
        """Start a service; gives its address."""
        port = PORT + number
        self.start(f"service-{number}", "serve", "--port", str(port))
        url = f"http://127.0.0.1:{port}"
        until(lambda: _answers(f"{url}/v1/ready"), 300)
        return url

    def work(self, number: int) -> None:
        """Start a worker."""
        self.start(f"worker-{number}", "worker", "--data", str(self.data), "--workers", "0", "--name", f"w{number}")

    def kill(self, number: int) -> None:
        """Kill a worker as `kill -9` does."""
        process = self.running[f"worker-{number}"]
        process.kill()
        process.wait()

    def end(self) -> None:
        """End all parts."""
        for process in self.running.values():
            process.terminate()
        for process in self.running.values():
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, trust_env=False, timeout=30).is_success
    except httpx.TransportError:
        return False


def share_a_queue(folder: Path, server: ObjectServer, url: str, data: Path, jobs: int, kills: int) -> None:
    """Submit jobs to both services, kill workers meanwhile, and count what became of each."""
    environment = {
        **os.environ, **server.environment(), "WELLBEHAVED_DATABASE_URL": url, "WELLBEHAVED_TOKEN": TOKEN,
        "WELLBEHAVED_FILES_URL": f"s3://{BUCKET}/jobs", "WELLBEHAVED_MAX_QUEUED_EVALUATIONS": str(jobs + 1),
        "WELLBEHAVED_WORKER_BEAT_SECONDS": "1", "WELLBEHAVED_WORKER_STALE_SECONDS": "10", "OMP_NUM_THREADS": "1",
    }  # fmt: skip
    settings = Settings(data_dir=folder / "migration", database_url=url, token=TOKEN, _env_file=None)
    migrate_store(settings)
    weights = folder / "tiny.safetensors"
    save_file(timm.create_model(ARCHITECTURE, num_classes=16).state_dict(), weights)
    machines = Machines(folder, environment, data)
    try:
        clients = [Client(machines.serve(each), token=TOKEN, timeout=300) for each in range(SERVICES)]
        # Uploaded to one machine; the other and the workers find it in the bucket.
        checkpoint = clients[0].checkpoints.upload(weights)["checkpoint_id"]
        submitted = [
            clients[each % SERVICES].evaluations.submit(
                checkpoint_id=checkpoint, architecture=ARCHITECTURE, benchmark="toy-shapes", name=f"tiny {each}",
                samples_per_class=1, seed=each, dimensions=["accuracy"],
            )["evaluation_id"]
            for each in range(jobs)
        ]  # fmt: skip
        started = time.perf_counter()
        for number in range(WORKERS):
            machines.work(number)
        _kill_meanwhile(machines, url, jobs, kills)
        until(lambda: _finished(url) == jobs)
        _report(url, submitted, kills, time.perf_counter() - started)
    finally:
        machines.end()


def _kill_meanwhile(machines: Machines, url: str, jobs: int, kills: int) -> None:
    """Spread the kills over the jobs, so that each hits workers that are at work."""
    moments = random.Random(1)
    for number in range(kills):
        # By what is done and not by the clock: the same on a fast machine and on a busy one.
        due = jobs * number * 0.9 / kills
        until(partial(lambda least: _finished(url) >= least, due))
        time.sleep(moments.uniform(0, 0.5))
        victim = number % WORKERS
        machines.kill(victim)
        machines.work(victim)


def _finished(url: str) -> int:
    return sum(count for state, count in _states(url).items() if state not in ("queued", "running"))


def _states(url: str) -> Mapping[str, int]:
    engine = create_store_engine(url)
    try:
        with reading(engine) as session:
            rows = session.execute(text("SELECT state, count(*) FROM evaluation GROUP BY state"))
            return {str(state): int(count) for state, count in rows}
    finally:
        engine.dispose()


def _report(url: str, submitted: list[str], kills: int, seconds: float) -> None:
    engine = create_store_engine(url)
    with reading(engine) as session:
        rows = session.execute(text("SELECT evaluation_id, state, worker_id, attempt FROM evaluation")).all()
        results = session.execute(text("SELECT evaluation_id, count(*) FROM evaluation_result GROUP BY evaluation_id"))
        counts: dict[str, int] = {str(each): int(count) for each, count in results}
        faults = session.execute(text("SELECT error FROM evaluation WHERE error IS NOT NULL")).scalars().all()
    engine.dispose()
    states, workers = Counter(row[1] for row in rows), Counter(row[2] for row in rows)
    lost = set(submitted) - {row[0] for row in rows if row[1] == "succeeded"}
    doubled = [each for each in submitted if counts.get(each, 0) != 1]
    print(
        f"{len(submitted)} jobs to {SERVICES} services, {WORKERS} workers {dict(workers)}, {kills} kills, "
        f"{seconds:.0f} s: {dict(states)}; {len(lost)} lost, {len(doubled)} without exactly one result, "
        f"attempts {dict(Counter(row[3] for row in rows))}, errors {faults}"
    )


def carry_a_large_file(folder: Path, gib: float) -> None:
    """Send a file into the bucket and fetch it on another machine; run in a process of its own."""
    here = ObjectFiles(f"s3://{BUCKET}/large", "checkpoints", FileCache(folder / "here", 64 * 1024 * MIB))
    there = ObjectFiles(f"s3://{BUCKET}/large", "checkpoints", FileCache(folder / "there", 64 * 1024 * MIB))
    source = private_folder(here.scratch) / "large.part"
    with source.open("wb") as file:
        for _ in range(round(gib * 1024)):
            file.write(os.urandom(MIB))
    here.check(writing=True)
    before = _peak()
    started = time.perf_counter()
    here.keep("large.original", source)
    up = time.perf_counter() - started
    above = _peak() - before
    started = time.perf_counter()
    with there.reading("large.original") as path:
        size = path.stat().st_size
    down = time.perf_counter() - started
    print(
        f"{size / 1024**3:.2f} GiB: up in {up:.0f} s with {above:.0f} MiB above the {before:.0f} that the process had, "
        f"down and held against its sha256 in {down:.0f} s with {_peak() - before:.0f} MiB above them"
    )


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Print the figures."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--jobs", type=int, default=500)
    asked.add_argument("--kills", type=int, default=40)
    asked.add_argument("--gib", type=float, default=2.0)
    asked.add_argument("--data", type=Path)
    asked.add_argument("--carry", type=Path, help="for the process that carries the file")
    options = asked.parse_args()
    if options.carry:
        carry_a_large_file(options.carry, options.gib)
        return
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="machines-")))
        server = stack.enter_context(running_object_server(folder / "objects"))
        server.make_bucket(BUCKET)
        if options.gib:
            again = [sys.executable, str(Path(__file__).resolve()), "--carry", str(folder), "--gib", str(options.gib)]
            subprocess.run(again, env={**os.environ, **server.environment()}, check=True)
        if options.jobs:
            data = options.data or folder / "datasets"
            if options.data is None:
                make_toy(data)
            url = stack.enter_context(fresh_database(stack.enter_context(running_postgres())))
            share_a_queue(folder, server, url, data.resolve(), options.jobs, options.kills)


if __name__ == "__main__":
    main()
