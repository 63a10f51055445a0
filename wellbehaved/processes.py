"""Starts service and dashboard as processes of their own and ends them together."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Final

import httpx

from backend.evaluations import jobs
from backend.imports.importer import import_study
from backend.imports.references import import_references
from backend.security import ensure_token
from backend.settings import Settings
from backend.store.data_versions import current_name
from backend.store.engine import create_store_engine, reading
from backend.store.errors import StoreUnavailable
from backend.store.migration import current_revision, upgrade
from evaluation.extras import way_to_install
from wellbehaved.checker import can_evaluate
from wellbehaved.ports import PortTaken, bound_socket
from wellbehaved.sole import held_by, sole_use
from wellbehaved.traced_dashboard import with_traces

_START_SECONDS: Final = 60.0
# Longer than the service waits for its last answers.
_STOP_SECONDS: Final = 10.0
_POLL_SECONDS: Final = 0.05
_ENDING: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_OWN_ADDRESSES: Final = ("127.0.0.1", "localhost", "::1")
_WORKER: Final = "worker"
# Without -P, Python would look for modules in the working folder first, whose files may be anybody's.
_PROGRAM: Final = (sys.executable, "-P", "-m", "wellbehaved.cli")
# A worker that ends as soon as it starts must not start all the time.
_WORKER_PAUSE_SECONDS: Final = 5.0
# An address to listen on everywhere is none to call.
_CALLABLE: Final[Mapping[str, str]] = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - compared, not bound

NEXT_STEPS: Final = (
    "Next: open the dashboard in a browser and drag a slider, or type `wellbehaved rank` in another terminal.\n"
    "`wellbehaved benchmark add FOLDER` makes images of your own a benchmark.\n"
    "Ctrl-C ends all."
)

Process = subprocess.Popen[bytes]


class StartFailed(RuntimeError):
    """A part ended while it started, or never answered."""


def migrate_store(settings: Settings) -> str:
    """Bring the schema up to date, import the published study and the toy references.

    Returns:
        A sentence that says what was done.

    Raises:
        StoreUnavailable: the database does not answer, or is newer than this code.
        OSError: the data folder cannot be written.
    """
    revision = upgrade(settings.resolved_database_url)
    engine = create_store_engine(settings.resolved_database_url)
    try:
        report, references = import_study(engine), import_references(engine)
        with reading(engine) as session:
            version = current_name(session)
    finally:
        engine.dispose()
    jobs.prepare(settings.resolved_database_url)
    ensure_token(settings)
    study = f"study: {report.added} models added, {report.unchanged} unchanged"
    toys = f"toy references: {references.stored} stored, {references.unchanged} unchanged"
    if references.left_out:
        toys += f", left out because a model of yours has the name: {', '.join(references.left_out)}"
    return f"schema {revision}; {study}; {toys}; data version {version}"


def migrate_first(settings: Settings, say: Callable[[str], None]) -> None:
    """Make the store where there is none yet; one that is there, of whichever version, stays as it is.

    Args:
        settings: of this instance.
        say: prints what was done.

    Raises:
        StoreUnavailable: the database does not answer.
        OSError: the data folder cannot be written.
    """
    try:
        made = current_revision(settings.resolved_database_url) is not None
    except StoreUnavailable:
        # An embedded store without its file is one that nobody has made; any other is away and comes back by itself.
        made = settings.database_url is not None or (settings.data_dir / "wellbehaved.db").exists()
    if not made:
        say(migrate_store(settings))


def run_all(
    settings: Settings,
    *,
    port: int,
    dashboard_port: int,
    say: Callable[[str], None],
    worker: bool = True,
    show: Callable[[str], object] | None = None,
) -> int:
    """Migrate, start service and dashboard, and wait until one of them ends or a signal comes.

    Args:
        settings: of this instance.
        port: of the service; 0 takes a free one.
        dashboard_port: of the dashboard; 0 takes a free one.
        say: prints progress.
        worker: whether one is started.
        show: gets the dashboard's address once it answers; None shows it to nobody.

    Returns:
        0 after Ctrl-C or a termination signal, 1 where a part ended by itself.

    Raises:
        AlreadyUp: the data folder is being served by another.
        PortTaken: a port is in use, or both are the same.
        StartFailed: a part did not come up.
        StoreUnavailable: the database does not answer.
    """
    with sole_use(settings.data_dir) as note:
        host = settings.host
        port, dashboard_port = _ports(host, port, dashboard_port)
        api_url, page_url = service_url(host, port), service_url(host, dashboard_port)
        note(held_by(os.getpid(), page_url, api_url))
        started = _Started(api_url, page_url, say, worker=worker, show=show)
        return _run_parts(settings, started)


@dataclass(frozen=True)
class _Started:
    """Where the parts listen, and what happens once they answer."""

    api_url: str
    page_url: str
    say: Callable[[str], None]
    worker: bool
    show: Callable[[str], object] | None

    def announce(self) -> None:
        """Say where everything is, and what to do there first."""
        self.say(f"Dashboard  {self.page_url}\nREST       {self.api_url}/docs")
        self.say(NEXT_STEPS)
        if self.show is not None:
            self.show(self.page_url)


def _run_parts(settings: Settings, started: _Started) -> int:
    from dashboard.streamlit_options import command  # the dashboard's folder, without Streamlit itself

    api_url, page_url, say = started.api_url, started.page_url, started.say
    host, port, dashboard_port = settings.host, _port_of(api_url), _port_of(page_url)
    # What was typed, or found free, holds for the parts as well.
    environment = {
        **os.environ,
        "WELLBEHAVED_API_URL": api_url,
        "WELLBEHAVED_DATA_DIR": str(settings.data_dir),
        "WELLBEHAVED_DASHBOARD_PORT": str(dashboard_port),
        "WELLBEHAVED_ROOT_PATH": settings.root_path,
        "WELLBEHAVED_PUBLIC_API_URL": settings.public_api_url or api_url,
    }
    own = {"WELLBEHAVED_DASHBOARD_TOKEN": ensure_token(settings)} if visitors_are_owners(settings) else {}
    parts: dict[str, Process] = {}
    with _signals() as caught:
        try:
            # The dashboard waits for the service by itself, so it can start while the database is brought up to date.
            # What it prints is its address, which is printed below together with the service's; its errors are shown.
            parts["dashboard"] = _start(
                with_traces(command(dashboard_port, api_url, host, settings.public_dashboard_url)),
                {**environment, **own},
                subprocess.DEVNULL,
            )
            say(migrate_store(settings))
            serve = [*_PROGRAM, "serve", "--host", host, "--port", str(port)]
            parts["service"] = _start(serve, environment)
            for url in (f"{api_url}/v1/ready", f"{page_url}/_stcore/health"):
                _await_answer(url, parts, caught)
            if not caught.number:
                started.announce()
                # Last, because it takes seconds to load and nobody waits for it.
                _start_worker(parts, environment, say, wanted=started.worker)
            return _wait(parts, caught, environment, say)
        finally:
            _stop(parts.values())


def visitors_are_owners(settings: Settings) -> bool:
    """Whether who sees the dashboard owns this machine, and need not copy the token.

    It is so on the machine's own address, unless a proxy stands before it, through which anybody may come.
    """
    behind_proxy = settings.root_path or settings.public_dashboard_url
    return settings.host in _OWN_ADDRESSES and not behind_proxy


def _ports(host: str, port: int, dashboard_port: int) -> tuple[int, int]:
    if port and port == dashboard_port:
        raise PortTaken(f"Service and dashboard were both given port {port}. Choose another with --dashboard-port.")
    # Both are held until both are known, so that they differ.
    with bound_socket(port, host, "--port") as first, bound_socket(dashboard_port, host, "--dashboard-port") as second:
        return first.getsockname()[1], second.getsockname()[1]


def service_url(host: str, port: int) -> str:
    """Where programs of this machine call what listens on a host and port.

    >>> service_url("0.0.0.0", 8000), service_url("::1", 8000)
    ('http://127.0.0.1:8000', 'http://[::1]:8000')
    """
    address = _CALLABLE.get(host) or (f"[{host}]" if ":" in host else host)
    return f"http://{address}:{port}"


def _port_of(url: str) -> int:
    return int(url.rpartition(":")[2])


def _start(argv: Sequence[str], environment: Mapping[str, str], output: int | None = None) -> Process:
    # The part ends when its standard input does, which this process holds: also when this one is killed.
    at = argv.index("-m") + 1
    watched = [*argv[:at], "wellbehaved.part", *argv[at:]]
    # A session of its own keeps the terminal's Ctrl-C from the parts: this process ends them in order.
    return subprocess.Popen(  # noqa: S603 - our own interpreter
        watched, env=environment, stdin=subprocess.PIPE, stdout=output, start_new_session=True
    )


@dataclass
class _Caught:
    """The first signal that asked for the end; 0 while none did."""

    number: int = 0


@contextmanager
def _signals() -> Iterator[_Caught]:
    """Note signals instead of being interrupted by them: no part is left behind half started or half stopped."""
    caught = _Caught()

    def note(number: int, _frame: FrameType | None) -> None:
        caught.number = number

    # Set for Ctrl-C too: a shell that starts a program in the background lets it ignore that signal.
    before = {number: signal.signal(number, note) for number in _ENDING}
    try:
        yield caught
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _await_answer(url: str, parts: Mapping[str, Process], caught: _Caught) -> None:
    deadline = time.monotonic() + _START_SECONDS
    # The environment may name a proxy, which does not know this machine's own addresses.
    with httpx.Client(timeout=1.0, trust_env=False) as client:
        while not caught.number:
            ended = next(((name, part) for name, part in parts.items() if part.poll() is not None), None)
            if ended is not None:
                raise StartFailed(
                    f"The {ended[0]} ended with exit code {ended[1].returncode} while starting; its messages are "
                    "above. `wellbehaved doctor` checks more."
                )
            if _answers(client, url):
                return
            if time.monotonic() > deadline:
                raise StartFailed(
                    f"{url} did not answer within {_START_SECONDS:.0f} seconds. `wellbehaved doctor` checks more."
                )
            time.sleep(_POLL_SECONDS)


def _answers(client: httpx.Client, url: str) -> bool:
    try:
        return client.get(url).is_success
    except httpx.TransportError:
        return False  # not listening yet


def _start_worker(
    parts: dict[str, Process], environment: Mapping[str, str], say: Callable[[str], None], *, wanted: bool = True
) -> None:
    if not wanted:
        return
    if not can_evaluate():
        say(f"No worker is started, which needs the extra `evaluation`. {way_to_install('evaluation')}.")
        return
    argv = [*_PROGRAM, "worker"]
    parts[_WORKER] = _start(argv, environment)


def _wait(
    parts: dict[str, Process], caught: _Caught, environment: Mapping[str, str], say: Callable[[str], None]
) -> int:
    started = time.monotonic()
    while not caught.number:
        for name, part in list(parts.items()):
            if part.poll() is None:
                continue
            if name != _WORKER:
                say(f"The {name} ended with exit code {part.returncode}; ending the rest.")
                return 1
            # A model can take its worker down with it; rankings must not go with them.
            if time.monotonic() - started > _WORKER_PAUSE_SECONDS:
                say(f"The worker ended with exit code {part.returncode}; starting it again.")
                started = time.monotonic()
                _let_go(part)
                _start_worker(parts, environment, say)
        time.sleep(_POLL_SECONDS)
    return 0


def _stop(parts: Collection[Process]) -> None:
    running = [part for part in parts if part.poll() is None]
    for part in running:
        # All of them before any is awaited, so that they end side by side.
        part.terminate()
    for part in running:
        try:
            part.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            part.kill()
            part.wait()
    for part in parts:
        _let_go(part)


def _let_go(ended: Process) -> None:
    if ended.stdin is not None:
        ended.stdin.close()
