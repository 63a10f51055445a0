"""The board's scripts and values, as the dashboard's server gives them."""

import re

import httpx
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from dashboard import board_files, catalogue
from dashboard.board_files import FOR_EVER, ROUTES, SCRIPTS, scores_path, scripts_path
from wellbehaved import Client

SERVER = TestClient(Starlette(routes=ROUTES))


@pytest.fixture(autouse=True)
def _forget() -> None:
    board_files._compress.cache_clear()


def test_every_script_is_there_and_each_import_of_one_leads_to_another() -> None:
    for path in SCRIPTS.glob("*.js"):
        answer = SERVER.get(f"/{scripts_path()}/{path.name}")
        assert answer.headers["content-type"].startswith("text/javascript")
        assert answer.headers["cache-control"] == FOR_EVER
        assert answer.content == path.read_bytes()
        for name in re.findall(r'from "\./(.*?)"', answer.text):
            assert (SCRIPTS / name).is_file(), (path.name, name)


@pytest.mark.parametrize("path", ["board/scripts-old/table.js", f"{scripts_path()}/none.js"])
def test_another_script_is_not_found(path: str) -> None:
    assert SERVER.get(f"/{path}").status_code == 404


def test_the_values_are_the_services_and_asked_for_once(connected: Client, requested: list[str]) -> None:
    version = connected.version()["data_version"]
    requested.clear()
    path = f"/{scores_path(version, 'quality=screened')}"
    answers = [SERVER.get(path) for _ in range(3)]
    assert requested == ["/v1/standardised-scores?quality=screened"]
    assert answers[0].json() == connected.rankings.standardised_scores(quality="screened")
    assert answers[0].headers["content-encoding"] == "gzip"
    assert answers[0].headers["cache-control"] == FOR_EVER
    assert SERVER.get(f"/{scores_path('1-older', '')}").headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("answer", "status"), [(httpx.ConnectError("refused"), 503), (httpx.Response(404, json={"detail": "none"}), 404)]
)
def test_a_failure_is_told_and_not_kept(
    answer: httpx.Response | Exception, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(catalogue, "client", lambda: Client("http://x", transport=httpx.MockTransport(handle)))
    found = SERVER.get(f"/{scores_path('1-abc', '')}")
    assert (found.status_code, "cache-control" in found.headers) == (status, False)
