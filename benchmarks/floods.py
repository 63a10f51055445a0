"""What a well-behaved client notices of floods: its p99 under each, over its p99 on the idle service; one run.

Floods by 100 connections at once: endless headers, headers byte by byte, bodies byte by byte, endless bodies to a path
that does not want them, and connections without a word; each is opened again as soon as it is closed. Then eight
clients that ask the dearest questions, each of which has another seed so that nothing can be remembered. The memory of
the service's processes is told at the end. Usage: python benchmarks/floods.py [seconds per round]
"""

import asyncio
import contextlib
import itertools
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

import httpx
import psutil

from backend.settings import Settings
from wellbehaved.processes import migrate_store

CONNECTIONS = 100
ASKERS = 8
GOAL = 5.0
PAUSE_SECONDS = 0.02
DEAREST = (
    "/v1/stability?draws=20000&seed={seed}",
    "/v1/rank-intervals?draws=20000&seed={seed}",
    "/v1/what-if/resnet50?target_rank=1&w.accuracy=1.{seed}",
    "/v1/findings?alpha=0.0{seed}",
    "/v1/decision-record?w.accuracy=1.{seed}",
)
GET = b"GET /v1/rankings?limit=5 HTTP/1.1\r\nhost: localhost\r\n"
CHUNKED = b"POST /nowhere HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n"

Flood = Callable[[asyncio.StreamWriter], Coroutine[Any, Any, None]]


async def endless_header(writer: asyncio.StreamWriter) -> None:
    """Fill one header without end."""
    writer.write(GET + b"x: ")
    while True:
        writer.write(b"a" * 65_536)
        await writer.drain()
        await asyncio.sleep(0)


async def slow_header(writer: asyncio.StreamWriter) -> None:
    """Send a header byte by byte."""
    writer.write(GET + b"x: ")
    while True:
        writer.write(b"a")
        await writer.drain()
        await asyncio.sleep(0.2)


async def slow_body(writer: asyncio.StreamWriter) -> None:
    """Send a body byte by byte."""
    writer.write(b"POST /v1/rankings HTTP/1.1\r\nhost: localhost\r\ncontent-length: 100000\r\n\r\n")
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.2)


async def endless_body(writer: asyncio.StreamWriter) -> None:
    """Send a body without end to a path that does not want it, 100 KiB a second."""
    writer.write(CHUNKED)
    while True:
        writer.write(b"2800\r\n" + b"x" * 0x2800 + b"\r\n")
        await writer.drain()
        await asyncio.sleep(0.1)


async def no_word(_: asyncio.StreamWriter) -> None:
    """Say nothing."""
    await asyncio.sleep(3600)


FLOODS: tuple[Flood, ...] = (endless_header, slow_header, slow_body, endless_body, no_word)


async def _connection(port: int, flood: Flood) -> None:
    while True:
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            sending = asyncio.ensure_future(flood(writer))
            try:
                while await reader.read(65_536):
                    pass
            finally:
                sending.cancel()
                await asyncio.gather(sending, return_exceptions=True)
                writer.transport.abort()
        await asyncio.sleep(0.1)


async def _asker(port: int, numbers: "itertools.count[int]", answers: dict[int, int]) -> None:
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=120, trust_env=False) as client:
        while True:
            seed = next(numbers)
            answer = await client.get(DEAREST[seed % len(DEAREST)].format(seed=seed))
            answers[answer.status_code] = answers.get(answer.status_code, 0) + 1
            if answer.status_code == httpx.codes.TOO_MANY_REQUESTS:
                await asyncio.sleep(float(answer.headers["retry-after"]))


@contextlib.asynccontextmanager
async def beside(jobs: list[Coroutine[Any, Any, None]]) -> AsyncIterator[None]:
    """Run these until the block ends."""
    tasks = [asyncio.ensure_future(job) for job in jobs]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def measure_client(port: int, seconds: float) -> tuple[float, float]:
    """Median and p99 in milliseconds of a client that asks for other rankings every time; in a process of its own."""
    script = f"from benchmarks.floods import ask; ask({port}, {seconds})"
    root = str(Path(__file__).resolve().parents[1])
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True, cwd=root)
    median, p99 = done.stdout.split()
    return float(median), float(p99)


def ask(port: int, seconds: float) -> None:
    """Print median and p99 of one client."""
    times = []
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=120, trust_env=False) as client:
        client.get("/v1/rankings?limit=50")
        stop = time.perf_counter() + seconds
        for number in itertools.count():
            if time.perf_counter() > stop:
                break
            start = time.perf_counter()
            client.get(f"/v1/rankings?limit=50&w.accuracy=1.{number}").raise_for_status()
            times.append((time.perf_counter() - start) * 1000)
            time.sleep(PAUSE_SECONDS)
    print(statistics.median(times), statistics.quantiles(times, n=100)[98])


def resident(pid: int) -> int:
    """MiB that a process and its children hold."""
    processes = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    return sum(int(each.memory_info().rss) for each in processes) // 2**20


async def run(port: int, seconds: float, pid: int) -> None:
    """Measure idle and each flood, and print the ratios."""

    def line(name: str, found: tuple[float, float], idle: float) -> None:
        ratio = found[1] / idle
        print(
            f"{name:16} p50 {found[0]:7.1f} ms  p99 {found[1]:7.1f} ms  ratio {ratio:5.1f}  goal {GOAL:g}", flush=True
        )

    started = resident(pid)
    idle = [await asyncio.to_thread(measure_client, port, seconds) for _ in range(3)]
    p99 = statistics.median(each[1] for each in idle)
    line("idle", (statistics.median(each[0] for each in idle), p99), p99)
    for flood in FLOODS:
        async with beside([_connection(port, flood) for _ in range(CONNECTIONS)]):
            await asyncio.sleep(0.5)
            line(flood.__name__, await asyncio.to_thread(measure_client, port, seconds), p99)
    flooded, answers = resident(pid), dict[int, int]()
    numbers = itertools.count(1)
    async with beside([_asker(port, numbers, answers) for _ in range(ASKERS)]):
        await asyncio.sleep(2)
        line("dear questions", await asyncio.to_thread(measure_client, port, seconds), p99)
        most = resident(pid)
    print(f"answers to dear questions by status: {answers}")
    await asyncio.sleep(5)
    print(f"MiB: {started} at first, {flooded} after the floods, {most} under dear questions, {resident(pid)} after")


def main() -> None:
    """Start a service of its own and flood it."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 6.0
    with tempfile.TemporaryDirectory() as folder:
        migrate_store(Settings(data_dir=Path(folder)))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        serve = [sys.executable, "-m", "wellbehaved.cli", "serve", "--port", str(port)]
        environment = {**os.environ, "WELLBEHAVED_DATA_DIR": folder, "WELLBEHAVED_LOG_LEVEL": "error"}
        with subprocess.Popen(serve, env=environment) as service:
            try:
                for _ in range(300):
                    with contextlib.suppress(httpx.TransportError):
                        if httpx.get(f"http://127.0.0.1:{port}/v1/ready", trust_env=False).is_success:
                            break
                    time.sleep(0.1)
                asyncio.run(run(port, seconds, service.pid))
            finally:
                service.terminate()


if __name__ == "__main__":
    main()
