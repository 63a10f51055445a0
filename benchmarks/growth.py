"""How each question's cost grows with the number of models; prints a table with fitted exponents.

Stores of simulated models (`wellbehaved simulate`) are served one after the other by a process of its own. The cost of
a question is the processor's time of that process, which other work on the machine moves less than the clock; the first
ranking after a start, for which nothing is remembered, is given by both. An exponent is the slope of log cost over log
models, from the second size on: 1 is in proportion to the models. While the first ranking is computed, /v1/health is
asked all the time: its worst answer says whether the service was there for others meanwhile. Then a file is imported,
and the first ranking after it is timed in the same way. In the same run the ranking's 95th percentile by the clock
stands beside that of a bare product of as many standardised values with the weights and a partition in NumPy.

Usage: python benchmarks/growth.py [models ...], by default 0 3000 30000 beside the 326 of the study.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import numpy as np
import psutil

SIZES = (0, 3000, 30_000)
PUBLISHED = 326
DRAWS = 10_000
GROUPS = "group comparison"
# Without the token, so many draws of so many models are refused.
WITH_TOKEN = (f"stability of 25, {DRAWS:,} draws", "evaluations, 50 rows")
# What the dashboard and the command line ask: 25 rows, or one model, or one picture.
QUESTIONS = {
    "ranking, 25 rows": "/v1/rankings?limit=25&w.accuracy={weight}",
    "models, 25 rows": "/v1/models?limit=25&q=resnet",
    "one model": "/v1/models/alexnet",
    "headline": "/v1/headline?w.accuracy={weight}",
    "facets": "/v1/facets?w.accuracy={weight}",
    "comparison of 3": "/v1/comparisons?models=alexnet,resnet50,vgg16&w.accuracy={weight}",
    "Pareto front, 2 dimensions": "/v1/pareto?dimensions=accuracy,parameters_millions",
    "Pareto front, 3 dimensions": "/v1/pareto?dimensions=accuracy,parameters_millions,calibration_error",
    "correlations": "/v1/correlations?w.accuracy={weight}",
    "tiers": "/v1/rank-intervals?limit=1&draws=100&w.accuracy={weight}",
    "rank intervals of 25, draws that fit": "/v1/rank-intervals?limit=25&w.accuracy={weight}",
    "stability of 25, draws that fit": "/v1/stability?limit=25&w.accuracy={weight}",
    f"stability of 25, {DRAWS:,} draws": f"/v1/stability?limit=25&draws={DRAWS}&seed={{seed}}&w.accuracy={{weight}}",
    "stability of all, draws that fit": "/v1/stability?w.accuracy={weight}",
    "decision record": "/v1/decision-record?w.accuracy={weight}",
    "findings": "/v1/findings?alpha=0.01{seed}",
    GROUPS: "/v1/group-comparisons",
    "constraints": "/v1/constraints?accuracy.gte=0.8",
    "evaluations, 50 rows": "/v1/evaluations?limit=50",
    "board's matrix, a kept answer": "/v1/standardised-scores",
}
TURNS = 200
_IMPORT = b"model_id,name,accuracy\ngrown,Grown,0.5\n"
REPEATS, ENOUGH_SECONDS, MOST_SECONDS = 5, 2.0, 600.0


@dataclass
class Service:
    """A service on a store of one size, with what was measured of it."""

    models: int
    folder: Path
    costs: dict[str, float] = field(default_factory=dict)

    def measure(self) -> None:
        """Fill the store, serve it, ask everything."""
        environment = {**os.environ, "WELLBEHAVED_DATA_DIR": str(self.folder), "WELLBEHAVED_PORT": "0"}
        environment.pop("WELLBEHAVED_DATABASE_URL", None)
        program = [sys.executable, "-m", "wellbehaved.cli"]
        command = ["simulate", "--models", str(self.models)] if self.models else ["migrate"]
        start = time.perf_counter()
        subprocess.run([*program, *command], env=environment, check=True, stdout=subprocess.DEVNULL)
        self.costs["filling the store (clock)"] = time.perf_counter() - start
        port = _free_port()
        with subprocess.Popen(
            [*program, "serve", "--port", str(port)], env=environment, stdout=subprocess.DEVNULL
        ) as server:
            try:
                self._ask_all(f"http://127.0.0.1:{port}", psutil.Process(server.pid))
            finally:
                server.terminate()

    def _ask_all(self, url: str, process: psutil.Process) -> None:
        token = (self.folder / "token").read_text().strip()
        with httpx.Client(base_url=url, timeout=MOST_SECONDS) as client:
            while not _answers(client, "/v1/health"):
                time.sleep(0.1)
            self._ask_first(client, url, process, "first ranking")
            client.headers["Authorization"] = f"Bearer {token}"
            client.post("/v1/imports", content=_IMPORT, headers={"Content-Type": "text/csv"}).raise_for_status()
            client.headers["Authorization"] = ""
            self._ask_first(client, url, process, "first ranking after an import")
            self._wait_for_the_newest(client)
            self._compare_with_numpy(client)
            for name, question in QUESTIONS.items():
                # What everybody may ask is asked as everybody: who holds the token also sees what is not published.
                client.headers["Authorization"] = f"Bearer {token}" if name in WITH_TOKEN else ""
                self.costs[name] = _cost(client, question, process)
            self.costs["memory of the service, GB"] = process.memory_full_info().pss / 1e9

    def _wait_for_the_newest(self, client: httpx.Client) -> None:
        newest = client.get("/v1/ready").json()["data_version"]
        start = time.perf_counter()
        while client.get("/v1/rankings?limit=1").json()["data_version"] != newest:
            time.sleep(0.05)
        self.costs["until the import shows (clock)"] = time.perf_counter() - start

    def _compare_with_numpy(self, client: httpx.Client) -> None:
        generator = np.random.default_rng(0)
        values = generator.standard_normal((self.models + PUBLISHED, 9))

        def ask(number: int) -> None:
            _ask(client, QUESTIONS["ranking, 25 rows"], 1000 + number).raise_for_status()

        def compute(_: int) -> None:
            scores = values @ generator.random(9)
            np.argpartition(-scores, 25)

        # In turn, so that other work on the machine slows both alike.
        waits = np.array([[_seconds(each, number) for each in (ask, compute)] for number in range(TURNS)])
        of_ranking, of_numpy = np.percentile(waits, 95, axis=0)
        self.costs["ranking, 25 rows, 95th percentile (clock)"] = float(of_ranking)
        self.costs["bare product and partition, 95th percentile (clock)"] = float(of_numpy)

    def _ask_first(self, client: httpx.Client, url: str, process: psutil.Process, name: str) -> None:
        done = threading.Event()
        waits: list[float] = []

        def watch_health() -> None:
            with httpx.Client(base_url=url, timeout=MOST_SECONDS) as other:
                # Once at least: of few models the ranking is there before the client that asks has been made.
                while not (done.is_set() and waits):
                    start = time.perf_counter()
                    other.get("/v1/health").raise_for_status()
                    waits.append(time.perf_counter() - start)
                    time.sleep(0.01)

        watcher = threading.Thread(target=watch_health)
        watcher.start()
        start, busy = time.perf_counter(), _busy(process)
        client.get(QUESTIONS["ranking, 25 rows"].format(weight=1.5, seed=0)).raise_for_status()
        self.costs[f"{name} (clock)"] = time.perf_counter() - start
        self.costs[name] = _busy(process) - busy
        done.set()
        watcher.join()
        self.costs[f"worst answer of /v1/health during the {name} (clock)"] = max(waits)


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _answers(client: httpx.Client, path: str) -> bool:
    try:
        return client.get(path).is_success
    except httpx.TransportError:
        return False


def _seconds(run: Callable[[int], None], number: int) -> float:
    start = time.perf_counter()
    run(number)
    return time.perf_counter() - start


def _busy(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _ask(client: httpx.Client, question: str, number: int) -> httpx.Response:
    """Ask as nobody has before; what depends on no number is answered from memory."""
    if question == QUESTIONS[GROUPS]:
        return client.post(question, json={"b": {"head": ["zero-shot"]}, "seed": number})
    return client.get(question.format(weight=1 + number / 1000, seed=number))


def _cost(client: httpx.Client, question: str, process: psutil.Process) -> float:
    """Seconds of the processor for one answer, each under other weights; NaN where it is refused."""
    _ask(client, question, 400)
    start, busy = time.perf_counter(), _busy(process)
    asked = 0
    while asked < REPEATS or time.perf_counter() - start < ENOUGH_SECONDS:
        asked += 1
        answer = _ask(client, question, asked)
        if answer.is_error:
            print(f"  {question}: {answer.status_code} {answer.text[:200]}", file=sys.stderr)
            return float("nan")
        # What costs long needs no mean.
        if time.perf_counter() - start > 10 * ENOUGH_SECONDS:
            break
    return (_busy(process) - busy) / asked


def exponent(models: list[int], costs: list[float]) -> float:
    """The slope of log cost over log models, NaN for fewer than two sizes."""
    known = [(count, cost) for count, cost in zip(models, costs, strict=True) if cost > 0]
    if len(known) < 2:
        return float("nan")
    counts, seconds = np.log(np.array(known)).T
    return float(np.polyfit(counts, seconds, 1)[0])


def main() -> None:
    """Measure each size and print the table, in Markdown."""
    sizes = [int(each) for each in sys.argv[1:]] or list(SIZES)
    services = []
    for models in sizes:
        with tempfile.TemporaryDirectory() as folder:
            service = Service(models, Path(folder) / "data")
            service.measure()
            services.append(service)
            print(json.dumps({"models": models + PUBLISHED, **service.costs}), file=sys.stderr, flush=True)
    counts = [each.models + PUBLISHED for each in services]
    print(f"| seconds of the processor | {' | '.join(f'{count:,} models' for count in counts)} | exponent |")
    print("| --- |" + " --- |" * (len(counts) + 1))
    for name in services[0].costs:
        costs = [each.costs[name] for each in services]
        print(f"| {name} | {' | '.join(f'{cost:.3g}' for cost in costs)} | {exponent(counts[1:], costs[1:]):.2f} |")


if __name__ == "__main__":
    main()
