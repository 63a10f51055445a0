"""Browsers may send files from the dashboard's pages and from nowhere else, and to no other path."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from pydantic import ValidationError

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


OTHER = "https://notebooks.example.org"


@pytest.fixture
def reader(request: pytest.FixtureRequest, study_file: Path, tmp_path: Path) -> Iterator[httpx.Client]:
    """A service that pages of the given origins may read from."""
    (tmp_path / "wellbehaved.db").write_bytes(study_file.read_bytes())
    settings = Settings(data_dir=tmp_path, database_url=None, reading_origins=request.param, _env_file=None)
    with httpx.Client(transport=InProcessTransport(create_app(settings)), base_url="http://testserver") as client:
        yield client


@pytest.mark.parametrize("reader", [OTHER, f"https://else.example.org, {OTHER}", "*"], indirect=True)
def test_pages_read_where_the_operator_allows_it(reader: httpx.Client) -> None:
    for method in ("GET", "HEAD"):
        answer = reader.request(method, "/v1/rankings?limit=2", headers={"Origin": OTHER})
        assert answer.status_code == 200
        assert answer.headers["access-control-allow-origin"] in (OTHER, "*")
        # With credentials, `*` would hand a browser's own access to every page.
        assert "access-control-allow-credentials" not in answer.headers
        shown = {name.strip().lower() for name in answer.headers["access-control-expose-headers"].split(",")}
        assert {"etag", "link", "x-data-version", "x-request-id"} <= shown
    asked = {
        "Origin": OTHER, "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "authorization,if-none-match,range,x-request-id",
    }  # fmt: skip
    answer = reader.options("/v1/rankings", headers=asked)
    assert (answer.status_code, "x-request-id" in answer.headers) == (200, True)
    # A refusal can be read, too.
    refused = reader.get("/v1/rankings?limit=0", headers={"Origin": OTHER})
    assert (refused.status_code, "access-control-allow-origin" in refused.headers) == (422, True)


@pytest.mark.parametrize("origins", [OTHER, "*"])
def test_a_page_can_read_that_it_asked_too_often_and_to_ask_whether_it_may_is_free(
    tmp_path: Path, origins: str
) -> None:
    settings = Settings(
        data_dir=tmp_path, database_url=None, reading_origins=origins, requests_per_minute=1, _env_file=None
    )
    with httpx.Client(transport=InProcessTransport(create_app(settings)), base_url="http://testserver") as client:
        preflight = {"Origin": OTHER, "Access-Control-Request-Method": "GET"}
        assert [client.options("/v1/presets", headers=preflight).status_code for _ in range(3)] == [200] * 3
        answers = [client.get("/v1/presets", headers={"Origin": OTHER}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 429]
    assert answers[1].headers["access-control-allow-origin"] in (OTHER, "*")
    assert "Retry-After" in answers[1].headers["access-control-expose-headers"]


@pytest.mark.parametrize("reader", [OTHER, "*"], indirect=True)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_no_page_may_write_where_it_reads(reader: httpx.Client, method: str) -> None:
    asked = {"Origin": OTHER, "Access-Control-Request-Method": method}
    for path in ("/v1/imports", "/v1/models/resnet50", "/v1/evaluations"):
        answer = reader.options(path, headers=asked)
        assert answer.status_code == 400
        assert method not in answer.headers["access-control-allow-methods"]
    assert reader.options("/v1/checkpoints", headers=asked).status_code == 400


@pytest.mark.parametrize("reader", [OTHER], indirect=True)
def test_other_pages_read_nothing(reader: httpx.Client) -> None:
    for origin in ("https://evil.example.org", f"{OTHER}.evil.example.org", "http://notebooks.example.org", "null"):
        answer = reader.get("/v1/rankings?limit=2", headers={"Origin": origin})
        assert "access-control-allow-origin" not in answer.headers
        # A cache must not hand this answer to the page that may read it, nor the other way round.
        assert "Origin" in answer.headers["vary"]


def test_unless_it_is_set_no_page_reads(client: httpx.Client) -> None:
    for origin in (OTHER, OWN):
        answer = client.get("/v1/rankings?limit=2", headers={"Origin": origin})
        assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize(
    "origin", ["https://example.org/", "example.org", "https://Example.org", "https://*.example.org"]
)
def test_what_is_no_origin_is_refused_at_the_start(tmp_path: Path, origin: str) -> None:
    """It would match no page, and nobody would learn why."""
    with pytest.raises(ValidationError, match=r"is not an origin; write scheme://host"):
        Settings(data_dir=tmp_path, reading_origins=origin, _env_file=None)


@pytest.mark.parametrize("origin", ["http://example.org", "https://example.org", "http://[::1]"])
def test_a_port_that_browsers_leave_out_is_refused_at_the_start(tmp_path: Path, origin: str) -> None:
    port = 443 if origin.startswith("https") else 80
    with pytest.raises(ValidationError, match=rf"write {re.escape(origin)}, without :{port}"):
        Settings(data_dir=tmp_path, reading_origins=f"{origin}:{port}", _env_file=None)


@pytest.mark.parametrize(
    "origin", ["http://127.0.0.1:8599", "https://example.org", "http://[::1]:8080", "https://example.org:80", "*"]
)
def test_origins_are_taken_as_browsers_send_them(tmp_path: Path, origin: str) -> None:
    assert Settings(data_dir=tmp_path, reading_origins=[origin], _env_file=None).reading_origins == (origin,)
