import hashlib
import os
import resource
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from fastapi import FastAPI, Request

from backend.evaluations.uploads import receive
from backend.problems import install_error_handlers
from backend.store.file_store import PART
from tests.backend.listening import listening
from wellbehaved.in_process import InProcessTransport

Service = Callable[[int], httpx.Client]
MEGABYTE = 1024 * 1024


def app_of(folder: Path, most: int) -> FastAPI:
    """A service that keeps what it receives under its digest."""
    app = FastAPI()
    install_error_handlers(app)

    @app.post("/files")
    async def files(request: Request) -> dict[str, str | int]:
        async with receive(request, folder, most) as file:
            file.path.rename(folder / file.sha256)
        return {"sha256": file.sha256, "size_bytes": file.size_bytes}

    return app


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    opened: list[httpx.Client] = []

    def start(most: int = 4 * MEGABYTE) -> httpx.Client:
        opened.append(
            httpx.Client(transport=InProcessTransport(app_of(tmp_path / "kept", most)), base_url="http://service")
        )
        return opened[-1]

    yield start
    for each in opened:
        each.close()


def place_of(address: str) -> tuple[str, int]:
    """Host and port, for a connection without HTTP."""
    parts = urlsplit(address)
    assert parts.hostname is not None
    assert parts.port is not None
    return parts.hostname, parts.port


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("size", [0, 1, MEGABYTE - 1, MEGABYTE, 3 * MEGABYTE + 7])
def test_a_body_arrives_whole_under_its_digest(service: Service, tmp_path: Path, size: int) -> None:
    data = os.urandom(size)
    digest = hashlib.sha256(data).hexdigest()
    answer = service(4 * MEGABYTE).post("/files", content=data)
    assert answer.json() == {"sha256": digest, "size_bytes": size}
    assert names(tmp_path / "kept") == [digest]
    assert (tmp_path / "kept" / digest).read_bytes() == data


@pytest.mark.parametrize("declared", [True, False])
def test_more_than_is_taken_is_refused_and_nothing_kept(service: Service, tmp_path: Path, declared: bool) -> None:
    def chunks() -> Iterator[bytes]:
        yield from (bytes(1000) for _ in range(11))

    answer = service(10_000).post("/files", content=bytes(11_000) if declared else chunks())
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert "10000 bytes" in answer.json()["detail"]
    assert "WELLBEHAVED_MAX_CHECKPOINT_BYTES" in answer.json()["next_step"]
    # Declared, it is refused before there is even a folder.
    assert not (tmp_path / "kept").exists() if declared else names(tmp_path / "kept") == []
    assert service(10_000).post("/files", content=bytes(10_000)).status_code == 200


def test_a_declared_length_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    with listening(app_of(tmp_path / "kept", 10)) as address, socket.create_connection(place_of(address)) as caller:
        caller.sendall(b"POST /files HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\n")
        assert caller.recv(20).startswith(b"HTTP/1.1 413")


def test_a_caller_that_hangs_up_leaves_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    with listening(app_of(folder, 10 * MEGABYTE)) as address:
        with socket.create_connection(place_of(address)) as caller:
            caller.sendall(b"POST /files HTTP/1.1\r\nHost: x\r\nContent-Length: 5000000\r\n\r\n" + bytes(2 * MEGABYTE))
            wait_for(lambda: folder.is_dir() and any(path.stat().st_size for path in folder.iterdir()))
            assert all(name.endswith(PART) for name in names(folder))
        wait_for(lambda: names(folder) == [])


def test_what_an_ended_process_left_is_removed_and_what_is_being_written_is_not(
    service: Service, tmp_path: Path
) -> None:
    folder = tmp_path / "kept"
    folder.mkdir()
    for name, age in ((f"old{PART}", 4000), (f"new{PART}", 60), ("old.safetensors", 4000)):
        (folder / name).write_bytes(b"x")
        os.utime(folder / name, (time.time() - age,) * 2)
    # A check that was killed leaves the folder behind that it wrote into.
    (folder / f"check{PART}").mkdir()
    (folder / f"check{PART}" / "weights.safetensors").write_bytes(b"x")
    os.utime(folder / f"check{PART}", (time.time() - 4000,) * 2)
    service(10).post("/files", content=b"y")
    assert f"check{PART}" not in names(folder)
    assert {f"new{PART}", "old.safetensors"} < set(names(folder))
    assert f"old{PART}" not in names(folder)


def test_a_full_disk_is_told_and_nothing_kept(service: Service, tmp_path: Path) -> None:
    """A limit on the length of files fails as a full disk does: half-way through a write."""
    caller = service(8 * MEGABYTE)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (MEGABYTE + 5, before[1]))
    try:
        answer = caller.post("/files", content=bytes(3 * MEGABYTE))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert (answer.status_code, answer.json()["code"]) == (507, "disk_full")
    assert names(tmp_path / "kept") == []
    assert caller.post("/files", content=bytes(3 * MEGABYTE)).status_code == 200


def test_a_folder_that_cannot_be_written_is_a_fault_of_ours_and_no_full_disk(service: Service, tmp_path: Path) -> None:
    (tmp_path / "kept").write_bytes(b"a file in place of the folder")
    assert service(10).post("/files", content=b"y").status_code == 500


def wait_for(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)
