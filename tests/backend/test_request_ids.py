"""One identifier leads from an answer, also one that failed, to the lines of the log about it."""

import asyncio
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from backend.app import create_app
from backend.logs import IdentifierFilter, current_request_id
from backend.request_ids import RequestIds
from backend.settings import Settings
from wellbehaved.in_process import InProcessTransport

NEW = re.compile(r"[0-9a-f]{24}")
Fail = Callable[[], None]


@pytest.fixture
def service(tmp_path: Path) -> Iterator[httpx.Client]:
    """A service without a database, with a path that fails."""
    app = create_app(Settings(data_dir=tmp_path, database_url=None, _env_file=None))

    def fails() -> None:
        raise RuntimeError("on purpose")

    app.add_api_route("/breaks", fails)
    with httpx.Client(transport=InProcessTransport(app), base_url="http://service") as client:
        yield client


@pytest.mark.parametrize(
    "given",
    ["a", "5f2b1c0e-9d8a", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "A.b_c:d/e+f=", "x" * 128],
)
def test_the_callers_own_comes_back(service: httpx.Client, given: str) -> None:
    answer = service.get("/v1/health", headers={"X-Request-ID": given})
    assert answer.headers.get_list("x-request-id") == [given]


@pytest.mark.parametrize("given", [None, "", " ", "a b", "-a", "x" * 129, "a\u00e9", "a;b", '"a"', "<script>"])
def test_without_a_good_one_there_is_a_new_one(service: httpx.Client, given: str | None) -> None:
    headers = {} if given is None else {b"X-Request-ID": given.encode()}
    found = [service.get("/v1/health", headers=headers).headers["x-request-id"] for _ in range(2)]
    assert all(NEW.fullmatch(each) for each in found)
    assert found[0] != found[1]


@pytest.mark.parametrize(
    ("path", "status"), [("/v1/nothing", 404), ("/v1/rankings?limit=0", 422), ("/v1/ready", 503), ("/breaks", 500)]
)
def test_a_problem_names_it(service: httpx.Client, path: str, status: int) -> None:
    answer = service.get(path, headers={"X-Request-ID": "mine"})
    assert (answer.status_code, answer.json()["request_id"]) == (status, "mine")
    assert answer.headers.get_list("x-request-id") == ["mine"]


def test_the_log_names_it(service: httpx.Client, caplog: pytest.LogCaptureFixture) -> None:
    caplog.handler.addFilter(IdentifierFilter())
    service.get("/v1/ready", headers={"X-Request-ID": "first"})
    service.get("/breaks", headers={"X-Request-ID": "second"})
    found = {
        record.name: record.__dict__["request_id"] for record in caplog.records if record.name == "backend.problems"
    }
    assert found == {"backend.problems": "second"}
    assert [record.__dict__["request_id"] for record in caplog.records if "store unavailable" in record.message] == [
        "first"
    ]


def test_what_is_not_http_passes() -> None:
    passed = []

    async def app(scope: object, receive: object, send: object) -> None:
        passed.append((scope, current_request_id()))

    asyncio.run(RequestIds(app)({"type": "lifespan"}, None, None))  # type: ignore[arg-type]
    assert passed == [({"type": "lifespan"}, None)]
