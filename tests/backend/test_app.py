import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx
import psycopg
import pytest
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr
from sqlalchemy.engine import make_url
from starlette.responses import StreamingResponse

from backend.app import create_app
from backend.settings import Settings
from wellbehaved.in_process import InProcessTransport

Serve = Callable[[str], httpx.Client]
_ADDRESSES = re.compile(r"""(?:href|src|url|Url)\s*[=:]\s*["']([^"']+)["']""")


@contextmanager
def running(app: FastAPI) -> Iterator[httpx.Client]:
    with httpx.Client(transport=InProcessTransport(app), base_url="http://service") as service:
        yield service


def app_on(database_url: str, folder: Path) -> FastAPI:
    return create_app(Settings(data_dir=folder, database_url=SecretStr(database_url), _env_file=None))


def test_settings_come_from_the_environment_when_none_are_given(
    study_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WELLBEHAVED_DATA_DIR", str(study_file.parent))
    monkeypatch.delenv("WELLBEHAVED_DATABASE_URL", raising=False)
    with running(create_app()) as service:
        assert service.get("/v1/rankings").json()["total_models"] == 326


def test_starting_makes_nothing_and_asks_no_database(tmp_path: Path) -> None:
    with running(create_app(Settings(data_dir=tmp_path / "data", database_url=None, _env_file=None))) as service:
        assert service.get("/v1/health").status_code == 200
        assert service.get("/v1/rankings").status_code == 503
    assert not (tmp_path / "data").exists()


def test_a_server_starts_and_ends_it_through_the_same_door_as_requests(study_sqlite_url: str, tmp_path: Path) -> None:
    app, log = app_on(study_sqlite_url, tmp_path), Path(f"{make_url(study_sqlite_url).database}-wal")
    sent: list[str] = []

    async def receive() -> dict[str, str]:
        if not sent:
            return {"type": "lifespan.startup"}
        assert app.state.rankings.version()
        assert log.exists()
        return {"type": "lifespan.shutdown"}

    async def send(message: Any) -> None:  # noqa: ANN401 - of the ASGI interface
        sent.append(message["type"])

    asyncio.run(app({"type": "lifespan", "app": app, "state": {}}, receive, send))
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert not log.exists()


def test_the_end_lets_go_of_a_sqlite_file(study_sqlite_url: str, tmp_path: Path) -> None:
    log = Path(f"{make_url(study_sqlite_url).database}-wal")
    with running(app_on(study_sqlite_url, tmp_path)) as service:
        assert service.get("/v1/models/resnet50").status_code == 200
        assert log.exists()
    # SQLite removes the log with the last connection that is closed: one left open would keep it.
    assert not log.exists()


@pytest.mark.postgres
@pytest.mark.parametrize("study_url", ["postgres"], indirect=True)
def test_the_end_lets_go_of_postgres(study_url: str, tmp_path: Path) -> None:
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    with psycopg.connect(study_url.replace("+psycopg", ""), autocommit=True) as own:

        def connections() -> int:
            row = own.execute(query).fetchone()
            assert row is not None
            return int(row[0])

        with running(app_on(study_url, tmp_path)) as service:
            assert service.get("/v1/models/resnet50").status_code == 200
            assert connections() == 2  # the version reader's own, and the pool's
        # The server ends a connection's process a moment after the client has gone.
        for _ in range(100):
            if connections() == 0:
                break
            own.execute("SELECT pg_sleep(0.05)")
        assert connections() == 0


def test_the_documentation_loads_from_its_own_host_only(client: httpx.Client) -> None:
    page = client.get("/docs")
    assert page.status_code == 200
    addresses = _ADDRESSES.findall(page.text)
    assert any("swagger-ui-bundle" in address for address in addresses)
    for address in addresses:
        there = urljoin("http://service/docs", address)
        assert urlsplit(there).netloc == "service", address
        assert client.get(there).status_code == 200, address
    assert not re.search(r"(https?:)?//[a-z0-9.-]+\.[a-z]{2,}", page.text.split("<script>")[0])


def test_the_start_leads_to_the_documentation(client: httpx.Client) -> None:
    response = client.get("/", headers={"Host": "elsewhere.example"})
    assert (response.status_code, response.headers["location"]) == (307, "/docs")
    assert client.get("/redoc").status_code == 404


@pytest.mark.parametrize("path", ["/v1/rankings/", "//v1/rankings", "/v1/models/resnet50/"])
def test_slashes_lead_nowhere(client: httpx.Client, path: str) -> None:
    """A redirect would repeat the host that the request claims to be for."""
    response = client.get(f"http://service{path}", headers={"Host": "elsewhere.example"})
    assert (response.status_code, response.json()["code"]) == (404, "not_found")
    assert "location" not in response.headers


def sent_by(app: FastAPI, method: str, path: str) -> tuple[dict[str, Any], bytes]:
    """Headers and body as the application hands them to its server; HTTP clients drop a body that answers HEAD."""
    messages: list[Any] = []
    arrived = iter([{"type": "http.request"}])

    async def receive() -> dict[str, str]:
        if (message := next(arrived, None)) is None:
            # Who asked stays until it is answered.
            await asyncio.Event().wait()
            raise AssertionError("nothing comes after the request")
        return message

    async def send(message: Any) -> None:  # noqa: ANN401 - of the ASGI interface
        messages.append(message)

    address, _, query = path.partition("?")
    scope = {"type": "http", "method": method, "path": address, "query_string": query.encode(), "headers": []}
    asyncio.run(app(scope, receive, send))
    headers = {name.decode(): value.decode() for name, value in messages[0]["headers"]}
    return headers | {"status": messages[0]["status"]}, b"".join(message.get("body", b"") for message in messages[1:])


@pytest.mark.parametrize(
    "path", ["/v1/health", "/v1/rankings?limit=3", "/v1/models/nobody", "/v1/rankings?limit=3&format=csv"]
)
def test_head_is_get_without_the_body(study_sqlite_url: str, tmp_path: Path, path: str) -> None:
    app = app_on(study_sqlite_url, tmp_path)
    with running(app):
        (get, body), (head, nothing) = (sent_by(app, method, path) for method in ("GET", "HEAD"))
    # Each request has its own.
    assert get.pop("x-request-id") != head.pop("x-request-id")
    assert get == head
    assert int(get["content-length"]) == len(body) > 0
    assert nothing == b""


@pytest.mark.parametrize("kind", ["text/event-stream", "text/csv"])
def test_head_ends_with_the_headers_of_what_is_sent_in_parts(study_sqlite_url: str, tmp_path: Path, kind: str) -> None:
    """A file of gigabytes would be read to its end, and events would go on as long as an evaluation does."""
    app, made = app_on(study_sqlite_url, tmp_path), []

    async def parts() -> AsyncIterator[bytes]:
        for number in range(1000):
            made.append(number)
            yield b"x" * 5000

    app.add_api_route("/parts", lambda: StreamingResponse(parts(), media_type=kind, headers={"X-Size": "5000000"}))
    with running(app):
        headers, nothing = sent_by(app, "HEAD", "/parts")
    assert (str(headers["status"]), headers["x-size"], nothing) == ("200", "5000000", b"")
    assert made == [0]


def test_head_answers_not_modified(client: httpx.Client) -> None:
    etag = client.get("/v1/rankings").headers["etag"]
    assert client.head("/v1/rankings", headers={"If-None-Match": etag}).status_code == 304


def test_no_answer_says_what_serves_it(client: httpx.Client) -> None:
    for path in ("/v1/health", "/v1/rankings", "/nothing"):
        assert not {"server", "x-powered-by"} & set(client.get(path).headers)


def test_requests_that_fail_are_counted_as_500(study_sqlite_url: str, tmp_path: Path) -> None:
    app = app_on(study_sqlite_url, tmp_path)

    def fails() -> None:
        raise RuntimeError("on purpose")

    app.add_api_route("/fails", fails)
    with running(app) as service:
        assert service.get("/fails").status_code == 500
        families = text_string_to_metric_families(service.get("/metrics").text)
    counted = {
        tuple(sample.labels.values()): sample.value
        for family in families
        for sample in family.samples
        if sample.name == "wellbehaved_requests_total"
    }
    assert counted["GET", "/fails", "500"] == 1


def test_the_time_of_a_request_is_what_passed_while_it_was_answered(study_sqlite_url: str, tmp_path: Path) -> None:
    def of_health(text: str) -> dict[str, float]:
        samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
        return {
            sample.name: sample.value
            for sample in samples
            if sample.labels == {"route": "/v1/health"} and sample.name.startswith("wellbehaved_request_seconds_")
        }

    with running(app_on(study_sqlite_url, tmp_path)) as service:
        before = of_health(service.get("/metrics").text)
        start = time.perf_counter()
        service.get("/v1/health")
        passed = time.perf_counter() - start
        after = of_health(service.get("/metrics").text)
    total, count = "wellbehaved_request_seconds_sum", "wellbehaved_request_seconds_count"
    assert after[count] - before.get(count, 0) == 1
    assert 0 < after[total] - before.get(total, 0) <= passed


def test_two_services_in_one_process_do_not_mix(serve: Serve, study_sqlite_url: str, tmp_path: Path) -> None:
    with_study, without = serve(study_sqlite_url), serve(f"sqlite:///{tmp_path / 'none.db'}")
    assert without.get("/v1/rankings").status_code == 503
    assert with_study.get("/v1/rankings").status_code == 200
