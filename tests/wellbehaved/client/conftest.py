"""Clients whose answers a test writes itself, and what they sent."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import orjson
import pytest

from backend.app import create_app
from backend.settings import Settings
from wellbehaved import Client
from wellbehaved.in_process import InProcessTransport

Ask = Callable[[Client], object]
Sent = tuple[str, str, object]


@pytest.fixture
def sent() -> Callable[[Ask], list[Sent]]:
    """What calls send: the method, the path with its query, and the document."""

    def record(ask: Ask) -> list[Sent]:
        found: list[Sent] = []

        def handle(request: httpx.Request) -> httpx.Response:
            body = request.read()
            is_json = request.headers.get("content-type") == "application/json"
            found.append(
                (request.method, request.url.raw_path.decode(), orjson.loads(body) if is_json else body or None)
            )
            return httpx.Response(200, json={"items": [], "pairs": []})

        with Client("http://service", token="secret", transport=httpx.MockTransport(handle)) as client:
            ask(client)
        return found

    return record


@pytest.fixture(scope="module")
def service(study_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A client of the real service on the study."""
    folder = tmp_path_factory.mktemp("client")
    shutil.copyfile(study_file, folder / "wellbehaved.db")
    settings = Settings(data_dir=folder, database_url=None, _env_file=None)
    with Client("http://service", transport=InProcessTransport(create_app(settings))) as client:
        yield client
