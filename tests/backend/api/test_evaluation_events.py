from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine, update

from backend.app import create_app
from backend.settings import Settings
from backend.store.engine import create_store_engine, writing
from backend.store.tables import Evaluation
from tests.backend.listening import listening
from wellbehaved import ApiError, Client

TOKEN = "a-token-for-tests"


@pytest.fixture
def engine(study_sqlite_url: str) -> Iterator[Engine]:
    engine = create_store_engine(study_sqlite_url)
    yield engine
    engine.dispose()


@pytest.fixture
def client(study_sqlite_url: str, tmp_path: Path) -> Iterator[Client]:
    """A client of a service on a socket: events arrive while they happen."""
    settings = Settings(
        data_dir=tmp_path / "data", database_url=SecretStr(study_sqlite_url), token=SecretStr(TOKEN), _env_file=None
    )
    with listening(create_app(settings)) as url, Client(url, token=TOKEN) as client:
        yield client


@contextmanager
def lines_of(client: Client, path: str, headers: dict[str, str]) -> Iterator[Iterator[str]]:
    """The lines of a stream as they arrive."""
    with client._http.stream("GET", path, headers=headers) as response:
        yield response.iter_lines()


def change_state(engine: Engine, evaluation_id: str, **columns: object) -> None:
    with writing(engine) as session:
        session.execute(update(Evaluation).where(Evaluation.evaluation_id == evaluation_id).values(**columns))


def test_every_change_is_an_event_until_it_is_over(client: Client, engine: Engine) -> None:
    found = client.evaluations.submit(model="resnet18")["evaluation_id"]
    following = client.evaluations.follow(found)
    assert next(following)["state"] == "queued"
    change_state(engine, found, state="running", progress={"phase": "quick", "stage": "clean"})
    running = next(following)
    assert running["progress"]
    assert (running["state"], running["progress"]["stage"]) == ("running", "clean")
    change_state(engine, found, state="failed", error={"code": "c", "message": "m", "hint": "h"})
    assert [each["state"] for each in following] == ["failed"]


def test_what_was_seen_is_not_told_again_but_the_end_is(
    client: Client, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.api.evaluation_events._BEAT_SECONDS", 0.2)
    path = f"/v1/evaluations/{client.evaluations.submit(model='resnet18')['evaluation_id']}"
    with lines_of(client, f"{path}/events", {}) as lines:
        seen = next(lines).removeprefix("id: ")
    with lines_of(client, f"{path}/events", {"Last-Event-ID": seen}) as lines:
        assert next(lines) == ": still there"
    client.evaluations.cancel(path.rpartition("/")[2])
    with lines_of(client, f"{path}/events", {}) as lines:
        told = list(lines)
    with lines_of(client, f"{path}/events", {"Last-Event-ID": told[0].removeprefix("id: ")}) as lines:
        assert list(lines) == told
    assert '"state":"cancelled"' in told[2]


def test_an_unknown_evaluation_is_told_before_the_stream_begins(client: Client) -> None:
    with pytest.raises(ApiError, match="404 unknown_evaluation"):
        next(client.evaluations.follow("ev-000000000000"))
