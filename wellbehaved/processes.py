"""Starts service and dashboard as processes of their own and ends them together."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Final

import httpx

from backend.errors import StoreUnavailable
from backend.security import ensure_token
from backend.settings import Settings
from backend.store.migration import upgrade
from backend.store.session import create_store_engine
from backend.study.importer import import_study

_START_SECONDS: Final = 60.0
_STOP_SECONDS: Final = 10.0
_POLL_SECONDS: Final = 0.05
_LOCAL_ADDRESS: Final = "127.0.0.1"


class PortTaken(RuntimeError):
    """Another program listens on the port; the message says which port and how to choose another."""


def migrate_store(settings: Settings) -> str:
    """Bring the schema up to date and import the published study.

    Returns:
        A sentence that says what was done.

    Raises:
        StoreUnavailable: the database does not answer, or is newer than this code.
    """
    revision = upgrade(settings.resolved_database_url)
    engine = create_store_engine(settings.resolved_database_url)
    try:
        report = import_study(engine)
    finally:
        engine.dispose()
    ensure_token(settings)
    study = f"study: {report.added} models added, {report.unchanged} unchanged"
    return f"schema {revision}; {study}; data version {report.data_version}"


def run_all(settings: Settings, *, port: int, dashboard_port: int, say: Callable[[str], None]) -> int:
    """Migrate, start service and dashboard, and wait until one of them ends or a signal comes.

    Args:
        settings: of this instance.
        port: of the service.
        dashboard_port: of the dashboard.
        say: where progress is told.

    Returns:
        0 after Ctrl-C or a termination signal, 1 where a part ended by itself.

    Raises:
        PortTaken: a port is in use.
        StoreUnavailable: the database does not answer.
    """
    from dashboard.streamlit_options import command  # the dashboard's folder, without Streamlit itself

    for wanted, option in ((port, "--port"), (dashboard_port, "--dashboard-port")):
        _refuse_taken(wanted, settings.host, option)
    api_url = f"http://{_reachable(settings.host)}:{port}"
    environment = {**os.environ, "WELLBEHAVED_API_URL": api_url, "WELLBEHAVED_DATA_DIR": str(settings.data_dir)}
    # The dashboard waits for the service by itself, so both can start while the database is brought up to date.
    page = _start(command(dashboard_port, api_url, settings.host), environment)
    started = [page]
    try:
        with _signals():
            say(migrate_store(settings))
            serve = [sys.executable, "-m", "wellbehaved.cli", "serve", "--host", settings.host, "--port", str(port)]
            started.append(_start(serve, environment))
            _await_answer(f"{api_url}/v1/ready", started)
            _await_answer(f"http://{_reachable(settings.host)}:{dashboard_port}/_stcore/health", started)
            say(f"Dashboard  http://{_reachable(settings.host)}:{dashboard_port}")
            say(f"REST       {api_url}/docs")
            say("Ctrl-C ends both.")
            return _wait(started, say)
    except KeyboardInterrupt:
        return 0
    finally:
        _stop(started)


def _reachable(host: str) -> str:
    return _LOCAL_ADDRESS if host in ("0.0.0.0", "::") else host  # noqa: S104 - compared, not bound


def _refuse_taken(port: int, host: str, option: str) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PortTaken(f"Port {port} on {host}: {error.strerror}. Choose another with {option}.") from None


def _start(argv: Sequence[str], environment: dict[str, str]) -> subprocess.Popen[bytes]:
    # A session of its own keeps the terminal's Ctrl-C from the parts: this process ends them in order.
    return subprocess.Popen(argv, env=environment, start_new_session=True)  # noqa: S603 - our own interpreter


def _signals() -> "_Interrupting":
    return _Interrupting()


class _Interrupting:
    """Turns a termination signal into the KeyboardInterrupt that Ctrl-C gives, so that both take the same way out."""

    def __enter__(self) -> None:
        self._before = signal.signal(signal.SIGTERM, self._interrupt)

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGTERM, self._before)

    @staticmethod
    def _interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt


def _await_answer(url: str, parts: Sequence[subprocess.Popen[bytes]]) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if any(part.poll() is not None for part in parts):
            raise StoreUnavailable(
                "A part ended while starting; its messages are above. `wellbehaved doctor` checks more."
            )
        try:
            if httpx.get(url, timeout=1.0).is_success:
                return
        except httpx.TransportError:
            pass  # not listening yet
        time.sleep(_POLL_SECONDS)
    raise StoreUnavailable(
        f"{url} did not answer within {_START_SECONDS:.0f} seconds. `wellbehaved doctor` checks more."
    )


def _wait(parts: Sequence[subprocess.Popen[bytes]], say: Callable[[str], None]) -> int:
    while True:
        for part in parts:
            if part.poll() is not None:
                say(f"A part ended with exit code {part.returncode}; ending the other.")
                return 1
        time.sleep(0.5)


def _stop(parts: Sequence[subprocess.Popen[bytes]]) -> None:
    for part in parts:
        if part.poll() is None:
            part.terminate()
    for part in parts:
        try:
            part.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            part.kill()
            part.wait()
