"""A private S3-compatible server: SeaweedFS, from the package that brings its program."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
import obstore
from obstore.store import S3Store

WRITER, READER = "writer", "reader"
_PORTS = ("master.port", "master.port.grpc", "volume.port", "volume.port.grpc", "filer.port", "filer.port.grpc")
_SECONDS = 120.0


@dataclass(frozen=True, kw_only=True)
class ObjectServer:
    """A server that runs.

    Attributes:
        endpoint: its address.
    """

    endpoint: str

    def environment(self, user: str = WRITER) -> Mapping[str, str]:
        """The variables that lead to it."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": user,
            "AWS_SECRET_ACCESS_KEY": f"{user}-secret",
            "AWS_REGION": "us-east-1",
        }

    def store(self, bucket: str, prefix: str = "") -> S3Store:
        """A bucket as its owner sees it."""
        return S3Store(
            bucket, prefix=prefix, endpoint=self.endpoint, access_key_id=WRITER,
            secret_access_key=f"{WRITER}-secret", region="us-east-1", client_options={"allow_http": True},
        )  # fmt: skip

    def make_bucket(self, name: str) -> None:
        """Make an empty bucket."""
        address = obstore.sign(self.store(name), "PUT", "", timedelta(minutes=5))
        httpx.put(address, trust_env=False).raise_for_status()


@contextmanager
def running_object_server(folder: Path) -> Iterator[ObjectServer]:
    """Start a server on free ports of the loopback interface, and end it."""
    folder.mkdir(parents=True)
    users = [(WRITER, ["Admin"]), (READER, ["Read", "List"])]
    known = [
        {"name": name, "credentials": [{"accessKey": name, "secretKey": f"{name}-secret"}], "actions": actions}
        for name, actions in users
    ]
    (folder / "users.json").write_text(json.dumps({"identities": known}))
    *ports, port, grpc = _free_ports(len(_PORTS) + 2)
    program = [
        str(Path(sys.executable).parent / "weed"), "-logtostderr=true", "server", f"-dir={folder}", "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1", "-filer", "-s3", "-s3.autoCreateBucket=false", f"-s3.config={folder / 'users.json'}",
        f"-s3.port={port}", f"-s3.port.grpc={grpc}", "-s3.port.iceberg=0", "-s3.port.lance=0",
        "-master.telemetry=false", "-master.volumeSizeLimitMB=1024", "-volume.max=1000",
        # A hundredth of the disk, its own bound, is gigabytes on a large one, below which it would take nothing.
        "-volume.minFreeSpace=100MiB",
        *(f"-{name}={number}" for name, number in zip(_PORTS, ports, strict=True)),
    ]  # fmt: skip
    with (folder / "log").open("w") as log, subprocess.Popen(program, stdout=log, stderr=log) as process:
        try:
            server = ObjectServer(endpoint=f"http://127.0.0.1:{port}")
            _await_answer(server, process, folder / "log")
            yield server
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


def _await_answer(server: ObjectServer, process: "subprocess.Popen[bytes]", log: Path) -> None:
    """Wait until the server keeps something: it answers before all of its parts do."""
    deadline, said = time.monotonic() + _SECONDS, ""
    while process.poll() is None and time.monotonic() < deadline:
        try:
            server.make_bucket("first")
            obstore.put(server.store("first"), "first", b"first")
        except (httpx.HTTPError, obstore.exceptions.BaseError) as error:
            said = str(error)
            time.sleep(0.2)
        else:
            return
    raise RuntimeError(f"the object server did not start: {said}\n{log.read_text()[-2000:]}")


def _free_ports(count: int) -> list[int]:
    # Above those that a program without a wish is given, and all held at once, so that no two are the same.
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in sockets]
