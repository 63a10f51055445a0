"""Rankings per second against bare FastAPI routes that return the same bytes; prints the ratios.

All are served by one process in one run. Every request for a ranking has other weights, so nothing can be remembered.
The bare routes return a constant, one from a plain function, which FastAPI runs in a thread, and one from a coroutine,
which is the least that FastAPI can do. A third is a route of the service itself: all that stands around a ranking, and
nothing of the ranking. Beside the rates it prints the time of the processor that the serving process
takes, which other work on the machine blurs less. Usage: python benchmarks/rankings.py [seconds per round]
"""

import asyncio
import multiprocessing
import random
import socket
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import httpx
import psutil
import uvicorn
from fastapi import FastAPI, Request, Response
from starlette.applications import Starlette
from starlette.routing import Mount, Route

from backend.app import create_app
from backend.ranking.ranked import rank_models
from backend.ranking.view_queries import ViewQuery
from backend.settings import Settings
from quba.dimensions import DIMENSIONS
from wellbehaved.processes import migrate_store

PATH = "/v1/rankings?limit=50"
PATHS = {
    "rankings": PATH,
    "function": "/bare/function?limit=50",
    "coroutine": "/bare/coroutine?limit=50",
    "service": "/v1/constant?limit=50",
}
CONNECTIONS = 8
ROUNDS = 5
# The study's. The others have no values of the study, and a model that lacks what is weighed has no score.
WEIGHED = [key for key, dimension in DIMENSIONS.items() if dimension.default_weight]


def serve(settings: Settings, port: int) -> None:
    """Serve the real application and a bare one side by side."""
    real = create_app(settings)
    bare = FastAPI()
    with httpx.Client(transport=_transport(real), base_url="http://local") as client:
        constant = client.get(PATH).content

    @bare.get("/coroutine")
    async def coroutine() -> Response:
        return Response(constant, media_type="application/json")

    @bare.get("/function")
    def function() -> Response:
        return Response(constant, media_type="application/json")

    async def of_the_service(_: Request) -> Response:
        return Response(constant, media_type="application/json")

    real.router.routes.insert(0, Route("/v1/constant", of_the_service))
    uvicorn.run(
        Starlette(routes=[Mount("/bare", bare), Mount("/", real)]), port=port, log_level="error", access_log=False
    )


def _transport(app: FastAPI) -> httpx.BaseTransport:
    from wellbehaved.in_process import InProcessTransport

    return InProcessTransport(app)


def weighted_paths(path: str, rng: random.Random) -> list[list[str]]:
    """For each connection, paths under weights that no request had before; a bare route gets the same to read."""
    return [[f"{path}&{_weights(rng)}" for _ in range(3000)] for _ in range(CONNECTIONS)]


def _weights(rng: random.Random) -> str:
    return "&".join(f"w.{key}={rng.random():.6f}" for key in WEIGHED)


async def _connection(port: int, paths: list[str], stop: float) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answered = 0
    while time.perf_counter() < stop:
        path = paths[answered % len(paths)]
        writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        if " 200 " not in head.partition("\r\n")[0]:
            raise RuntimeError(f"{path} answered {head[:200]}")
        length = next(line for line in head.splitlines() if line.lower().startswith("content-length:"))
        await reader.readexactly(int(length.split(":")[1]))
        answered += 1
    writer.close()
    return answered


async def _count(port: int, paths_of: list[list[str]], seconds: float) -> int:
    stop = time.perf_counter() + seconds
    return sum(await asyncio.gather(*(_connection(port, paths, stop) for paths in paths_of)))


class Round(NamedTuple):
    """What one round found: requests per second, and the microseconds of the processor that each took."""

    rate: float
    processor_microseconds: float


def measured_round(process: psutil.Process, port: int, paths_of: list[list[str]], seconds: float) -> Round:
    """Ask for some seconds over all connections."""
    used, start = process.cpu_times(), time.perf_counter()
    count = asyncio.run(_count(port, paths_of, seconds))
    took, now = time.perf_counter() - start, process.cpu_times()
    return Round(count / took, (now.user + now.system - used.user - used.system) / count * 1e6)


def print_rounds(rounds: dict[str, list[Round]]) -> None:
    """Print the median of each kind, and its ratio to rankings round by round."""
    for kind, found in rounds.items():
        pairs = list(zip(rounds["rankings"], found, strict=True))
        by_rate = [ours.rate / other.rate for ours, other in pairs]
        by_processor = [other.processor_microseconds / ours.processor_microseconds for ours, other in pairs]
        print(
            f"{kind:10} {statistics.median(each.rate for each in found):7.0f} requests/s, ratio "
            f"{statistics.median(by_rate):.2f} ({min(by_rate):.2f} to {max(by_rate):.2f}, {ROUNDS} rounds; goal 0.50); "
            f"{statistics.median(each.processor_microseconds for each in found):.0f} us of the processor each, ratio "
            f"{statistics.median(by_processor):.2f} ({min(by_processor):.2f} to {max(by_processor):.2f})"
        )


def recomputation_milliseconds(settings: Settings) -> float:
    """Median time of scoring, ranking and ordering all models under new weights, without reading or writing bytes."""
    rankings = create_app(settings).state.rankings
    times = []
    rng = random.Random(1)
    for _ in range(500):
        view = ViewQuery.read({f"w.{key}": rng.random() for key in WEIGHED}).view()
        prepared = rankings.prepared_pool(view.pool, view.normalisation)
        start = time.perf_counter()
        rank_models(prepared, view)
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1000


def main() -> None:
    """Run the rounds, alternating, and print what they found."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 3.0
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(data_dir=Path(folder))
        migrate_store(settings)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        server = multiprocessing.get_context("spawn").Process(target=serve, args=(settings, port), daemon=True)
        server.start()
        rng = random.Random(0)
        try:
            await_answer(f"http://127.0.0.1:{port}/v1/ready")
            process = psutil.Process(server.pid)
            rounds: dict[str, list[Round]] = {kind: [] for kind in PATHS}
            for _ in range(ROUNDS):
                for kind, path in PATHS.items():
                    rounds[kind].append(measured_round(process, port, weighted_paths(path, rng), seconds))
        finally:
            server.terminate()
            server.join()
        print_rounds(rounds)
        print(f"recomputation {recomputation_milliseconds(settings):.3f} ms (goal: under 1 ms)")


def await_answer(url: str) -> None:
    """Wait until an address answers."""
    for _ in range(300):
        try:
            if httpx.get(url).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise RuntimeError(f"{url} does not answer")


if __name__ == "__main__":
    main()
