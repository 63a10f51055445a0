"""Browsers may send files from the dashboard's pages and from nowhere else, and to no other path."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from backend.app import create_app
from backend.cross_origin import dashboard_origins
from backend.settings import Settings
from wellbehaved.in_process import InProcessTransport

OWN = "http://127.0.0.1:8599"


@pytest.fixture
def service(tmp_path: Path) -> Iterator[httpx.Client]:
    settings = Settings(
        data_dir=tmp_path, dashboard_port=8599, public_dashboard_url="https://rank.example.org/app", _env_file=None
    )
    transport = InProcessTransport(create_app(settings))
    with httpx.Client(transport=transport, base_url="http://testserver") as client:
        yield client


def response_to(service: httpx.Client, origin: str, path: str = "/v1/checkpoints") -> httpx.Response:
    return service.options(
        path,
        headers={
            "Origin": origin,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,content-type",
        },
    )


@pytest.mark.parametrize("origin", [OWN, "http://localhost:8599", "https://rank.example.org"])
def test_the_dashboards_pages_may_send(service: httpx.Client, origin: str) -> None:
    answer = response_to(service, origin)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == origin


@pytest.mark.parametrize("origin", ["http://127.0.0.1:8600", "https://evil.example.org", "null"])
def test_other_pages_may_not(service: httpx.Client, origin: str) -> None:
    answer = response_to(service, origin)
    assert answer.status_code == 400
    assert "access-control-allow-origin" not in answer.headers


def test_other_paths_are_not_shared(service: httpx.Client) -> None:
    answer = response_to(service, OWN, "/v1/evaluations")
    assert "access-control-allow-origin" not in answer.headers


def test_a_page_can_read_why_it_was_refused(service: httpx.Client) -> None:
    answer = service.post("/v1/checkpoints", content=b"x", headers={"Origin": OWN})
    assert (answer.status_code, answer.json()["code"]) == (401, "missing_token")
    assert answer.headers["access-control-allow-origin"] == OWN


def test_without_a_public_address_only_this_machine() -> None:
    origins = dashboard_origins(Settings(dashboard_port=8501, _env_file=None))
    assert origins == ("http://127.0.0.1:8501", "http://localhost:8501", "http://[::1]:8501")
