"""The client alone and the commands look in the same places, and show the token to the same services."""

import json
import os
import subprocess
import sys
from pathlib import Path

import httpx
import psutil
import pytest

from backend.security import read_token
from backend.settings import Settings
from wellbehaved import Client
from wellbehaved.service_address import (
    DEFAULT_URL,
    UP_FILE,
    find_service,
    is_this_machine,
    named_service,
    noted_service,
    token_for,
)
from wellbehaved.sole import held_by

ELSEWHERE = "https://rank.example.org"
CASES: dict[str, dict[str, str]] = {
    "nothing is set": {},
    "an address elsewhere": {"WELLBEHAVED_API_URL": ELSEWHERE},
    "an address here": {"WELLBEHAVED_API_URL": "http://localhost:9000/"},
    "a token": {"WELLBEHAVED_TOKEN": "given"},
    "both": {"WELLBEHAVED_API_URL": ELSEWHERE, "WELLBEHAVED_TOKEN": "given"},
    "an empty token": {"WELLBEHAVED_TOKEN": ""},
    "small letters": {"wellbehaved_api_url": ELSEWHERE},
}


@pytest.fixture
def own_token(data_dir: Path) -> None:
    data_dir.mkdir()
    (data_dir / "token").write_text("of-the-folder\n")


@pytest.mark.usefixtures("own_token")
@pytest.mark.parametrize("place", ["environment", ".env"])
@pytest.mark.parametrize("case", CASES)
def test_the_client_finds_what_the_commands_find(monkeypatch: pytest.MonkeyPatch, case: str, place: str) -> None:
    if place == ".env":
        Path(".env").write_text("".join(f"{name}={json.dumps(value)}\n" for name, value in CASES[case].items()))
    else:
        for name, value in CASES[case].items():
            monkeypatch.setenv(name, value)
    settings = Settings()
    named = settings.api_url if "api_url" in settings.model_fields_set else None
    given = None if settings.token is None else settings.token.get_secret_value()
    token = token_for(settings.api_url, named=named, given=given, own=lambda: read_token(settings))
    assert find_service() == (settings.api_url, token)
    assert named_service(None) == ((named, token) if named else None)
    client = Client()
    assert client.base_url == settings.api_url.rstrip("/")
    client.close()


@pytest.mark.usefixtures("own_token")
def test_the_environment_comes_before_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text("WELLBEHAVED_TOKEN=of-the-file\n")
    assert find_service() == (DEFAULT_URL, "of-the-file")
    monkeypatch.setenv("WELLBEHAVED_TOKEN", "of-the-environment")
    assert find_service() == (DEFAULT_URL, "of-the-environment")


@pytest.mark.parametrize("content", [None, b"", b"\n", b"\xff\xfe"])
def test_a_folder_without_a_token(data_dir: Path, content: bytes | None) -> None:
    if content is not None:
        data_dir.mkdir()
        (data_dir / "token").write_bytes(content)
    assert find_service() == (DEFAULT_URL, None)


def test_the_usual_folder_is_the_programs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("WELLBEHAVED_DATA_DIR")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    folder = Settings().data_dir
    folder.mkdir()
    (folder / "token").write_text("usual")
    assert find_service() == (DEFAULT_URL, "usual")


def test_the_folders_token_is_shown_to_nobody_elsewhere() -> None:
    assert token_for(ELSEWHERE, named=None, given=None, own=lambda: "own") is None
    assert token_for(ELSEWHERE, named=f"{ELSEWHERE}/", given="", own=lambda: "own") == "own"
    assert token_for("http://[::1]:8000", named=None, given=None, own=lambda: "own") == "own"
    assert token_for(ELSEWHERE, named=None, given="given", own=lambda: "own") == "given"
    assert not is_this_machine("http://localhost.example.org")


@pytest.mark.usefixtures("own_token")
def test_the_service_that_up_started_on_another_port_is_found(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    elsewhere = "http://127.0.0.1:50123"
    (data_dir / UP_FILE).write_text(held_by(os.getpid(), "http://127.0.0.1:1", elsewhere))
    assert find_service() == (elsewhere, "of-the-folder")
    with Client() as client:
        assert client.base_url == elsewhere
    # What somebody has written down goes before what was noted.
    monkeypatch.setenv("WELLBEHAVED_API_URL", ELSEWHERE)
    assert find_service() == (ELSEWHERE, "of-the-folder")


def test_what_ended_without_a_word_is_not_looked_for(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        (tmp_path / UP_FILE).write_text(held_by(process.pid, "http://127.0.0.1:1", "http://127.0.0.1:50123"))
        assert noted_service(tmp_path) == "http://127.0.0.1:50123"
        process.kill()
    assert noted_service(tmp_path) is None


def test_a_later_process_of_the_same_number_is_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    noted = held_by(os.getpid(), "http://127.0.0.1:1", "http://127.0.0.1:50123")
    (tmp_path / UP_FILE).write_text(noted)
    assert noted_service(tmp_path) == "http://127.0.0.1:50123"
    (tmp_path / UP_FILE).write_text(f"{noted.partition(', since ')[0]}, since 2026-01-01T12:00:00+00:00")
    assert noted_service(tmp_path) is None

    def of_another_user(_process: psutil.Process) -> float:
        raise psutil.AccessDenied

    monkeypatch.setattr(psutil.Process, "create_time", of_another_user)
    assert noted_service(tmp_path) == "http://127.0.0.1:50123"


@pytest.mark.usefixtures("own_token")
def test_with_an_address_no_token_is_looked_up() -> None:
    """A dashboard that asks for everybody must not show what is private."""
    seen: list[str | None] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers.get("authorization"))
        return httpx.Response(200, json={"items": []})

    for client in (Client(DEFAULT_URL, transport=httpx.MockTransport(handle)),
                   Client(transport=httpx.MockTransport(handle)),
                   Client(token="mine", transport=httpx.MockTransport(handle))):  # fmt: skip
        client.presets()
    assert seen == [None, "Bearer of-the-folder", "Bearer mine"]
