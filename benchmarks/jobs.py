"""What the queue costs and how fast it recovers, on the toy benchmark with a tiny network.

Prints: the seconds from a worker's start, after a kill, to its first new progress; what a step costs in a job beyond
the same run without a queue; and the service's answers to 20 clients while a job runs.
Usage: python benchmarks/jobs.py [DATA_FOLDER] (holding toy-shapes; without one they are drawn first, in a minute)
"""

import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import timm
from safetensors.torch import save_file

from backend.security import ensure_token
from backend.settings import Settings
from evaluation.benchmark import BENCHMARKS
from evaluation.engine.means import Means
from evaluation.engine.run import Run
from evaluation.engine.stages import Protocol, Request
from evaluation.models.loading import load
from evaluation.toy.generator import make_toy
from wellbehaved.client import Client
from wellbehaved.processes import migrate_store

ARCHITECTURE = "test_resnet"
DIMENSIONS = ["accuracy", "calibration_error", "class_balance", "ood_robustness", "object_focus", "shape_bias"]
CLIENTS, SECONDS = 20, 15.0


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(holds: Callable[[], bool]) -> float:
    """Seconds until something holds."""
    started = time.perf_counter()
    while not holds():
        time.sleep(0.02)
    return time.perf_counter() - started


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        data = Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else folder / "datasets"
        if len(sys.argv) == 1:
            make_toy(data)
        settings = Settings(data_dir=folder / "data", database_url=None, _env_file=None)
        migrate_store(settings)
        weights = folder / "tiny.safetensors"
        save_file(timm.create_model(ARCHITECTURE, num_classes=16).state_dict(), weights)
        port = free_port()
        environment = {**os.environ, "WELLBEHAVED_DATA_DIR": str(settings.data_dir)}
        environment.pop("WELLBEHAVED_DATABASE_URL", None)
        service = [sys.executable, "-m", "wellbehaved.cli", "serve", "--port", str(port)]
        worker = [sys.executable, "-m", "wellbehaved.cli", "worker", "--data", str(data), "--workers", "0"]
        with subprocess.Popen(service, env=environment, stderr=subprocess.DEVNULL) as serving:
            client = Client(f"http://127.0.0.1:{port}", token=ensure_token(settings), timeout=60)
            until(lambda: _answers(f"http://127.0.0.1:{port}/v1/ready"))
            try:
                _measure(client, worker, environment, weights, data, folder)
            finally:
                serving.terminate()


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, trust_env=False).is_success
    except httpx.TransportError:
        return False


def _measure(
    client: Client, worker: list[str], environment: dict[str, str], weights: Path, data: Path, folder: Path
) -> None:
    checkpoint = client.checkpoints.upload(weights)["checkpoint_id"]

    def submit(seed: int, **more: int) -> str:
        asked: dict[str, Any] = {"architecture": ARCHITECTURE, "benchmark": "toy-shapes", "name": "tiny", **more}
        found = client.evaluations.submit(checkpoint_id=checkpoint, seed=seed, dimensions=DIMENSIONS, **asked)
        return str(found["evaluation_id"])

    with subprocess.Popen(worker, env=environment, stderr=subprocess.DEVNULL) as running:
        first = submit(1)
        until(lambda: bool(client.evaluations.get(first)["results"]))
        running.send_signal(signal.SIGKILL)
        running.wait()
    before = client.evaluations.get(first)["updated_at"]
    with subprocess.Popen(worker, env=environment, stderr=subprocess.DEVNULL) as running:
        try:
            resumed = until(lambda: client.evaluations.get(first)["updated_at"] != before)
            print(f"killed worker started again: goes on after {resumed:.1f} s (at most 10)")
            until(lambda: client.evaluations.get(first)["state"] == "succeeded")
            _overhead(client, submit, weights, data, folder)
            _load(client, submit)
        finally:
            running.terminate()


def _overhead(client: Client, submit: Callable[..., str], weights: Path, data: Path, folder: Path) -> None:
    per_class, in_queue, alone = 20, [], []
    for turn in range(3):
        evaluation = submit(100 + turn, samples_per_class=per_class)
        until(partial(_over, client, evaluation))
        answer = client.evaluations.get(evaluation)
        in_queue.append(_seconds(answer["started_at"], answer["finished_at"]))
        request = Request(
            benchmark=BENCHMARKS["toy-shapes"], dimensions=tuple(DIMENSIONS), protocol=Protocol.CORRECTED,
            samples_per_class=per_class, seed=100 + turn,
        )  # fmt: skip
        started = time.perf_counter()
        model = load(ARCHITECTURE, class_count=16, weights=weights)
        run = Run([model], request, root=data, folder=folder / f"steps{turn}", means=Means(workers=0))
        run.execute()
        alone.append(time.perf_counter() - started)
        steps = len(list((folder / f"steps{turn}").rglob("*.npz")))
    queued, bare = statistics.median(in_queue), statistics.median(alone)
    print(
        f"a job of {steps} steps: {queued:.2f} s in the queue, {bare:.2f} s without one: "
        f"{1000 * (queued - bare) / steps:.0f} ms for a step (at most 50)"
    )


def _over(client: Client, evaluation: str) -> bool:
    # Seldom, because asking costs the cores that measure.
    time.sleep(0.5)
    return bool(client.evaluations.get(evaluation)["state"] == "succeeded")


def _seconds(start: str | None, end: str | None) -> float:
    assert start
    assert end
    return (datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds()


def _load(client: Client, submit: Callable[..., str]) -> None:
    evaluations = [submit(1000 + turn) for turn in range(6)]
    until(lambda: client.evaluations.get(evaluations[0])["state"] != "queued")
    times: list[float] = []
    faults: list[str] = []
    ending = time.perf_counter() + SECONDS

    def ask(number: int) -> None:
        with httpx.Client(base_url=client.base_url, trust_env=False, timeout=30) as own:
            turn = 0
            while time.perf_counter() < ending:
                turn += 1
                started = time.perf_counter()
                answer = own.get("/v1/rankings", params={"limit": 50, "w.accuracy": 1 + number + turn / 1000})
                times.append(time.perf_counter() - started)
                if not answer.is_success:
                    faults.append(str(answer.status_code))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    working = [client.evaluations.get(each)["state"] for each in evaluations]
    p99 = statistics.quantiles(times, n=100)[98]
    print(
        f"{CLIENTS} clients while a job runs: {len(times)} answers, {len(faults)} errors, p99 {p99:.2f} s (at most 1); "
        f"jobs by then: {', '.join(working)}"
    )


if __name__ == "__main__":
    main()
