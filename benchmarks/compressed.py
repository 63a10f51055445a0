"""What a ranking under new weights costs the service compressed, beside the same uncompressed; prints the ratios.

Seconds of the service's processor, all its threads, so that what else the machine does counts little. Every request has
other weights, so that nothing that was compressed before can be sent again.
Usage: python -m benchmarks.compressed [rounds]
"""

import multiprocessing
import random
import socket
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import httpx
import psutil
import uvicorn

from backend.app import create_app
from backend.settings import Settings
from benchmarks.rankings import WEIGHED, await_answer
from wellbehaved.processes import migrate_store

GOAL: Final = 1.3
CODINGS: Final = ("identity", "zstd", "gzip")
PAGES: Final = (50, 326)
# The system counts hundredths of a second.
REQUESTS_PER_ROUND: Final = 1500


def serve(settings: Settings, port: int) -> None:
    """Serve the application."""
    uvicorn.run(create_app(settings), port=port, log_level="error", access_log=False)


@contextmanager
def service(folder: Path) -> Iterator[tuple[str, psutil.Process]]:
    """The address of a service on a new store, once it answers, and its process."""
    settings = Settings(data_dir=folder)
    migrate_store(settings)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(settings, port), daemon=True)
    process.start()
    try:
        address = f"http://127.0.0.1:{port}"
        await_answer(f"{address}/v1/ready")
        yield address, psutil.Process(process.pid)
    finally:
        process.terminate()
        process.join()


def seconds_each(process: psutil.Process, client: httpx.Client, limit: int, coding: str, rng: random.Random) -> float:
    """Of the service's processor for a request."""
    before = process.cpu_times()
    for _ in range(REQUESTS_PER_ROUND):
        weights = {f"w.{key}": f"{rng.random():.6f}" for key in WEIGHED}
        path = client.build_request("GET", "/v1/rankings", params={"limit": limit, **weights})
        path.headers["accept-encoding"] = coding
        with_body = client.send(path, stream=True)
        # As it came: to unpack it is the caller's cost.
        sum(len(part) for part in with_body.iter_raw())
        if not with_body.is_success:
            raise RuntimeError(f"{path.url} answered {with_body.status_code}")
    after = process.cpu_times()
    return (after.user + after.system - before.user - before.system) / REQUESTS_PER_ROUND


def main() -> None:
    """Run the rounds, alternating, and print the median of each coding and its ratio to no coding."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    rng = random.Random(0)
    with (
        tempfile.TemporaryDirectory() as folder,
        service(Path(folder)) as (address, process),
        httpx.Client(base_url=address) as client,
    ):
        for limit in PAGES:
            # The first answers make the texts that all later ones are put together from.
            seconds_each(process, client, limit, "identity", rng)
            found: dict[str, list[float]] = {coding: [] for coding in CODINGS}
            for _ in range(rounds):
                for coding in CODINGS:
                    found[coding].append(seconds_each(process, client, limit, coding, rng))
            for coding, times in found.items():
                ratios = [one / plain for one, plain in zip(times, found["identity"], strict=True)]
                print(
                    f"{limit:4} models, {coding:8} {statistics.median(times) * 1000:.3f} ms, "
                    f"ratio {statistics.median(ratios):.2f} (goal {GOAL})"
                )


if __name__ == "__main__":
    main()
