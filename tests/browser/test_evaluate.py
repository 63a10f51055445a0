"""The whole path in a browser: a checkpoint is handed in, measured by a real worker, and ranked."""

import json
import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import timm
from playwright.sync_api import Browser, expect
from safetensors.torch import save_file

from backend.security import ensure_token
from backend.settings import Settings
from dashboard.streamlit_options import command
from tests.browser.conftest import Service, free_port, settle

pytestmark = pytest.mark.browser

SECONDS = 90_000


@pytest.fixture
def instance(study_file: Path, toy_root: Path, tmp_path: Path) -> Iterator[str]:
    """Service, worker and dashboard of one instance, as `up` starts them; gives the dashboard's address."""
    folder = tmp_path / "data"
    folder.mkdir()
    shutil.copyfile(study_file, folder / "wellbehaved.db")
    (folder / "datasets").symlink_to(toy_root)
    api, page = free_port(), free_port()
    environment = {
        **os.environ,
        "WELLBEHAVED_DATA_DIR": str(folder),
        "WELLBEHAVED_DASHBOARD_PORT": str(page),
        "WELLBEHAVED_API_URL": f"http://127.0.0.1:{api}",
        "WELLBEHAVED_DASHBOARD_TOKEN": ensure_token(Settings(data_dir=folder, _env_file=None)),
        "WELLBEHAVED_WORKER_BEAT_SECONDS": "1",
    }
    environment.pop("WELLBEHAVED_DATABASE_URL", None)
    ours = [sys.executable, "-m", "wellbehaved.cli"]
    ready = f"http://127.0.0.1:{api}/v1/ready"
    parts = [
        Service([*ours, "serve", "--port", str(api)], environment, ready, tmp_path / "service.log"),
        Service(
            command(page, f"http://127.0.0.1:{api}", "127.0.0.1"), environment,
            f"http://127.0.0.1:{page}/_stcore/health", tmp_path / "dashboard.log",
        ),
        Service([*ours, "worker", "--workers", "0"], environment, ready, tmp_path / "worker.log"),
    ]  # fmt: skip
    started: list[Service] = []
    try:
        for part in parts:
            part.start()
            started.append(part)
        yield f"http://127.0.0.1:{page}"
    finally:
        for part in started:
            part.stop()


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    """A small network for 16 classes and small pictures."""
    path = tmp_path / "mine.safetensors"
    net = timm.create_model("test_resnet", num_classes=16)
    save_file(net.state_dict(), path, metadata={"input_size": json.dumps([3, 32, 32])})
    return path


def test_a_checkpoint_is_handed_in_measured_and_ranked(browser: Browser, instance: str, checkpoint: Path) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    page = context.new_page()
    page.set_default_timeout(SECONDS)
    page.goto(f"{instance}/evaluate")
    settle(page)
    page.set_input_files("input[type=file]", checkpoint)
    expect(page.get_by_text("mine.safetensors was uploaded")).to_be_visible()
    # Guessed from the tensors, and chosen because it fits exactly.
    expect(page.get_by_text("We think this is: test_resnet (fits exactly).")).to_be_visible(timeout=SECONDS)
    expect(page.get_by_label("Architecture")).to_have_value("test_resnet (fits exactly)")
    page.get_by_label("Evaluate on").click()
    page.get_by_role("option", name=re.compile("Toy shapes")).click()
    page.get_by_label("Name in the ranking").fill("My own")
    page.get_by_label("Name in the ranking").press("Tab")
    page.get_by_label("Dimensions").click()
    page.get_by_role("option", name="Accuracy").click()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Start evaluation").click()
    expect(page.locator("h1")).to_have_text("My own was measured, the first model on this benchmark.", timeout=SECONDS)
    expect(page.get_by_role("cell", name=re.compile(r"^0\.\d{4} ± 0\.\d{4}$")).first).to_be_visible()
    expect(page).to_have_url(re.compile("evaluation=ev-"))
    # The file went past the dashboard, and its model is private: ranked for its owner.
    page.get_by_role("button", name="See it in the ranking, weighing only what is measured").click()
    expect(page.get_by_role("button", name="My own")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_contain_text("My own is the only model here with a score")
    page.go_back()
    expect(page.locator("h1")).to_have_text("My own was measured, the first model on this benchmark.")
    expect(page).to_have_url(re.compile("evaluation=ev-"))
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_text("Deletes the model My own")).to_be_visible()
    page.get_by_role("button", name="Delete the model").click()
    expect(page.locator("h1")).to_have_text("Measure your own model and see where it ranks.")
    expect(page.get_by_text("No evaluations yet.")).to_be_visible()
    context.close()
