"""Makes docs/images anew from the running product, for `make pictures`: what a document shows is what there is.

The page Evaluate needs a toy model that was measured, which takes minutes. Give the data folder of an earlier run to
keep it: `python -m tests.browser.pictures FOLDER`.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from backend.security import ensure_token
from backend.settings import Settings
from dashboard.streamlit_options import command
from tests.browser.conftest import CHROMIUM, FLAGS, WAIT_MILLISECONDS, Service, free_port, settle

FOLDER = Path(__file__).parents[2] / "docs" / "images"
EVALUATION = "{evaluation}"
TOY = "First toy"
DRAG_PICTURE = "drag.webp"
DRAGGED = "^Class balance"
# Parts of the slider's length: from the default up past the next leader, then down past the one before.
DRAG = [*(0.33 + 0.02 * step for step in range(18)), *(0.67 - 0.025 * step for step in range(26))]
FRAME_MILLISECONDS, REST_MILLISECONDS, FRAME_WIDTH = 90, 1_200, 840


@dataclass(frozen=True)
class Picture:
    """One file of docs/images.

    Attributes:
        name: of the file.
        path: the page's address.
        width: of the window.
        height: of the window, and of the picture.
        dark: whether in the dark theme.
        left: pixels that are cut off at the left, such as the sidebar.
    """

    name: str
    path: str
    width: int = 1440
    height: int = 900
    dark: bool = False
    left: int = 0


PICTURES = (
    Picture("rank-light.png", "/"),
    Picture("rank-dark.png", "/", dark=True),
    Picture("rank-phone.png", "/", width=390, height=1240),
    Picture("groups-light.png", "/groups", height=1560, left=345),
    Picture("evaluate-light.png", f"/evaluate?evaluation={EVALUATION}", height=880, left=345),
)


def evaluate_toy(ours: list[str], environment: dict[str, str], folder: Path, log: Path) -> str:
    """Train and submit a toy model, unless the folder has it; gives the identifier of its evaluation."""
    found = submitted(ours, environment)
    if TOY in found:
        return found[TOY]
    subprocess.run([*ours, "datasets", "make-toy"], env=environment, check=True)
    with log.open("ab") as file:
        worker = subprocess.Popen([*ours, "worker"], env=environment, stdout=file, stderr=file)
    try:
        weights = str(folder / "toy.safetensors")
        training = ["--epochs", "2", "--seed", "0", "--out", weights]
        subprocess.run([*ours, "datasets", "train-toy", *training], env=environment, check=True)
        request = [weights, "--architecture", "resnet10t", "--benchmark", "toy-shapes", "--name", TOY, "--follow"]
        subprocess.run([*ours, "submit", *request], env=environment, check=True)
    finally:
        worker.terminate()
        worker.wait()
    return submitted(ours, environment)[TOY]


def submitted(ours: list[str], environment: dict[str, str]) -> dict[str, str]:
    """The finished evaluations of the store: identifier by name."""
    answer = subprocess.run([*ours, "status", "--json"], env=environment, check=True, stdout=subprocess.PIPE).stdout
    return {each["name"]: each["evaluation_id"] for each in json.loads(answer) if each["state"] == "succeeded"}


def draw(browser: Browser, url: str, picture: Picture, evaluation: str) -> None:
    """Open the page as a reader would and keep what is on the screen once it stands still."""
    context = browser.new_context(
        viewport={"width": picture.width, "height": picture.height},
        color_scheme="dark" if picture.dark else "light",
    )
    page = context.new_page()
    page.set_default_timeout(WAIT_MILLISECONDS)
    page.goto(url + picture.path.replace(EVALUATION, evaluation))
    settle(page)
    _stand_still(page)
    drawn = Image.open(BytesIO(page.screenshot())).convert("RGB")
    context.close()
    kept = drawn.crop((picture.left, 0, drawn.width, drawn.height))
    # All colours: a small palette would give two dimensions the same one.
    kept.save(FOLDER / picture.name, optimize=True)


def draw_drag(browser: Browser, url: str) -> None:
    """One slider is dragged up and far down again while the rows follow: what a still cannot show."""
    context = browser.new_context(viewport={"width": 1440, "height": 860})
    page = context.new_page()
    page.set_default_timeout(WAIT_MILLISECONDS)
    page.goto(url)
    settle(page)
    _stand_still(page)
    slider = page.get_by_role("slider", name=re.compile(DRAGGED)).bounding_box()
    if slider is None:
        raise RuntimeError(f"no slider is called {DRAGGED}")
    left, width, middle = slider["x"] + 8, slider["width"] - 16, slider["y"] + slider["height"] / 2
    frames = [_frame(page)]
    page.mouse.move(left + width * DRAG[0], middle)
    page.mouse.down()
    for part in DRAG:
        page.mouse.move(left + width * part, middle)
        page.wait_for_timeout(FRAME_MILLISECONDS // 2)
        frames.append(_frame(page))
    page.mouse.up()
    page.wait_for_url("**w.class_balance=**")
    settle(page)
    _stand_still(page)
    frames.append(_frame(page))
    context.close()
    durations = [REST_MILLISECONDS, *[FRAME_MILLISECONDS] * len(DRAG), 2 * REST_MILLISECONDS]
    frames[0].save(
        FOLDER / DRAG_PICTURE, save_all=True, append_images=frames[1:], duration=durations, loop=0, quality=22, method=6
    )


def _frame(page: Page) -> Image.Image:
    drawn = Image.open(BytesIO(page.screenshot())).convert("RGB")
    return drawn.resize((FRAME_WIDTH, FRAME_WIDTH * drawn.height // drawn.width), Image.Resampling.LANCZOS)


def _stand_still(page: Page) -> None:
    page.wait_for_function(
        "!document.querySelector('[class*=st-key-stale], [data-stale=true]') && !document.body.innerText.includes("
        "'Computing…') && document.getAnimations().every(each => each.playState !== 'running')"
    )


def main() -> None:
    """Start service and dashboard on the study in a folder of their own, and make every picture."""
    with tempfile.TemporaryDirectory() as empty:
        folder = Path(sys.argv[1] if len(sys.argv) > 1 else empty)
        log = Path(empty) / "log"
        api, page = free_port(), free_port()
        service, url = f"http://127.0.0.1:{api}", f"http://127.0.0.1:{page}"
        environment = {**os.environ, "WELLBEHAVED_DATA_DIR": str(folder)}
        environment.pop("WELLBEHAVED_DATABASE_URL", None)
        ours = [sys.executable, "-m", "wellbehaved.cli"]
        subprocess.run([*ours, "migrate"], env=environment, check=True, stdout=subprocess.DEVNULL)
        evaluation = evaluate_toy(ours, environment, folder, log)
        token = ensure_token(Settings(data_dir=folder, _env_file=None))
        environment |= {"WELLBEHAVED_API_URL": service, "WELLBEHAVED_DASHBOARD_TOKEN": token}
        parts = [
            Service([*ours, "serve", "--port", str(api)], environment, f"{service}/v1/ready", log),
            Service(command(page, service, "127.0.0.1"), environment, f"{url}/_stcore/health", log),
        ]
        try:
            for part in parts:
                part.start()
            with sync_playwright() as playwright:
                path = os.environ.get(CHROMIUM) or shutil.which("chromium")
                browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
                for picture in PICTURES:
                    draw(browser, url, picture, evaluation)
                draw_drag(browser, url)
                browser.close()
        finally:
            for part in parts:
                part.stop()


if __name__ == "__main__":
    main()
