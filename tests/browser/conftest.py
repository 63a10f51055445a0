"""A real browser before the real dashboard before the real API, all on this machine."""

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
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect, sync_playwright

from dashboard.streamlit_options import command
from wellbehaved.traced_dashboard import with_traces

CHROMIUM = "WELLBEHAVED_TEST_CHROMIUM"
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    # Refused here and not request by request, which would take the pages' cache from them.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)  # fmt: skip
START_SECONDS = 60.0
WAIT_MILLISECONDS = 30_000.0
GOOD_SHIFT = 0.1  # the bound below which web.dev calls a page stable
SHIFT = "window.shifted"
# From the first paint on: who asks at the end gets what there was, however late the browser says it.
WATCH_SHIFTS = """
window.shifted = 0;
new PerformanceObserver((list) => {
  for (const each of list.getEntries()) if (!each.hadRecentInput) window.shifted += each.value;
}).observe({type: 'layout-shift', buffered: true});
"""

Open = Callable[..., Page]


class Service:
    """A process of ours that answers HTTP; it can be stopped and started again on the same port."""

    def __init__(self, arguments: list[str], environment: dict[str, str], health: str, log: Path) -> None:
        self._arguments, self._environment, self._health, self._log = arguments, environment, health, log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._arguments, stdout=log, stderr=log, env=self._environment)
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                if httpx.get(self._health).is_success:
                    return
            except httpx.TransportError:
                pass
            if self._process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"{' '.join(self._arguments)} did not start:\n{self._log.read_text()}")
            time.sleep(0.1)

    def stop(self) -> None:
        """End the process that we started, and no other."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(timeout=START_SECONDS)
            self._process = None


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def data_folder(study_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The service's data, with the published study."""
    folder = tmp_path_factory.mktemp("browser-api")
    shutil.copyfile(study_file, folder / "wellbehaved.db")
    return folder


@pytest.fixture(scope="module")
def api(data_folder: Path) -> Iterator[Service]:
    """The REST service on that data."""
    port = free_port()
    environment = {**os.environ, "WELLBEHAVED_DATA_DIR": str(data_folder), "WELLBEHAVED_PORT": str(port)}
    environment.pop("WELLBEHAVED_DATABASE_URL", None)
    arguments = [sys.executable, "-m", "wellbehaved.cli", "serve", "--port", str(port)]
    service = Service(arguments, environment, f"http://127.0.0.1:{port}/v1/ready", data_folder / "log")
    service.start()
    yield service
    service.stop()


@pytest.fixture(scope="module")
def api_url(api: Service) -> str:
    """Where the service answers."""
    return api._health.removesuffix("/v1/ready")


@pytest.fixture(scope="module")
def dashboard_url(api_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The dashboard before that service, started as the command line starts it."""
    folder = tmp_path_factory.mktemp("browser-dashboard")
    port = free_port()
    environment = {**os.environ, "WELLBEHAVED_API_URL": api_url}
    url = f"http://127.0.0.1:{port}"
    arguments = with_traces(command(port, api_url, "127.0.0.1"))
    service = Service(arguments, environment, f"{url}/_stcore/health", folder / "log")
    service.start()
    yield url
    service.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's chromium, or the one that the environment names."""
    path = os.environ.get(CHROMIUM) or shutil.which("chromium")
    if path is None:
        pytest.fail(f"no chromium on PATH: install it, or name one in {CHROMIUM}")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield chromium
        chromium.close()


@pytest.fixture
def foreign_hosts() -> set[str]:
    """Hosts other than this machine that a page of the test asked for."""
    return set()


@pytest.fixture
def open_page(browser: Browser, dashboard_url: str, foreign_hosts: set[str]) -> Iterator[Open]:
    """Open an address of the dashboard in a browser without a past; no request fails, and no error is in its console.

    Hosts other than this machine are noted; the browser finds none of them.
    """
    contexts = []
    complaints: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error":
            complaints.append(f"{message.text} ({message.location['url']})")

    def note(request: Request) -> None:
        host = httpx.URL(request.url).host
        if host not in ("127.0.0.1", ""):  # data: and blob: addresses have no host
            foreign_hosts.add(host)

    def open_address(path: str = "/", *, width: int = 1440, height: int = 1000, dark: bool = False) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light"
        )
        contexts.append(context)
        context.add_init_script(WATCH_SHIFTS)
        context.on("request", note)
        page = context.new_page()
        page.set_default_timeout(WAIT_MILLISECONDS)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", hear)
        page.goto(f"{dashboard_url}{path}")
        settle(page)
        return page

    yield open_address
    for context in contexts:
        context.close()
    assert complaints == []


def settle(page: Page) -> None:
    """Wait until the script has run, every element has its code and nothing is on its way to another place.

    What moves, such as an expander that opens for half a second, is under the pointer when it goes down and elsewhere
    when it comes up again, so that a click is lost.
    """
    ready = "document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'"
    drawn = "!document.querySelector('[data-testid=stSkeleton]')"
    endless = "each.effect.getComputedTiming().endTime === Infinity"
    still = f"document.getAnimations().every(each => each.playState !== 'running' || {endless})"
    page.wait_for_function(f"{ready} && {drawn} && {still}")
    expect(page.locator("h1").first).to_be_visible(timeout=WAIT_MILLISECONDS)
