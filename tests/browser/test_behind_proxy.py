"""Service and dashboard below a path of a host, behind a real nginx that keeps the prefix or takes it off."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx
import pytest
import timm
from playwright.sync_api import Browser, Page, expect
from safetensors.torch import save_file

from backend.security import ensure_token
from backend.settings import Settings
from tests.browser import nginx
from tests.browser.conftest import WAIT_MILLISECONDS, Service, free_port, settle

pytestmark = pytest.mark.browser

ROOT = "/rankings"
KINDS = ("kept", "stripped")
MODEL = {"model": "resnet18.a1_in1k", "benchmark": "imagenet-1k", "dimensions": ["accuracy"]}


@dataclass(frozen=True)
class Instance:
    """What stands behind both proxies.

    Attributes:
        hosts: where each kind of proxy answers.
        token: for writing.
        environment: of its programs.
    """

    hosts: dict[str, str]
    token: str
    environment: dict[str, str]


@pytest.fixture(scope="module")
def instance(study_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """One service and one dashboard, with an nginx of each kind before them."""
    nginx.program()
    folder = tmp_path_factory.mktemp("behind-proxy")
    data = folder / "data"
    data.mkdir()
    shutil.copyfile(study_file, data / "wellbehaved.db")
    token = ensure_token(Settings(data_dir=data, _env_file=None))
    api, page, *ports = (free_port() for _ in range(4))
    hosts = {kind: f"http://127.0.0.1:{port}" for kind, port in zip(KINDS, ports, strict=True)}
    environment = {
        **os.environ,
        "WELLBEHAVED_DATA_DIR": str(data),
        "WELLBEHAVED_PORT": str(api),
        "WELLBEHAVED_DASHBOARD_PORT": str(page),
        "WELLBEHAVED_API_URL": f"http://127.0.0.1:{api}",
        "WELLBEHAVED_ROOT_PATH": ROOT,
        # A browser uploads to the same origin, as below a host that people know.
        "WELLBEHAVED_PUBLIC_API_URL": f"{hosts['kept']}{ROOT}",
        "WELLBEHAVED_PUBLIC_DASHBOARD_URL": f"{hosts['kept']}{ROOT}",
        "WELLBEHAVED_DASHBOARD_TOKEN": token,
    }
    environment.pop("WELLBEHAVED_DATABASE_URL", None)
    ours = [sys.executable, "-P", "-m", "wellbehaved.cli"]
    parts = [
        Service([*ours, "serve"], environment, f"http://127.0.0.1:{api}/v1/ready", folder / "service.log"),
        Service([*ours, "dashboard"], environment, f"http://127.0.0.1:{page}/_stcore/health", folder / "page.log"),
    ]
    with ExitStack() as started:
        for part in parts:
            started.callback(part.stop)
            part.start()
        for kind, port in zip(KINDS, ports, strict=True):
            own = folder / kind
            own.mkdir()
            served = nginx.configuration(port, api, page, stripped=kind == "stripped")
            started.enter_context(nginx.running(own, served, hosts[kind]))
        yield Instance(hosts, token, environment)


@pytest.fixture(params=KINDS)
def host(request: pytest.FixtureRequest, instance: Instance) -> str:
    """Where a proxy of either kind answers."""
    return instance.hosts[request.param]


def ask(host: str, path: str) -> httpx.Response:
    return httpx.get(f"{host}{ROOT}{path}", timeout=60)


def test_the_page_of_the_paths_finds_all_it_needs(host: str) -> None:
    page = ask(host, "/docs")
    found = re.findall(r"(?:src|href)=\"([^\"]+)\"|url: '([^']+)'", page.text)
    needed = [first or second for first, second in found]
    assert any(each.endswith("openapi.json") for each in needed)
    assert [each for each in needed if not httpx.get(urljoin(str(page.url), each)).is_success] == []


def test_the_document_says_where_the_service_is(host: str) -> None:
    (server,) = ask(host, "/openapi.json").json()["servers"]
    assert server["url"] == ROOT
    assert httpx.get(urljoin(host, server["url"]) + "/v1/health").is_success


def test_the_links_of_a_list_lead_to_its_next_page(host: str) -> None:
    first = ask(host, "/v1/rankings?limit=2")
    second = httpx.get(urljoin(str(first.url), first.links["next"]["url"]))
    ranks = [item["rank"] for answer in (first, second) for item in answer.json()["items"]]
    assert ranks == [1, 2, 3, 4]


def test_the_type_of_a_problem_is_an_address_of_the_service(host: str) -> None:
    problem = ask(host, "/v1/models/nobody").json()
    assert problem["instance"] == f"{ROOT}/v1/models/nobody"
    assert problem["type"] == f"{ROOT}/problems/unknown_model"
    opened = httpx.get(urljoin(host, problem["type"]))
    # Where the guide is built, it leads there; else it says how to get it.
    leads_on = opened.headers.get("location") == "../guide/reference/problems.html#unknown_model"
    assert leads_on or opened.json()["code"] == "guide_not_installed"


def test_events_come_while_an_evaluation_waits(host: str, instance: Instance) -> None:
    headers = {"Authorization": f"Bearer {instance.token}"}
    made = httpx.post(f"{host}{ROOT}/v1/evaluations", json=MODEL, headers=headers, timeout=60)
    assert made.status_code == 202, made.text
    where = urljoin(str(made.url), made.headers["location"])
    assert httpx.get(where, headers=headers).json()["state"] == "queued"
    # Nobody measures it, so that the stream goes on: a proxy that collected it would give nothing.
    with httpx.stream("GET", f"{where}/events", headers=headers, timeout=60) as stream:
        lines = stream.iter_lines()
        assert next(line for line in lines if line.startswith("event:")) == "event: change"
        assert json.loads(next(lines).removeprefix("data:"))["state"] == "queued"


def test_a_large_file_passes(host: str, instance: Instance, tmp_path: Path) -> None:
    path = tmp_path / "large.safetensors"
    # More than nginx would take by itself.
    save_file(timm.create_model("resnet10t", num_classes=16).state_dict(), path)
    assert path.stat().st_size > 2**20
    headers = {"Authorization": f"Bearer {instance.token}", "Content-Type": "application/octet-stream"}
    asked = f"{host}{ROOT}/v1/checkpoints?filename=large.safetensors"
    answer = httpx.post(asked, content=path.read_bytes(), headers=headers, timeout=120)
    assert answer.status_code == 201, answer.text


def test_the_path_without_its_slash_is_the_dashboard(host: str) -> None:
    answer = httpx.get(f"{host}{ROOT}?preset=robust")
    assert (answer.status_code, urlsplit(answer.headers["location"]).query) == (308, "preset=robust")


def test_the_pages_need_nothing_outside_the_path(host: str, browser: Browser) -> None:
    page = opened(browser, f"{host}{ROOT}/")
    asked: list[str] = []

    def note(url: str) -> None:
        if url.startswith(("http:", "ws:")):  # others, such as blob:, are of the page itself
            asked.append(urlsplit(url).path)

    page.on("request", lambda request: note(request.url))
    page.on("websocket", lambda socket: note(socket.url))
    page.reload()
    settle(page)
    # The table is drawn by scripts that the page fetches from its own server, from values that it fetches there.
    expect(page.get_by_role("row").nth(3)).to_be_visible(timeout=WAIT_MILLISECONDS)
    page.get_by_role("link", name="Compare").click()
    expect(page).to_have_url(re.compile(f"^{host}{ROOT}/compare"))
    page.reload()
    settle(page)
    expect(page).to_have_url(re.compile(f"^{host}{ROOT}/compare"))
    page.goto(f"{host}{ROOT}/nosuchpage")
    settle(page)
    expect(page.get_by_text("/nosuchpage")).to_be_visible()
    assert f"{ROOT}/_stcore/stream" in asked
    assert any("/board/scores/" in path for path in asked)
    assert [path for path in asked if not path.startswith(f"{ROOT}/")] == []
    page.context.close()


def test_a_checkpoint_is_uploaded_from_the_page(instance: Instance, browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "mine.safetensors"
    save_file(timm.create_model("test_resnet", num_classes=16).state_dict(), path)
    page = opened(browser, f"{instance.hosts['kept']}{ROOT}/evaluate")
    # As a proxy answers whose limit is lower.
    page.route("**/v1/checkpoints?*", lambda route: route.fulfill(status=413, body="<html>413</html>"))
    page.set_input_files("input[type=file]", path)
    expect(page.get_by_text("A proxy before the service takes no file of this size")).to_be_visible()
    page.unroute("**/v1/checkpoints?*")
    page.set_input_files("input[type=file]", path)
    expect(page.get_by_text("mine.safetensors was uploaded")).to_be_visible(timeout=3 * WAIT_MILLISECONDS)
    page.context.close()


def test_the_doctor_reaches_both_through_the_proxy(instance: Instance) -> None:
    command = [sys.executable, "-P", "-m", "wellbehaved.cli", "doctor", "--json"]
    done = subprocess.run(command, env=instance.environment, capture_output=True, text=True, check=False)
    found = [each for each in json.loads(done.stdout) if each["subject"] == "public address"]
    assert [each["state"] for each in found] == ["ok"], found


def opened(browser: Browser, url: str) -> Page:
    """A page in a browser without a past, once it stands."""
    page = browser.new_context(viewport={"width": 1440, "height": 1000}).new_page()
    page.set_default_timeout(WAIT_MILLISECONDS)
    page.goto(url)
    settle(page)
    return page
