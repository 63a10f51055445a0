"""The service without a server: the same answers, the same failures, and an end."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI, Request

from backend.app import create_app
from backend.settings import Settings
from wellbehaved.in_process import InProcessTransport


@pytest.fixture
def life() -> list[str]:
    """What happened to the application, in order."""
    return []


@pytest.fixture
def app(life: list[str]) -> FastAPI:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        life.append("started")
        yield
        life.append("ended")

    small = FastAPI(lifespan=lifespan)

    @small.post("/echo")
    async def echo(request: Request) -> dict[str, str]:
        return {"body": (await request.body()).decode(), "kind": request.headers["content-type"]}

    @small.get("/fault")
    async def fault() -> None:
        raise RuntimeError("a fault of ours")

    return small


def test_the_application_lives_as_long_as_the_client(app: FastAPI, life: list[str]) -> None:
    with httpx.Client(transport=InProcessTransport(app), base_url="http://here") as client:
        assert life == ["started"]
        sent = client.post("/echo", content=b"a,b\n", headers={"Content-Type": "text/csv"})
        assert sent.json() == {"body": "a,b\n", "kind": "text/csv"}
        assert client.get("/nowhere").status_code == 404
    assert life == ["started", "ended"]


def test_a_fault_is_an_answer_as_from_a_server(app: FastAPI) -> None:
    with httpx.Client(transport=InProcessTransport(app), base_url="http://here") as client:
        assert client.get("/fault").status_code == 500


def test_the_real_service_lets_go_of_its_database(study: Path) -> None:
    settings = Settings(data_dir=study, _env_file=None)
    with httpx.Client(transport=InProcessTransport(create_app(settings)), base_url="http://here") as client:
        assert client.get("/v1/rankings").json()["total"] == 326
        assert (study / "wellbehaved.db-wal").exists()
    # SQLite removes these when the last connection is closed.
    assert {path.name for path in study.iterdir()} == {"wellbehaved.db"}
