"""What the tests of the command line share: a store of their own, and the program in this process or beside it."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner, Result

from wellbehaved.cli import app

Run = Callable[..., Result]
START_SECONDS = 60.0
# What makes the terminal library believe in colours, or in another width, whatever the output is.
_TERMINAL = ("FORCE_COLOR", "PY_COLORS", "GITHUB_ACTIONS", "NO_COLOR", "COLUMNS", "LINES", "TERMINAL_WIDTH")


def clean_environment(**values: str) -> dict[str, str]:
    """This process's environment without settings of ours and without a terminal's, and with these values."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WELLBEHAVED_")}
    return {name: value for name, value in kept.items() if name not in _TERMINAL} | values


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data folder that the program is told of; not made yet. No setting of the machine or of a .env counts."""
    for name in (*os.environ, *_TERMINAL):
        if name.startswith("WELLBEHAVED_") or name in _TERMINAL:
            monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "data"
    monkeypatch.setenv("WELLBEHAVED_DATA_DIR", str(folder))
    monkeypatch.setenv("WELLBEHAVED_DASHBOARD_PORT", "0")
    monkeypatch.chdir(tmp_path)
    return folder


@pytest.fixture
def study(data_dir: Path, study_file: Path) -> Path:
    """The data folder with the study in it."""
    data_dir.mkdir(mode=0o700)
    shutil.copyfile(study_file, data_dir / "wellbehaved.db")
    return data_dir


@pytest.fixture
def run() -> Run:
    """Run the program in this process; gives exit code, output and messages."""

    def invoke(*words: str) -> Result:
        result = CliRunner().invoke(app, words)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return invoke


@pytest.fixture
def program() -> Callable[..., "subprocess.CompletedProcess[str]"]:
    """Run the program as a process of its own, with its output in a pipe."""

    def call(*words: str, data_dir: Path, before: list[str] | None = None) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [*(before or []), sys.executable, "-m", "wellbehaved.cli", *words],
            capture_output=True, text=True, timeout=120, env=clean_environment(WELLBEHAVED_DATA_DIR=str(data_dir)),
        )  # fmt: skip

    return call


@pytest.fixture
def ordinary_rights() -> list[str]:
    """Words before a command that make file modes count for root, too."""
    if os.geteuid() != 0:
        return []
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        pytest.skip("root may write everywhere, and without setpriv it cannot be kept from it")
    return [setpriv, "--bounding-set", "-dac_override,-dac_read_search"]


@pytest.fixture(scope="module")
def service_url(study_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A running service on a store of its own; its token is `a-token`."""
    folder = tmp_path_factory.mktemp("service")
    shutil.copyfile(study_file, folder / "wellbehaved.db")
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    environment = clean_environment(WELLBEHAVED_DATA_DIR=str(folder), WELLBEHAVED_TOKEN="a-token")
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "wellbehaved.cli", "serve", "--port", str(port)],
            cwd=folder, env=environment, stdout=log, stderr=log,
        )  # fmt: skip
    try:
        await_answer(f"{url}/v1/ready", process, folder / "log")
        yield url
    finally:
        process.terminate()
        process.wait(timeout=START_SECONDS)


def await_answer(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    """Wait until a process that was started answers."""
    deadline = time.monotonic() + START_SECONDS
    with httpx.Client(trust_env=False) as client:
        while True:
            try:
                if client.get(url).is_success:
                    return
            except httpx.TransportError:
                pass  # not listening yet
            if process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"{url} did not answer:\n{log.read_text()}")
            time.sleep(0.05)
