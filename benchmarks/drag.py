"""From a slider's input event to the new order painted, while a thumb is dragged; beside a bare page.

The board is the product's own, in a running dashboard; pools of 3,000 and 30,000 models repeat the published ones under
other names with other values, and reach it in place of the service's answer. The peer (peers/bare_board.html) takes the
same pool and the same arithmetic and draws the rows in sight as bare text and bars: no filters, break-points, marks or
gliding. Both are dragged in turns by real mouse events in one chromium.

Times are taken in the page: from the `input` event to a message that is posted in that frame's animation callback, and
so arrives once the main thread has computed styles and layout and recorded the paint; rasterising follows on other
threads. Headless chromium's frame clock beats 60 times a second. The second animation callback after an event starts at
a later beat whatever the work was, so that it cannot tell 3 ms from 13; it is printed too, as `2nd frame`: far above
17 ms, beats were missed. Both pages need the processor: figures of a busy machine are larger, and the ratio holds best.
Usage: python benchmarks/drag.py [moves of each]
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.slider import FLAGS, free_port, p95, start
from dashboard.streamlit_options import command

GOALS = {326: 16.0, 3_000: 33.0, 30_000: 100.0}
RATIO = 1.5
ROUNDS = 3
WARM_UP = 6
PATIENCE_MILLISECONDS = 120_000
PEER = Path(__file__).parent / "peers" / "bare_board.html"
TIMER = """() => {
  window.painted = []; window.nextFrame = [];
  let start = 0;
  document.addEventListener('input', () => {
    if (start) return;
    start = performance.now();
    requestAnimationFrame(() => {
      const channel = new MessageChannel(), began = start;
      channel.port1.onmessage = () => { window.painted.push(performance.now() - began); };
      channel.port2.postMessage(0);
      requestAnimationFrame(() => { window.nextFrame.push(performance.now() - began); });
      start = 0;
    });
  }, true);
}"""


@contextmanager
def dashboard() -> Iterator[tuple[str, str]]:
    """Service and dashboard on ports and a folder of their own: their addresses."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        api, own = (f"http://127.0.0.1:{free_port()}" for _ in range(2))
        environment = {**os.environ, "WELLBEHAVED_DATA_DIR": folder, "WELLBEHAVED_API_URL": api}
        cli = [sys.executable, "-m", "wellbehaved.cli"]
        subprocess.run([*cli, "migrate"], env=environment, check=True, stdout=subprocess.DEVNULL)
        start(stack, [*cli, "serve", "--port", api.rpartition(":")[2]], environment, f"{api}/v1/ready")
        start(stack, command(int(own.rpartition(":")[2]), api, "127.0.0.1"), environment, f"{own}/_stcore/health")
        yield api, own


def enlarged(answer: dict[str, Any], size: int) -> dict[str, Any]:
    """The pool with each model repeated under other names and with other values until there are `size`."""
    source = random.Random(0)
    rows = [row % len(answer["model_ids"]) for row in range(size)]
    shift = [0.0 if row < len(answer["model_ids"]) else source.gauss(0, 0.5) for row in range(size)]

    def moved(column: list[float | None]) -> list[float | None]:
        values = (column[row] for row in rows)
        return [
            None if value is None else value + by * source.random() for value, by in zip(values, shift, strict=True)
        ]

    names = [f"{answer['identities']['name'][row]} {place}" for place, row in enumerate(rows)]
    in_order = sorted(range(size), key=lambda place: names[place].casefold())
    name_order = [0] * size
    for place, row in enumerate(in_order):
        name_order[row] = place
    identities = {field: [column[row] for row in rows] for field, column in answer["identities"].items()}
    by_row = ("searched", "missing", "flags", "flagged")
    return {
        **answer,
        **{field: [answer[field][row] for row in rows] for field in by_row},
        "model_ids": [f"{answer['model_ids'][row]}-{place}" for place, row in enumerate(rows)],
        "identities": {**identities, "name": names},
        "name_order": name_order,
        "values": {key: [column[row] for row in rows] for key, column in answer["values"].items()},
        "standardised": {key: moved(column) for key, column in answer["standardised"].items()},
        "percentiles": {key: [column[row] for row in rows] for key, column in answer["percentiles"].items()},
    }


def opened(browser: Browser, url: str, pool: str) -> dict[str, Page]:
    """The board and the bare page, each with that pool and its timer."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(PATIENCE_MILLISECONDS)
    context.route("**/board/scores/**", lambda route: route.fulfill(body=pool, content_type="application/json"))
    scripts: list[str] = []
    board = context.new_page()
    board.on("request", lambda request: scripts.extend(re.findall(r"board/scripts-\w+", request.url)))
    board.goto(url)
    board.wait_for_selector('[data-board="alive"] .board .row .score')
    html = PEER.read_text("utf-8").replace("SCRIPTS", f"/{scripts[0]}").replace("SCORES", "/board/scores/peer")
    context.route("**/bare-board", lambda route: route.fulfill(body=html, content_type="text/html"))
    bare = context.new_page()
    bare.goto(f"{url}/bare-board")
    bare.wait_for_selector('[data-board="alive"]')
    pages = {"board": board, "bare": bare}
    for page in pages.values():
        page.evaluate(TIMER)
    return pages


def drag(page: Page, moves: int) -> tuple[list[float], list[float]]:
    """Milliseconds to paint and to the second frame for each move of one drag to and fro."""
    page.bring_to_front()
    slider = page.locator("input[type=range]:not([data-theme])").first
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    if box is None:
        raise RuntimeError("the slider is not on the page")
    middle, left, width = box["y"] + box["height"] / 2, box["x"] + 12, box["width"] - 24
    page.mouse.move(left + width / 3, middle)
    page.mouse.down()
    page.evaluate("window.painted = [], window.nextFrame = []")
    for move in range(WARM_UP + moves):
        turn = move % 40
        part = turn / 20 if turn < 20 else 2 - turn / 20
        page.mouse.move(left + width * (0.1 + 0.8 * part), middle)
        page.wait_for_timeout(16)
    page.wait_for_timeout(300)
    painted, frames = page.evaluate("[window.painted, window.nextFrame]")
    page.mouse.up()
    page.wait_for_timeout(1_500)
    return painted[WARM_UP:], frames[WARM_UP:]


def main() -> None:
    """Start everything, drag in turns, print."""
    moves = int(sys.argv[1]) if len(sys.argv) > 1 else 120
    chromium = os.environ.get("WELLBEHAVED_TEST_CHROMIUM") or shutil.which("chromium")
    if chromium is None:
        raise SystemExit("no chromium on PATH: install it, or name one in WELLBEHAVED_TEST_CHROMIUM")
    with dashboard() as (api, url), sync_playwright() as playwright:
        answer = httpx.get(f"{api}/v1/standardised-scores", timeout=60).raise_for_status().json()
        browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        print(f"chromium {browser.version}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
        print("models  page   median    p95  goal   2nd frame p95  moves")
        for size, goal in GOALS.items():
            pages = opened(browser, url, json.dumps(enlarged(answer, size)))
            times: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in pages}
            for _ in range(ROUNDS):
                for name, page in pages.items():
                    for kept, found in zip(times[name], drag(page, moves // ROUNDS), strict=True):
                        kept.extend(found)
            for name, (painted, frames) in times.items():
                line = f"{size:6,}  {name:5} {statistics.median(painted):6.1f}ms {p95(painted):5.1f}ms"
                print(f"{line} {goal:4.0f}ms {p95(frames):12.1f}ms {len(painted):6}")
            ratio = p95(times["board"][0]) / p95(times["bare"][0])
            print(f"{size:6,}  ratio of p95 {ratio:.2f} (goal: at most {RATIO})", flush=True)
            pages["board"].context.close()
        browser.close()


if __name__ == "__main__":
    main()
