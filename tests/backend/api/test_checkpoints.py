import hashlib
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
import timm
import torch
from pydantic import SecretStr
from safetensors.torch import save
from sqlalchemy import make_url

from backend.app import create_app
from backend.settings import Settings
from evaluation.checkpoints.confined_check import ConfinedCheck
from wellbehaved.in_process import InProcessTransport

Serve = Callable[[str], httpx.Client]


@pytest.fixture(scope="module")
def weights() -> bytes:
    return save(timm.create_model("test_resnet", num_classes=16).state_dict())


@pytest.fixture
def headers(writing_headers: dict[str, str]) -> dict[str, str]:
    return {"Authorization": writing_headers["Authorization"]}


def post(service: httpx.Client, content: bytes, headers: dict[str, str], **query: str) -> httpx.Response:
    return service.post("/v1/checkpoints", content=content, headers=headers, params=query)


def file_names(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "data" / "checkpoints").iterdir())


def test_a_file_is_kept_once_under_its_digest(
    serve: Serve, study_url: str, tmp_path: Path, weights: bytes, headers: dict[str, str]
) -> None:
    service = serve(study_url)
    digest = hashlib.sha256(weights).hexdigest()
    first = post(service, weights, headers, filename="mine.safetensors", sha256=digest.upper())
    assert first.status_code == 201
    assert first.json() == {
        "checkpoint_id": digest, "filename": "mine.safetensors", "size_bytes": len(weights), "format": "safetensors",
        "confinement": None, "already_there": False,
    }  # fmt: skip
    again = post(service, weights, headers, filename="other.bin")
    assert again.json() == {**first.json(), "already_there": True}
    assert file_names(tmp_path) == [f"{digest}.original"]


def test_what_torch_saves_is_taken_as_well(
    serve: Serve, study_sqlite_url: str, tmp_path: Path, headers: dict[str, str]
) -> None:
    path = tmp_path / "weights.pt"
    torch.save({"weight": torch.ones(3)}, path)
    assert post(serve(study_sqlite_url), path.read_bytes(), headers).json()["format"] == "torch"


@pytest.mark.parametrize(
    ("content", "query", "status", "code"),
    [
        (b"", {}, 422, "empty_file"),
        (b"<html>", {}, 415, "unknown_format"),
        (b"\x08\x0a\x12\x07pytorch", {}, 415, "program"),
        (b"PK\x03\x04 and no more", {}, 422, "corrupt_zip"),
        (b"x", {"sha256": "0" * 64}, 422, "sha256_mismatch"),
        (b"x", {"sha256": "abc"}, 422, "invalid_parameter"),
        (b"x", {"filename": "a\x00b"}, 422, "invalid_parameter"),
        (b"x", {"filename": "n" * 201}, 422, "invalid_parameter"),
        (b"x", {"url": "http://elsewhere/weights"}, 422, "unknown_parameter"),
    ],
)
def test_what_cannot_be_taken_leaves_nothing(
    serve: Serve, study_sqlite_url: str, tmp_path: Path, headers: dict[str, str], content: bytes,
    query: dict[str, str], status: int, code: str,
) -> None:  # fmt: skip
    answer = post(serve(study_sqlite_url), content, headers, **query)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["next_step"]
    assert not (tmp_path / "data" / "checkpoints").exists() or file_names(tmp_path) == []


@pytest.mark.parametrize("name", ["../../../etc/passwd", "<script>alert(1)</script>", "=cmd|' /C calc'!A0", "名.pt"])
def test_a_name_is_shown_and_never_a_path(
    serve: Serve, study_sqlite_url: str, tmp_path: Path, weights: bytes, headers: dict[str, str], name: str
) -> None:
    before = set(tmp_path.rglob("*"))
    answer = post(serve(study_sqlite_url), weights, headers, filename=name)
    assert (answer.status_code, answer.json()["filename"]) == (201, name)
    fresh = set(tmp_path.rglob("*")) - before
    digest = hashlib.sha256(weights).hexdigest()
    assert {path.name for path in fresh if path.parent.name == "checkpoints"} == {f"{digest}.original"}
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize("sent", [{"Content-Type": "multipart/form-data; boundary=x"}, {"Content-Encoding": "gzip"}])
def test_forms_and_compressed_bodies_are_refused(
    serve: Serve, study_sqlite_url: str, headers: dict[str, str], sent: dict[str, str]
) -> None:
    answer = post(serve(study_sqlite_url), b"x", {**headers, **sent})
    assert (answer.status_code, answer.json()["code"]) == (415, "not_raw")
    assert "--data-binary" in answer.json()["next_step"]


def test_without_the_token_no_byte_is_read(serve: Serve, study_sqlite_url: str, tmp_path: Path) -> None:
    def body() -> Iterator[bytes]:
        raise AssertionError("the body was read")
        yield b""

    for headers in ({}, {"Authorization": "Bearer wrong"}):
        answer = serve(study_sqlite_url).post("/v1/checkpoints", content=body(), headers=headers)
        assert answer.status_code == 401
    assert not (tmp_path / "data" / "checkpoints").exists()


def test_a_service_without_a_checker_says_so_before_the_file_is_sent(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, database_url=None, token=SecretStr("t"), _env_file=None)
    transport = InProcessTransport(create_app(settings))
    with httpx.Client(transport=transport, base_url="http://service") as service:
        answer = post(service, b"x", {"Authorization": "Bearer t"})
    assert (answer.status_code, answer.json()["code"]) == (503, "no_checker")
    assert "wellbehaved doctor" in answer.json()["next_step"]
    assert list(tmp_path.iterdir()) == []


def test_no_other_writer_waits_while_a_file_is_scanned(
    serve: Serve, study_sqlite_url: str, tmp_path: Path, weights: bytes, headers: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    service = serve(study_sqlite_url)
    database = str(make_url(study_sqlite_url).database)
    scanned = []
    scan = ConfinedCheck.scan

    def scan_beside_a_writer(checker: ConfinedCheck, path: Path) -> str:
        # Refused at once, without waiting, where a transaction is open.
        with closing(sqlite3.connect(database, timeout=0, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            other.execute("ROLLBACK")
        scanned.append(path)
        return scan(checker, path)

    monkeypatch.setattr(ConfinedCheck, "scan", scan_beside_a_writer)
    assert post(service, weights, headers).json()["already_there"] is False
    # As a removal leaves it that breaks off between the row and the file.
    with closing(sqlite3.connect(database)) as connection, connection:
        assert connection.execute("DELETE FROM checkpoint").rowcount == 1
    again = post(service, weights, headers)
    assert (again.status_code, again.json()["already_there"], again.json()["format"]) == (201, False, "safetensors")
    assert len(scanned) == 2
    assert post(service, weights, headers).json()["already_there"] is True
    assert len(scanned) == 2
