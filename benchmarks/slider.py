"""From a slider's move to the new ranking on screen: the dashboard beside a bare Streamlit app; prints the ratio.

Both run on this machine at once and are moved in turns in one chromium. The time runs from the key's event in the page
to the first frame painted after the table shows other scores.
Usage: python benchmarks/slider.py [moves of each]
"""

import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import httpx
from playwright.sync_api import Page, sync_playwright

from dashboard.streamlit_options import APP, command

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
GOAL = 1.5
WARM_UP = 3
PEER = Path(__file__).parent / "peers" / "bare_dashboard.py"
# The board's table lies in a shadow tree of its own; the peer's is plain.
SCORES = """(() => {
  const host = [...document.querySelectorAll('*')].find(each => each.shadowRoot?.querySelector('.board .body'));
  const cells = host ? host.shadowRoot.querySelectorAll('.body .score') : document.querySelectorAll('tbody td');
  return [...cells].map(cell => cell.textContent).join();
})()"""
# Moves are timed inside the page: the clock of the test's own process would add its way there and back.
TIMER = f"""
() => {{
  const scores = () => {SCORES};
  window.lastMove = null;
  document.addEventListener('keydown', () => {{
    const start = performance.now(), before = scores();
    const look = () => {{
      if (scores() !== before) requestAnimationFrame(() => {{ window.lastMove = performance.now() - start; }});
      else if (performance.now() - start < 30000) requestAnimationFrame(look);
    }};
    look();
  }}, true);
}}
"""
IDLE = "document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'"


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(stack: ExitStack, arguments: list[str], environment: dict[str, str], health: str) -> int:
    """Start a process, wait until it answers, and end it with the stack; gives its number."""
    process = subprocess.Popen(arguments, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    stack.callback(process.wait)
    stack.callback(process.terminate)
    for _ in range(600):
        try:
            if httpx.get(health).is_success:
                return process.pid
        except httpx.TransportError:
            time.sleep(0.1)
    raise RuntimeError(f"{' '.join(arguments)} does not answer at {health}")


def open_page(page: Page, url: str) -> Page:
    """The page once its ranking is there and its timer set."""
    page.goto(url)
    page.wait_for_function(f"{SCORES} !== ''", timeout=60_000)
    page.wait_for_function(IDLE)
    page.evaluate(TIMER)
    page.get_by_role("slider").first.focus()
    return page


def press(page: Page, key: str) -> float:
    """Milliseconds from one press of a key to the new ranking."""
    page.bring_to_front()
    page.evaluate("window.lastMove = null")
    page.keyboard.press(key)
    page.wait_for_function("window.lastMove !== null", timeout=60_000)
    page.wait_for_function(IDLE)
    took: float = page.evaluate("window.lastMove")
    return took


def p95(times: list[float]) -> float:
    """The time that 95 of 100 moves stay within."""
    return statistics.quantiles(times, n=20)[-1]


def main() -> None:
    """Start everything, move in turns, print."""
    moves = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    chromium = os.environ.get("WELLBEHAVED_TEST_CHROMIUM") or shutil.which("chromium")
    if chromium is None:
        raise SystemExit("no chromium on PATH: install it, or name one in WELLBEHAVED_TEST_CHROMIUM")
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        ports = {name: free_port() for name in ("api", "dashboard", "bare")}
        api = f"http://127.0.0.1:{ports['api']}"
        environment = {**os.environ, "WELLBEHAVED_DATA_DIR": folder, "WELLBEHAVED_API_URL": api}
        cli = [sys.executable, "-m", "wellbehaved.cli"]
        subprocess.run([*cli, "migrate"], env=environment, check=True, stdout=subprocess.DEVNULL)
        start(stack, [*cli, "serve", "--port", str(ports["api"])], environment, f"{api}/v1/ready")
        ours = command(ports["dashboard"], api, "127.0.0.1")
        bare = [str(PEER) if part == str(APP) else part for part in command(ports["bare"], api, "127.0.0.1")]
        urls = {name: f"http://127.0.0.1:{ports[name]}" for name in ("dashboard", "bare")}
        start(stack, ours, environment, f"{urls['dashboard']}/_stcore/health")
        start(stack, bare, environment, f"{urls['bare']}/_stcore/health")
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        pages = {name: open_page(context.new_page(), url) for name, url in urls.items()}
        times: dict[str, list[float]] = {name: [] for name in pages}
        for move in range(WARM_UP + moves):
            for name, page in pages.items():
                page.bring_to_front()
                took = press(page, "ArrowRight" if move % 20 < 10 else "ArrowLeft")
                if move >= WARM_UP:
                    times[name].append(took)
        browser.close()
    for name, found in times.items():
        print(f"{name:10} median {statistics.median(found):4.0f} ms, p95 {p95(found):4.0f} ms, {len(found)} moves")
    print(f"ratio of p95 {p95(times['dashboard']) / p95(times['bare']):.2f} (goal: at most {GOAL})")


if __name__ == "__main__":
    main()
