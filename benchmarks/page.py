"""Whole pages of the dashboard beside the least Streamlit apps: opening, a slider moved until all is quiet, memory.

- Opening: from the navigation to the first sentence of the answer, and to the last change of the page, in a browser
  without a past; beside a bare app with nine sliders, one table and one chart (peers/bare_dashboard.py). Rank is the
  page with the table, Trade-offs the one with a table and charts.
- Release: from a key that steps a slider, which is a whole move, to the last change of the page, late answers and
  charts included; beside the same bare app, which computes in its own process and does not say how sure it is. What is
  only read aloud does not count: components/announcement.js waits on purpose until the page has been still for a while.
- Memory: what one more open tab adds to the server's resident memory; beside a Streamlit page with one slider.

All run at once on this machine and take turns in one chromium; ratios of one run hold best. Memory is read from /proc.
Usage: python -m benchmarks.page [rounds]
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, TimeoutError, sync_playwright

from benchmarks.first_load import BARE
from benchmarks.slider import FLAGS, PEER, free_port, p95, start
from dashboard.streamlit_options import APP, command

RATIO, FIRST_SECONDS, MEMORY_RATIO = 1.5, 2.0, 1.2
PATIENCE_MILLISECONDS = 120_000
QUIET_MILLISECONDS, RELEASE_MILLISECONDS = 1_500, 30_000
TABS, WARM_TABS = 10, 3
OPENED = {"Rank": "/", "Trade-offs": "/trade-offs"}
# Weights move neither axis of the default trade-off, so that the page with charts is another one here.
RELEASED = {"Rank": "/", "Compare": "/compare"}
# When the page last changed, in shadow trees too, when its first heading was there, and when a key was last pressed.
WATCH = """
window.lastChange = 0; window.firstAnswer = 0; window.released = 0;
const aloud = (record) => record.target.id === 'wellbehaved-answer';
const watcher = new MutationObserver((records) => {
  if (records.every(aloud)) return;
  window.lastChange = performance.now();
  if (!window.firstAnswer && document.querySelector('h1')?.textContent) window.firstAnswer = performance.now();
});
const watch = (root) => watcher.observe(root, {subtree: true, childList: true, characterData: true});
const attach = Element.prototype.attachShadow;
Element.prototype.attachShadow = function (...given) {
  const root = attach.apply(this, given);
  watch(root);
  return root;
};
watch(document);
window.addEventListener('keydown', () => { window.released = performance.now(); }, true);
"""
QUIET = f"""performance.now() - window.lastChange > {QUIET_MILLISECONDS} && window.firstAnswer > 0
&& document.querySelector('[data-testid=stApp]').dataset.testScriptState === 'notRunning'
&& !document.querySelector('[data-testid=stSkeleton], [class*=st-key-stale]')"""


@contextmanager
def services() -> Iterator[tuple[dict[str, str], dict[str, int]]]:
    """The dashboard, the bare app and the page with a slider: their addresses and the numbers of their processes."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        slider = Path(folder) / "slider.py"
        slider.write_text(BARE, encoding="utf-8")
        ports = {name: free_port() for name in ("api", "dashboard", "app", "slider")}
        urls = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
        environment = {**os.environ, "WELLBEHAVED_DATA_DIR": folder, "WELLBEHAVED_API_URL": urls["api"]}
        cli = [sys.executable, "-m", "wellbehaved.cli"]
        subprocess.run([*cli, "migrate"], env=environment, check=True, stdout=subprocess.DEVNULL)
        start(stack, [*cli, "serve", "--port", str(ports["api"])], environment, f"{urls['api']}/v1/ready")
        scripts = {"dashboard": APP, "app": PEER, "slider": slider}
        pids = {}
        for name, script in scripts.items():
            ours = command(ports[name], urls["api"], "127.0.0.1")
            arguments = [str(script) if part == str(APP) else part for part in ours]
            pids[name] = start(stack, arguments, environment, f"{urls[name]}/_stcore/health")
        yield urls, pids


def opened(browser: Browser, url: str) -> Page:
    """A page in a browser without a past, once it is quiet."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(PATIENCE_MILLISECONDS)
    context.add_init_script(WATCH)
    page = context.new_page()
    page.goto(url)
    page.wait_for_function(QUIET)
    return page


def opening(browser: Browser, url: str) -> tuple[float, float]:
    """Milliseconds from the navigation to the first heading, and to the last change."""
    page = opened(browser, url)
    first, last = page.evaluate("[window.firstAnswer, window.lastChange]")
    page.context.close()
    return first, last


def release(page: Page, key: str) -> float:
    """Milliseconds from a key that steps the first slider to the last change of the page."""
    page.bring_to_front()
    page.get_by_role("slider").first.focus()
    page.evaluate("window.released = 0")
    page.keyboard.press(key)
    done = f"window.released > 0 && window.lastChange > window.released && {QUIET}"
    page.wait_for_function(done, timeout=RELEASE_MILLISECONDS)
    took: float = page.evaluate("window.lastChange - window.released")
    return took


def resident(pid: int) -> float:
    """Megabytes that a process holds in memory."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return float(status.partition("VmRSS:")[2].split()[0]) / 1024


def memory(browser: Browser, url: str, pid: int) -> float:
    """Megabytes that each further tab adds."""
    for _ in range(WARM_TABS):
        opened(browser, url).context.close()
    before = resident(pid)
    pages = [opened(browser, url) for _ in range(TABS)]
    after = resident(pid)
    for page in pages:
        page.context.close()
    return (after - before) / TABS


def main() -> None:
    """Start everything, take turns, print."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    chromium = os.environ.get("WELLBEHAVED_TEST_CHROMIUM") or shutil.which("chromium")
    if chromium is None:
        raise SystemExit("no chromium on PATH: install it, or name one in WELLBEHAVED_TEST_CHROMIUM")
    with services() as (urls, pids), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        print(f"chromium {browser.version}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {rounds} rounds")
        _print_releases(browser, places(urls, RELEASED), rounds)
        added = {name: memory(browser, urls[name], pids[name]) for name in ("slider", "dashboard")}
        print(f"memory of one more tab: {added['dashboard']:.1f} MB, a page with a slider {added['slider']:.1f} MB, "
              f"ratio {added['dashboard'] / added['slider']:.2f} (goal: at most {MEMORY_RATIO})")  # fmt: skip
        _print_openings(browser, places(urls, OPENED), rounds)
        browser.close()


def places(urls: dict[str, str], pages: dict[str, str]) -> dict[str, str]:
    """The bare app and pages of ours by name."""
    return {"bare app": urls["app"], **{name: f"{urls['dashboard']}{path}" for name, path in pages.items()}}


def _print_openings(browser: Browser, compared: dict[str, str], rounds: int) -> None:
    for url in compared.values():
        opening(browser, url)  # the first one has the caches filled
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in compared}
    for _ in range(rounds):
        for name, url in compared.items():
            found[name].append(opening(browser, url))
    bare = statistics.median(last for _, last in found["bare app"])
    for name, times in found.items():
        first, last = (statistics.median(each) for each in zip(*times, strict=True))
        print(f"open {name:10} answer {first / 1000:.2f} s (goal: {FIRST_SECONDS:g}), complete {last / 1000:.2f} s, "
              f"ratio {last / bare:.2f} (goal: at most {RATIO})", flush=True)  # fmt: skip


def _print_releases(browser: Browser, compared: dict[str, str], rounds: int) -> None:
    pages = {name: opened(browser, url) for name, url in compared.items()}
    times: dict[str, list[float]] = {name: [] for name in compared}
    for turn in range(2 * rounds):
        for name, page in pages.items():
            try:
                times[name].append(release(page, "ArrowRight" if turn % 4 < 2 else "ArrowLeft"))
            except TimeoutError:
                print(f"{name} was not quiet in time after move {turn}; the move is left out", flush=True)
    for page in pages.values():
        page.context.close()
    bare = p95(times["bare app"])
    for name, found in times.items():
        print(f"release to quiet, {name:10} median {statistics.median(found):5.0f} ms, p95 {p95(found):5.0f} ms, "
              f"ratio of p95 {p95(found) / bare:.2f} (goal: at most {RATIO})", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
