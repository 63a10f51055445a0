"""From `wellbehaved up` to the first ranking on screen, and the memory that its parts take at most, and when idle.

Each round starts on an empty data folder, so it includes making the database and importing the study. Memory is read
while a reader moves sliders and looks at every page, and again once nobody does: PSS counts shared pages once, RSS
once per process.
Usage: python benchmarks/start.py [rounds]
"""

import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from playwright.sync_api import Browser, Page, sync_playwright

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
SECONDS_GOAL = 8.0
MEGABYTES_GOAL = 600.0
IDLE_GOAL = 450.0
PATIENCE = 60.0
SAMPLING_SECONDS = 0.1
PAGES = (
    "/trade-offs",
    "/compare?models=eva02-b-21k,resnet50",
    "/model?select=resnet50",
    "/correlations",
    "/method",
    "/",
)
IDLE = "document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'"


@dataclass
class Memory:
    """The most that service and dashboard took together, and all parts when idle with `up` itself, in megabytes."""

    rss: float = 0.0
    pss: float = 0.0
    idle_pss: float = 0.0


@contextmanager
def watch_memory(process: subprocess.Popen[str]) -> Iterator[Memory]:
    """Sample the memory of a process and of all that it started, until the block ends."""
    peak, done = Memory(), threading.Event()

    def sample() -> None:
        while not done.wait(SAMPLING_SECONDS):
            rss = pss = 0
            try:
                parent = psutil.Process(process.pid)
                # The command itself only waits; service, dashboard and worker are what it started.
                for part in (part for part in parent.children() if "worker" not in part.cmdline()):
                    for each in (part, *part.children(recursive=True)):
                        found = each.memory_full_info()
                        rss, pss = rss + found.rss, pss + getattr(found, "pss", found.rss)
            except psutil.NoSuchProcess:
                continue
            peak.rss, peak.pss = max(peak.rss, rss / 1e6), max(peak.pss, pss / 1e6)

    thread = threading.Thread(target=sample, daemon=True)
    thread.start()
    try:
        yield peak
    finally:
        done.set()
        thread.join()


def idle_pss(process: subprocess.Popen[str]) -> float:
    """What all parts take once the worker has found its device, for which a process that holds torch runs a moment."""
    parent = psutil.Process(process.pid)
    deadline = time.perf_counter() + PATIENCE
    while any(part.children() for part in parent.children() if "worker" in part.cmdline()):
        if time.perf_counter() > deadline:
            raise RuntimeError("the worker is still busy; is there an evaluation in its queue?")
        time.sleep(SAMPLING_SECONDS)
    infos = (each.memory_full_info() for each in (parent, *parent.children(recursive=True)))
    return sum(getattr(found, "pss", found.rss) for found in infos) / 1e6


def dashboard_address(process: subprocess.Popen[str]) -> str:
    """The address that the command prints once both parts answer."""
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("Dashboard"):
            return line.split()[-1]
    raise RuntimeError(f"`wellbehaved up` ended with {process.wait()} and printed no address")


def use(page: Page, url: str) -> None:
    """Move a slider, and look at every page."""
    slider = page.get_by_role("slider").first
    for _ in range(10):
        slider.press("ArrowRight")
        page.wait_for_function(IDLE)
    for path in PAGES:
        page.goto(f"{url}{path}")
        page.locator("h1").first.wait_for(timeout=PATIENCE * 1000)
        page.wait_for_function(IDLE)


def measure_start(browser: Browser) -> tuple[float, Memory]:
    """Seconds to the first ranking on screen, and the peak of memory."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "WELLBEHAVED_DATA_DIR": folder, "PYTHONUNBUFFERED": "1"}
        arguments = [sys.executable, "-m", "wellbehaved.cli", "up", "--port", "0", "--dashboard-port", "0"]
        start = time.perf_counter()
        process = subprocess.Popen(
            arguments, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=Path(folder)
        )
        try:
            with watch_memory(process) as peak:
                url = dashboard_address(process)
                page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
                page.goto(url)
                page.locator(".frame tbody tr").first.wait_for(timeout=PATIENCE * 1000)
                took = time.perf_counter() - start
                use(page, url)
                page.context.close()
            peak.idle_pss = idle_pss(process)
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=PATIENCE)
    return took, peak


def main() -> None:
    """Run the rounds and print their medians."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    chromium = os.environ.get("WELLBEHAVED_TEST_CHROMIUM") or shutil.which("chromium")
    if chromium is None:
        raise SystemExit("no chromium on PATH: install it, or name one in WELLBEHAVED_TEST_CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        found = [measure_start(browser) for _ in range(rounds)]
        browser.close()
    seconds = [took for took, _ in found]
    print(
        f"first page {statistics.median(seconds):.1f} s, {min(seconds):.1f} to {max(seconds):.1f} in {rounds} rounds "
        f"(goal: under {SECONDS_GOAL:.0f} s); ratio to the goal {statistics.median(seconds) / SECONDS_GOAL:.2f}"
    )
    rss, pss = max(peak.rss for _, peak in found), max(peak.pss for _, peak in found)
    print(
        f"service and dashboard take {rss:.0f} MB RSS, {pss:.0f} MB PSS (goal: under {MEGABYTES_GOAL:.0f} MB); "
        f"ratio to the goal {rss / MEGABYTES_GOAL:.2f}"
    )
    idle = max(peak.idle_pss for _, peak in found)
    print(f"idle, all parts take {idle:.0f} MB PSS; ratio to the goal {idle / IDLE_GOAL:.2f}")


if __name__ == "__main__":
    main()
