from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from backend import installed_guide
from backend.app import create_app
from backend.installed_guide import add_guide
from backend.problems import install_error_handlers
from backend.settings import Settings
from wellbehaved.in_process import InProcessTransport

Ask = Callable[[Path], httpx.Client]


@pytest.fixture
def asked() -> Iterator[Ask]:
    """A service that has nothing but the guide of a folder."""
    with ExitStack() as open_clients:

        def client(folder: Path) -> httpx.Client:
            app = FastAPI(redirect_slashes=False)
            add_guide(app, folder)
            install_error_handlers(app)
            return open_clients.enter_context(
                httpx.Client(transport=InProcessTransport(app), base_url="http://service")
            )

        yield client


@pytest.fixture
def built(tmp_path: Path) -> Path:
    (tmp_path / "reference").mkdir()
    (tmp_path / "index.html").write_text("<h1>Start</h1>")
    (tmp_path / "reference" / "problems.html").write_text("<h1>Error codes</h1>")
    return tmp_path


def test_the_guide_is_served_as_it_was_built(asked: Ask, built: Path) -> None:
    service = asked(built)
    assert service.get("/guide", follow_redirects=True).text == "<h1>Start</h1>"
    assert service.get("/guide/reference/problems.html").headers["content-type"].startswith("text/html")
    missing = service.get("/guide/nothing.html")
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")
    assert service.get("/guide/%2e%2e/secret").status_code == 404


def test_the_type_of_a_problem_opens_its_place(asked: Ask, built: Path) -> None:
    service = asked(built)
    answer = service.get("/problems/queue_full")
    assert answer.headers["location"] == "../guide/reference/problems.html#queue_full"
    assert service.get("/problems/queue_full", follow_redirects=True).text == "<h1>Error codes</h1>"
    assert service.get("/problems/%0d%0aSet-Cookie:x").status_code == 422


def test_no_address_repeats_the_host_of_the_request(asked: Ask, built: Path) -> None:
    for path in ("/guide", "/guide/reference", "/problems/busy"):
        answer = asked(built).get(path, headers={"host": "elsewhere.example.org"})
        assert "elsewhere" not in answer.headers.get("location", "")


@pytest.mark.parametrize("path", ["/guide", "/problems/queue_full"])
def test_without_a_guide_the_answer_says_how_to_get_it(asked: Ask, tmp_path: Path, path: str) -> None:
    answer = asked(tmp_path).get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "guide_not_installed")
    assert "make docs" in answer.json()["next_step"]


def test_the_service_has_it(built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installed_guide.add_guide, "__defaults__", (built,))
    app = create_app(Settings(data_dir=tmp_path / "data", database_url=None, _env_file=None))
    with httpx.Client(transport=InProcessTransport(app), base_url="http://service") as service:
        problem = service.get("/v1/rankings", params={"w.accuracy": "-1"}).json()
        assert service.get(problem["type"], follow_redirects=True).text == "<h1>Error codes</h1>"
        assert service.head("/guide/index.html").status_code == 200
        assert "/guide" not in service.get("/openapi.json").json()["paths"]
