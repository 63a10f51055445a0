"""Pictures of what was generated, for whoever holds the token."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from pydantic import SecretStr

from backend.app import create_app
from backend.settings import Settings
from backend.store.contact_sheets import ContactSheets
from backend.store.engine import create_store_engine
from backend.store.file_store import FileChanged, FileGone
from backend.store.local_files import LocalFiles
from quba.benchmarks import contact_sheet_folder
from tests.backend.conftest import TOKEN, fill
from wellbehaved.in_process import InProcessTransport

Ask = Callable[[str], httpx.Response]
PNG = b"\x89PNG\r\n\x1a\n and so on"
SHEETS = "/v1/benchmarks/flowers/contact-sheets"


@pytest.fixture
def app(study_sqlite_url: str, tmp_path: Path) -> FastAPI:
    """The service beside a data folder with two contact sheets of one version of a benchmark."""
    engine = create_store_engine(study_sqlite_url)
    fill(engine, 2)
    engine.dispose()
    folder = tmp_path / "datasets" / contact_sheet_folder("flowers", "sha256:1")
    folder.mkdir(parents=True)
    for name in ("mixed-rand.png", "cue-conflict.png", "notes.txt", ".hidden.png"):
        (folder / name).write_bytes(PNG + name.encode())
    (tmp_path / "datasets" / "secret.png").write_bytes(PNG)
    settings = Settings(
        data_dir=tmp_path, database_url=SecretStr(study_sqlite_url), token=SecretStr(TOKEN), _env_file=None
    )
    return create_app(settings)


@pytest.fixture
def ask(app: FastAPI) -> Iterator[Ask]:
    """Asks it with the token."""
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with httpx.Client(transport=InProcessTransport(app), base_url="http://service", headers=headers) as service:
        yield service.get


def test_each_sheet_is_listed_and_given_as_it_is(ask: Ask) -> None:
    assert ask(SHEETS).json() == {"benchmark": "flowers", "items": ["cue-conflict", "mixed-rand"]}
    sheet = ask(f"{SHEETS}/mixed-rand")
    assert (sheet.status_code, sheet.headers["content-type"]) == (200, "image/png")
    assert sheet.content == PNG + b"mixed-rand.png"


@pytest.mark.parametrize(
    "name", ["edge", "notes", "%2e%2e%2f%2e%2e%2f%2e%2e%2f%2e%2e%2fsecret", ".hidden", "mixed-rand.png"]
)
def test_nothing_else_is_given(ask: Ask, name: str) -> None:
    answer = ask(f"{SHEETS}/{name}")
    assert answer.status_code == 404
    assert PNG not in answer.content


def test_a_sheet_that_goes_while_it_is_asked_for_is_unknown(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    def picture(_self: ContactSheets, _key: str, _digest: str, name: str) -> bytes:
        raise FileGone(name)

    monkeypatch.setattr(ContactSheets, "picture", picture)
    answer = ask(f"{SHEETS}/mixed-rand")
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_contact_sheet")
    assert "it has cue-conflict." in answer.json()["detail"]


def test_a_sheet_of_the_bucket_is_listed_and_given_unless_it_was_changed(
    app: FastAPI, ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where a worker of another machine sent it."""
    made = tmp_path / "made" / contact_sheet_folder("flowers", "sha256:1")
    made.mkdir(parents=True)
    (made / "sketch.png").write_bytes(PNG)
    bucket = LocalFiles(tmp_path / "bucket")
    monkeypatch.setattr(app.state, "contact_sheets", ContactSheets(tmp_path / "datasets", bucket))
    ContactSheets(tmp_path / "nothing", bucket).send("flowers", "sha256:1", tmp_path / "made")
    assert ask(SHEETS).json()["items"] == ["cue-conflict", "mixed-rand", "sketch"]
    sheet = ask(f"{SHEETS}/sketch")
    assert (sheet.status_code, sheet.headers["content-type"], sheet.content) == (200, "image/png", PNG)

    def changed(name: str) -> AbstractContextManager[Path]:
        raise FileChanged(name, "s3://bucket")

    monkeypatch.setattr(bucket, "reading", changed)
    refused = ask(f"{SHEETS}/sketch")
    assert (refused.status_code, refused.json()["code"]) == (410, "file_changed")


def test_a_benchmark_without_generated_sets_has_none(ask: Ask) -> None:
    assert ask("/v1/benchmarks/toy-shapes/contact-sheets").json()["items"] == []
    assert ask("/v1/benchmarks/gone/contact-sheets").json()["code"] == "unknown_benchmark"


def test_the_images_are_not_for_everybody(study_sqlite_url: str, tmp_path: Path) -> None:
    settings = Settings(
        data_dir=tmp_path, database_url=SecretStr(study_sqlite_url), token=SecretStr(TOKEN), _env_file=None
    )
    with httpx.Client(transport=InProcessTransport(create_app(settings)), base_url="http://service") as service:
        assert [service.get(f"{SHEETS}{name}").status_code for name in ("", "/mixed-rand")] == [401, 401]
