"""Throughput and memory of handing in a checkpoint, against a bare ASGI application that writes the same body to disk.

Both are served by processes of their own, in turn, on the same disk; the checkpoint differs in every round, so that
none is already there. Prints megabytes per second, the ratio of the medians, and what the service's memory grew by.
Usage: python benchmarks/upload.py [megabytes] [rounds]
"""

import http.client
import json
import multiprocessing
import os
import secrets
import socket
import statistics
import struct
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import uvicorn
from starlette.types import Receive, Scope, Send

from backend.app import create_app
from backend.security import ensure_token
from backend.settings import Settings
from evaluation.checkpoints.confined_check import ConfinedCheck
from wellbehaved.processes import migrate_store

MEGABYTE = 1024 * 1024


def settings_in(folder: Path) -> Settings:
    """Those of an instance of its own."""
    return Settings(data_dir=folder, database_url=None, _env_file=None)


def serve_real(folder: Path, port: int) -> None:
    """The service, with the scan that every upload gets."""
    uvicorn.run(create_app(settings_in(folder), ConfinedCheck()), port=port, log_level="error", access_log=False)


def serve_bare(folder: Path, port: int) -> None:
    """The least that can be done with a body."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        with (folder / secrets.token_hex(8)).open("wb") as file:
            while True:
                message = await receive()
                file.write(message.get("body", b""))
                if not message.get("more_body"):
                    break
        await send({"type": "http.response.start", "status": 201, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body"})

    uvicorn.run(app, port=port, log_level="error", access_log=False, lifespan="off")


def checkpoint(megabytes: int) -> bytes:
    """A safetensors file with one tensor of random bytes."""
    size = megabytes * MEGABYTE
    header = json.dumps({"weight": {"dtype": "U8", "shape": [size], "data_offsets": [0, size]}}).encode()
    return struct.pack("<Q", len(header)) + header + os.urandom(size)


def seconds_to_send(port: int, path: str, body: bytes, token: str) -> float:
    """How long one upload takes, from the first byte sent to the answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    start = time.perf_counter()
    connection.request("POST", path, body, {"Authorization": f"Bearer {token}", "Content-Length": str(len(body))})
    answer = connection.getresponse()
    text = answer.read()
    if answer.status != http.client.CREATED:
        raise RuntimeError(f"{path} answered {answer.status}: {text[:500]!r}")
    return time.perf_counter() - start


def memory(pid: int, name: str) -> float:
    """VmRSS, or VmHWM, which is the most there ever was, in megabytes."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith(name))) / 1024


def serve_both(context: multiprocessing.context.SpawnContext, folder: Path) -> Iterator[tuple[str, int, int]]:
    """Start both; gives their name, port and process."""
    for name, serve in (("bare", serve_bare), ("real", serve_real)):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        process = context.Process(target=serve, args=(folder, port), daemon=True)
        process.start()
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except ConnectionRefusedError:
                time.sleep(0.05)
        yield name, port, int(process.pid or 0)


def main() -> None:
    """Measure and print."""
    megabytes, rounds = (int(word) for word in (sys.argv[1:] + ["150", "7"][len(sys.argv) - 1 :]))
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as name:
        folder = Path(name)
        migrate_store(settings_in(folder))
        token = ensure_token(settings_in(folder))
        parts = {each: (port, pid) for each, port, pid in serve_both(multiprocessing.get_context("spawn"), folder)}
        paths = {"bare": "/", "real": "/v1/checkpoints?filename=weights.safetensors"}
        rates: dict[str, list[float]] = {each: [] for each in parts}
        for each, (port, _) in parts.items():
            seconds_to_send(port, paths[each], checkpoint(1), token)
        before = memory(parts["real"][1], "VmRSS")
        for _ in range(rounds):
            body = checkpoint(megabytes)
            for each, (port, _) in parts.items():
                rates[each].append(megabytes / seconds_to_send(port, paths[each], body, token))
        for each, found in rates.items():
            print(f"{each}: {statistics.median(found):6.0f} MB/s (from {min(found):.0f} to {max(found):.0f})")
        print(f"ratio: {statistics.median(rates['real']) / statistics.median(rates['bare']):.0%}")
        most = memory(parts["real"][1], "VmHWM")
        print(f"memory: {before:.0f} MB before, at most {most:.0f} MB during {rounds} uploads")


if __name__ == "__main__":
    main()
