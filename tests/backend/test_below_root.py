"""Below a path of a host the service answers alike with the prefix and without, and its addresses carry it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from backend.app import create_app
from backend.below_root import public_path
from backend.settings import Settings
from tests.backend.conftest import TOKEN
from tests.backend.own_dimension import THROUGHPUT
from wellbehaved.in_process import InProcessTransport

ROOT = "/lab/rankings"


@contextmanager
def service(folder: Path, **named: str | int) -> Iterator[httpx.Client]:
    settings = Settings(_env_file=None, **{"data_dir": folder, "database_url": None, **named})  # type: ignore[arg-type] # by name
    transport = InProcessTransport(create_app(settings))
    with httpx.Client(transport=transport, base_url="http://service") as client:
        yield client


@pytest.fixture
def below(tmp_path: Path) -> Iterator[httpx.Client]:
    """A service below a path."""
    with service(tmp_path, root_path=ROOT) as client:
        yield client


@pytest.mark.parametrize("prefix", ["", ROOT])
def test_it_answers_with_the_prefix_and_without(below: httpx.Client, prefix: str) -> None:
    assert below.get(f"{prefix}/v1/health").status_code == 200
    assert below.get(f"{prefix}/docs").status_code == 200
    assert below.get(f"{prefix}/static-offline-docs/swagger-ui.css").status_code == 200
    assert below.get(f"{prefix}/openapi.json").json()["servers"][0]["url"] == ROOT
    assert below.get(f"{prefix}/").headers["location"] == f"{ROOT}/docs"


def test_the_path_itself_is_the_start(below: httpx.Client) -> None:
    assert below.get(ROOT).headers["location"] == f"{ROOT}/docs"


@pytest.mark.parametrize("prefix", ["", ROOT])
def test_a_problem_names_addresses_as_its_reader_has_them(below: httpx.Client, prefix: str) -> None:
    problem = below.get(f"{prefix}/v1/nothing").json()
    assert (problem["type"], problem["instance"]) == (f"{ROOT}/problems/not_found", f"{ROOT}/v1/nothing")


def test_a_crash_names_them_too(tmp_path: Path) -> None:
    def crash() -> None:
        raise RuntimeError

    app = create_app(Settings(data_dir=tmp_path, database_url=None, root_path=ROOT, _env_file=None))
    app.add_api_route("/crash", crash)
    with httpx.Client(transport=InProcessTransport(app), base_url="http://service") as client:
        answer = client.get("/crash")
    assert (answer.status_code, answer.json()["type"]) == (500, f"{ROOT}/problems/internal_error")


@pytest.mark.parametrize("prefix", ["", ROOT])
def test_what_looks_at_paths_knows_them_below_it(tmp_path: Path, prefix: str) -> None:
    with service(tmp_path, root_path=ROOT, requests_per_minute=1, public_dashboard_url="https://a.example") as client:
        statuses = [client.get(f"{prefix}/v1/health").status_code for _ in range(3)]
        asked = {"Origin": "https://a.example", "Access-Control-Request-Method": "POST"}
        answer = client.options(f"{prefix}/v1/checkpoints", headers=asked)
    assert statuses == [200] * 3
    assert answer.headers["access-control-allow-origin"] == "https://a.example"


@pytest.mark.parametrize("prefix", ["", ROOT])
def test_dimensions_of_ones_own_are_there_below_it(tmp_path: Path, study_sqlite_url: str, prefix: str) -> None:
    with service(tmp_path, root_path=ROOT, database_url=study_sqlite_url, token=TOKEN) as client:
        client.headers["Authorization"] = f"Bearer {TOKEN}"
        added = client.post(f"{prefix}/v1/dimensions", json=THROUGHPUT)
        assert (added.status_code, added.headers["location"]) == (201, f"{ROOT}/v1/dimensions")
        assert "throughput" in {each["key"] for each in client.get(f"{prefix}/v1/dimensions").json()["items"]}
        assert client.get(f"{prefix}/v1/rankings?w.throughput=1&limit=1").status_code == 200
        assert "w.throughput" in client.get(f"{prefix}/openapi.json").text
        assert client.get(f"{prefix}/v1/health").status_code == 200


@pytest.mark.parametrize(("root", "now"), [("", "not set"), ("/other", "/other")])
def test_another_prefix_than_the_settings_say_is_named(tmp_path: Path, root: str, now: str) -> None:
    with service(tmp_path, root_path=root) as client:
        answer = client.get(f"{ROOT}/v1/models/alexnet")
    assert answer.status_code == 404
    said = answer.json()["next_step"]
    assert f"If a proxy leaves {ROOT} before the path, set WELLBEHAVED_ROOT_PATH={ROOT} (now {now})" in said


@pytest.mark.parametrize("path", ["/v1/docs", "/a/b/c/d/e/f/g/h/docs", "/<b>/docs", "/nothing", "/nothing/"])
def test_other_paths_that_nobody_has_are_no_matter_of_a_proxy(tmp_path: Path, path: str) -> None:
    with service(tmp_path) as client:
        answer = client.get(path)
    assert answer.status_code == 404
    assert "ROOT_PATH" not in answer.json()["next_step"]


def test_without_a_path_nothing_is_put_before_addresses(tmp_path: Path) -> None:
    with service(tmp_path) as client:
        assert client.get("/openapi.json").json()["servers"][0]["url"] == "/"
        assert client.get("/").headers["location"] == "/docs"
        assert client.get("/v1/nothing").json()["type"] == "/problems/not_found"


def test_an_address_of_a_mounted_part_starts_at_the_service() -> None:
    scope = {"root_path": f"{ROOT}/guide", "app_root_path": ROOT, "path": f"{ROOT}/guide/index.html"}
    assert public_path(scope, "/problems/not_found") == f"{ROOT}/problems/not_found"
