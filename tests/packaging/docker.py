"""Docker for the tests: the daemon that answers, or, where it is asked for, one of the tests' own."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

# `make image` sets it: a daemon and a base image of one's own take minutes that nobody waits for unasked.
OWN_DAEMON = "WELLBEHAVED_TEST_DOCKERD"
BASE = "PYTHON_IMAGE"
START_SECONDS = 60.0
_SUITE, _MIRROR = "trixie", "http://deb.debian.org/debian"
_PACKAGES = "python3,python3-venv,python-is-python3,ca-certificates"
_CERTIFICATES = "etc/ssl/certs/ca-certificates.crt"


@dataclass(frozen=True)
class Docker:
    """A client and the daemon that it asks.

    Attributes:
        program: the client.
        environment: which names the daemon.
    """

    program: str
    environment: dict[str, str]

    def __call__(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Run one command of the client."""
        return subprocess.run([self.program, *words], env=self.environment, capture_output=True, text=True, check=False)

    def ok(self, *words: str) -> str:
        """What a command prints; where it fails, the test does, with what it said."""
        done = self(*words)
        assert done.returncode == 0, f"docker {' '.join(words)}\n{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
        return done.stdout.strip()


def client(**environment: str) -> Docker:
    """The first installed client that can build in stages side by side; else the test is skipped with the reason."""
    folders = [*os.environ.get("PATH", "").split(os.pathsep), "/usr/bin"]
    programs = dict.fromkeys(found for each in folders if (found := shutil.which("docker", path=each)))
    for program in programs:
        docker = Docker(program, {**os.environ, "DOCKER_BUILDKIT": "1", **environment})
        # From 23 on it needs a plugin for that, which may be missing.
        major = docker("version", "--format", "{{.Client.Version}}").stdout.partition(".")[0]
        if docker("buildx", "version").returncode == 0 or (major.isdecimal() and int(major) < 23):
            return docker
    pytest.skip("no Docker client with BuildKit is installed")


@contextmanager
def daemon(folder: Path) -> Iterator[Docker]:
    """A client with a daemon that answers; else the test is skipped with the reason.

    Args:
        folder: for a daemon of the tests' own; short, for a socket's path is.
    """
    docker = client()
    answer = docker("info", "--format", "{{.ServerVersion}}")
    if answer.returncode == 0 and answer.stdout.strip():
        yield docker
    elif os.environ.get(OWN_DAEMON) and os.geteuid() == 0 and shutil.which("dockerd"):
        with _own_daemon(folder) as own:
            yield own
    else:
        pytest.skip("no Docker daemon answers; as root, with Debian's docker.io, `make image` starts one of its own")


@contextmanager
def _own_daemon(folder: Path) -> Iterator[Docker]:
    socket = f"unix://{folder}/docker.sock"
    # In a machine that is itself a container bridges cannot always be had, nor overlays: without those, the daemon
    # takes whole copies of layers by itself.
    command = ["dockerd", "--iptables=false", "--bridge=none", "-H", socket]
    command += [f"--{name}={folder}/{name}" for name in ("data-root", "exec-root", "pidfile")]
    docker = client(DOCKER_HOST=socket)
    with (folder / "log").open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log) as process:
        try:
            deadline = time.monotonic() + START_SECONDS
            while docker("info").returncode or not (folder / "docker.sock").exists():
                if process.poll() is not None or time.monotonic() > deadline:
                    pytest.fail(f"dockerd did not start:\n{(folder / 'log').read_text()[-4000:]}")
                time.sleep(0.2)
            yield docker
        finally:
            process.terminate()
            process.wait()
            _unmount_below(folder)


def _unmount_below(folder: Path) -> None:
    """Take off what a daemon leaves mounted there when it ends, such as the network of its containers."""
    for line in reversed(Path("/proc/mounts").read_text(encoding="utf-8").splitlines()):
        place = line.split(" ")[1]
        if Path(place).is_relative_to(folder):
            subprocess.run(["umount", place], check=True)


def base_image(docker: Docker, folder: Path, default: str) -> str:
    """An image with Python: the named one, the usual one, or one made from Debian's packages.

    Args:
        docker: whose daemon shall have it.
        folder: for what is made; empty.
        default: the usual one.
    """
    named = os.environ.get(BASE, default)
    if docker("image", "inspect", named).returncode == 0 or docker("pull", "--quiet", named).returncode == 0:
        return named
    if os.geteuid() != 0 or not shutil.which("debootstrap"):
        pytest.skip(f"{named} cannot be had: name an image with Python in {BASE}, or install Debian's debootstrap")
    root = folder / "root"
    made = subprocess.run(
        ["debootstrap", "--variant=minbase", f"--include={_PACKAGES}", _SUITE, str(root), _MIRROR],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert made.returncode == 0, made.stdout[-4000:]
    # Whom this machine believes, for it may reach registries through a proxy of its own.
    shutil.copy(f"/{_CERTIFICATES}", root / _CERTIFICATES)
    archive = folder / "root.tar"
    subprocess.run(["tar", "-C", str(root), "-cf", str(archive), "."], check=True)
    name = f"wellbehaved-python:{_SUITE}"
    docker.ok("import", "-c", f"ENV PIP_CERT=/{_CERTIFICATES}", str(archive), name)
    return name
