"""What each page of the dashboard fetches until it is complete, against a bare Streamlit page with one slider.

Counts requests and bytes over the wire in chromium, each page in a fresh profile, and how much of it is plotly and
whether plotly was asked for before the reader scrolled. Ratios to the bare page are printed; nothing is asserted.
Usage: python -m benchmarks.first_load [address], of a dashboard that runs there; without it, of one that is started.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from urllib.request import urlopen

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.drag import dashboard as running_dashboard

PAGES = ("/", "/trade-offs", "/compare", "/model", "/stability", "/groups", "/findings", "/correlations", "/method")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
BARE = "import streamlit as st\nst.title('Bare')\nst.slider('One', 0, 10)\n"
QUIET = (
    "document.querySelector('h1')"
    " && document.querySelector('[data-testid=stApp]').dataset.testScriptState === 'notRunning'"
)
SETTLE_MILLISECONDS = 3_000
PATIENCE_MILLISECONDS = 60_000
START_SECONDS = 60.0


@dataclass
class Load:
    """What one page fetched.

    Attributes:
        requests: how many.
        bytes: over the wire, with headers.
        plotly: of them, in files that plotly comes in.
        missing: addresses that answered 404.
    """

    requests: int = 0
    bytes: int = 0
    plotly: int = 0
    missing: list[str] = field(default_factory=list)


@contextmanager
def bare_page() -> Iterator[str]:
    """A Streamlit page with a title and a slider, on a port of its own."""
    with tempfile.TemporaryDirectory() as folder, socket.socket() as probe:
        script = Path(folder) / "bare.py"
        script.write_text(BARE, encoding="utf-8")
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        options = ["--server.headless=true", f"--server.port={port}", "--server.address=127.0.0.1",
                   "--browser.gatherUsageStats=false", "--server.fileWatcherType=none"]  # fmt: skip
        process = subprocess.Popen(
            [sys.executable, "-m", "streamlit", "run", str(script), *options],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            url = f"http://127.0.0.1:{port}"
            wait_for(f"{url}/_stcore/health")
            yield url
        finally:
            process.terminate()
            process.wait()


def wait_for(url: str) -> None:
    """Wait until an address answers."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            with urlopen(url):
                return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def load(browser: Browser, url: str) -> Load:
    """Open an address in a fresh profile and count until it is quiet."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    found = Load()
    _count(page, found)
    page.goto(url)
    page.wait_for_function(QUIET, timeout=PATIENCE_MILLISECONDS)
    page.wait_for_timeout(SETTLE_MILLISECONDS)
    context.close()
    return found


def _count(page: Page, found: Load) -> None:
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    addresses: dict[str, str] = {}

    def responded(event: dict[str, dict[str, object]]) -> None:
        addresses[str(event["requestId"])] = str(event["response"]["url"])
        found.requests += 1
        if event["response"]["status"] == 404:
            found.missing.append(str(event["response"]["url"]))

    def finished(event: dict[str, object]) -> None:
        size = int(float(str(event["encodedDataLength"])))
        found.bytes += size
        if "plotly" in addresses.get(str(event["requestId"]), "").lower():
            found.plotly += size

    session.on("Network.responseReceived", responded)
    session.on("Network.loadingFinished", finished)


def main(running: AbstractContextManager[tuple[str, str]]) -> None:
    """Print a line per page of a service and its dashboard."""
    chromium = os.environ.get("WELLBEHAVED_TEST_CHROMIUM") or shutil.which("chromium")
    with running as (_, dashboard), sync_playwright() as playwright, bare_page() as bare:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        base = load(browser, bare)
        write = sys.stdout.write
        write(f"{'page':<14} {'requests':>8} {'MB':>6} {'x bare':>6} {'plotly MB':>9}  404\n")
        for name, found in [("bare", base), *((path, load(browser, f"{dashboard}{path}")) for path in PAGES)]:
            ratio = found.bytes / base.bytes
            write(
                f"{name:<14} {found.requests:>8} {found.bytes / 1e6:>6.2f} {ratio:>6.2f} {found.plotly / 1e6:>9.2f}  "
                f"{len(found.missing)}\n"
            )
        browser.close()


if __name__ == "__main__":
    main(nullcontext(("", sys.argv[1])) if len(sys.argv) > 1 else running_dashboard())
