"""Draws docs/images anew from the running product, for `make pictures`: what a document shows is what there is."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from dashboard.streamlit_options import command
from tests.browser.conftest import CHROMIUM, FLAGS, WAIT_MILLISECONDS, Service, free_port, settle

FOLDER = Path(__file__).parents[2] / "docs" / "images"


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
    Picture("rank-phone.png", "/", width=390, height=844),
    Picture("groups-light.png", "/groups", height=780, left=345),
)


def draw(browser: Browser, url: str, picture: Picture) -> None:
    """Open the page as a reader would and keep what is on the screen once it stands still."""
    context = browser.new_context(
        viewport={"width": picture.width, "height": picture.height},
        color_scheme="dark" if picture.dark else "light",
    )
    page = context.new_page()
    page.set_default_timeout(WAIT_MILLISECONDS)
    page.goto(url + picture.path)
    settle(page)
    _stand_still(page)
    drawn = Image.open(BytesIO(page.screenshot())).convert("RGB")
    context.close()
    kept = drawn.crop((picture.left, 0, drawn.width, drawn.height))
    # All colours: a small palette would give two dimensions the same one.
    kept.save(FOLDER / picture.name, optimize=True)


def _stand_still(page: Page) -> None:
    page.wait_for_function(
        "!document.querySelector('[class*=st-key-stale], [data-stale=true]') && !document.body.innerText.includes("
        "'Computing…') && document.getAnimations().every(each => each.playState !== 'running')"
    )


def main() -> None:
    """Start service and dashboard on the study in a folder of their own, and draw every picture."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        api, page = free_port(), free_port()
        service, url = f"http://127.0.0.1:{api}", f"http://127.0.0.1:{page}"
        environment = {**os.environ, "WELLBEHAVED_DATA_DIR": folder, "WELLBEHAVED_API_URL": service}
        environment.pop("WELLBEHAVED_DATABASE_URL", None)
        ours = [sys.executable, "-m", "wellbehaved.cli"]
        subprocess.run([*ours, "migrate"], env=environment, check=True, stdout=subprocess.DEVNULL)
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
                    draw(browser, url, picture)
                browser.close()
        finally:
            for part in parts:
                part.stop()


if __name__ == "__main__":
    main()
