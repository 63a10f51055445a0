"""The doctor: every finding that an operator can meet, with what to do."""

import os
import shutil
import sqlite3
from collections.abc import Callable
from importlib import metadata, util
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from pydantic import SecretStr

from backend.imports.importer import import_study
from backend.settings import Settings
from backend.store import migration
from backend.store.engine import create_store_engine
from wellbehaved.doctor import Finding, examine
from wellbehaved.sole import held_by, sole_use

Program = Callable[..., "CompletedProcess[str]"]
NOBODY = "http://127.0.0.1:9"


def findings(
    data_dir: Path, *, url: str | None = None, token: str | None = None, api: str | None = NOBODY, port: int = 0
) -> dict[str, Finding]:
    # One that is not named is another setting than one that is named.
    named: dict[str, Any] = {} if api is None else {"api_url": api}
    settings = Settings(
        data_dir=data_dir,
        database_url=url and SecretStr(url),
        token=token and SecretStr(token),
        port=port,
        _env_file=None,
        **named,
    )
    return {finding.subject: finding for finding in examine(settings)}


def test_a_good_installation(study: Path, service_url: str) -> None:
    (study / "token").touch(mode=0o600)
    found = findings(study, api=service_url)
    assert list(found) == [
        "program",
        "data folder",
        "database",
        "data",
        "files",
        "token",
        "service",
        "evaluation",
        "check of uploads",
    ]
    assert {finding.state for subject, finding in found.items() if subject != "evaluation"} == {"ok"}
    assert metadata.version("wellbehaved") in found["program"].text
    assert found["database"].text == f"sqlite, schema {migration.head_revision()}"
    assert found["data"].text.startswith("326 models on imagenet-1k, data version 1-")
    assert found["service"].text == f"answers at {service_url}"


def test_a_service_is_found_on_the_port_that_up_took(study: Path, service_url: str) -> None:
    with sole_use(study) as note:
        note(held_by(os.getpid(), NOBODY, service_url))
        assert findings(study, api=None)["service"].text == f"answers at {service_url}"
        # Where the settings name another one, that is looked at first, and neither is passed over.
        assert findings(study, api=NOBODY)["service"].text == f"answers at {service_url}"


def test_a_service_is_found_on_the_port_of_the_settings(study: Path, service_url: str) -> None:
    port = int(service_url.rpartition(":")[2])
    assert findings(study, api=None, port=port)["service"].text == f"answers at {service_url}"


def test_every_place_where_a_service_was_looked_for_is_named(study: Path) -> None:
    with sole_use(study) as note:
        note(held_by(os.getpid(), NOBODY, "http://127.0.0.1:10"))
        found = findings(study, port=11)["service"]
    assert found.state == "missing"
    assert f"{NOBODY} or http://127.0.0.1:10 or http://127.0.0.1:11" in found.text
    assert "http://127.0.0.1:8000" in findings(study / "other", api=None)["service"].text


def test_both_databases(data_dir: Path, study_url: str) -> None:
    found = findings(data_dir, url=study_url)
    assert (found["database"].state, found["data"].state) == ("ok", "ok")
    # Nothing has to be kept here, as the database is elsewhere.
    assert found["data folder"].state == "missing"


def test_nothing_is_there_and_looking_changes_nothing(data_dir: Path) -> None:
    found = findings(data_dir)
    assert (found["data folder"].state, found["database"].state) == ("error", "error")
    assert "wellbehaved migrate" in found["data folder"].text
    assert "data" not in found
    assert (found["token"].state, found["service"].state) == ("missing", "missing")
    assert NOBODY in found["service"].text
    assert not data_dir.exists()


def test_a_file_in_the_place_of_the_folder(data_dir: Path) -> None:
    data_dir.write_text("not a folder")
    assert findings(data_dir)["data folder"].text == f"{data_dir} is not a folder. Set WELLBEHAVED_DATA_DIR to one."


def test_a_folder_that_cannot_be_written(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Root may write everywhere, so the system's answer is what is replaced.
    monkeypatch.setattr(os, "access", lambda path, mode: not (Path(path) == study and mode == os.W_OK))
    found = findings(study)["data folder"]
    assert (found.state, "cannot be written" in found.text) == ("error", True)


def test_a_read_only_store_is_told_by_the_program(program: Program, study: Path, ordinary_rights: list[str]) -> None:
    (study / "wellbehaved.db").chmod(0o400)
    study.chmod(0o500)
    result = program("doctor", data_dir=study, before=ordinary_rights)
    study.chmod(0o700)
    assert result.returncode == 1
    assert f"error   data folder: {study} cannot be written" in result.stdout
    assert "Traceback" not in result.stderr


def test_a_database_without_tables(database_url: str, data_dir: Path) -> None:
    if database_url.startswith("sqlite"):
        path = Path(database_url.removeprefix("sqlite:///"))
        path.parent.mkdir()
        sqlite3.connect(path).close()
    found = findings(data_dir, url=database_url)["database"]
    assert found.state == "error"
    assert found.text.endswith(f"schema None, this code needs {migration.head_revision()}. Run `wellbehaved migrate`.")


def test_a_database_without_results(database_url: str, data_dir: Path) -> None:
    migration.upgrade(database_url)
    found = findings(data_dir, url=database_url)
    assert found["database"].state == "ok"
    assert found["data"].state == "error"
    assert found["data"].text.startswith("0 models")
    assert found["data"].text.endswith("Run `wellbehaved migrate` to import the study.")


def test_a_database_that_is_none(study: Path) -> None:
    (study / "wellbehaved.db").write_bytes(b"certainly not a database, whatever its name says" * 100)
    found = findings(study)["database"]
    assert (found.state, found.text.startswith("sqlite: ")) == ("error", True)


def test_a_database_of_which_a_part_was_lost(study: Path) -> None:
    with sqlite3.connect(study / "wellbehaved.db") as store:
        store.execute("DROP TABLE measurement")
    store.close()
    found = findings(study)["database"]
    assert found.state == "error"
    assert "wellbehaved migrate" in found.text


def test_a_database_server_that_is_away_and_its_password(data_dir: Path) -> None:
    found = findings(data_dir, url="postgresql+psycopg://me:secret@127.0.0.1:9/name")
    assert found["database"].state == "error"
    assert found["database"].text.startswith("postgresql+psycopg: The database does not answer")
    assert "secret" not in "".join(finding.text for finding in found.values())


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620])
def test_a_token_that_others_can_read(study: Path, mode: int) -> None:
    token = study / "token"
    token.write_text("abc")
    token.chmod(mode)
    found = findings(study)["token"]
    assert (found.state, found.text) == ("error", f"others can read {token}. Run `chmod 600 {token}`.")


def test_a_token_from_the_environment(study: Path) -> None:
    assert findings(study, token="abc")["token"].text == "from WELLBEHAVED_TOKEN"


@pytest.mark.parametrize("installed", [True, False])
def test_the_evaluation_extra(study: Path, monkeypatch: pytest.MonkeyPatch, installed: bool) -> None:
    look = util.find_spec
    version = metadata.version
    monkeypatch.setattr(util, "find_spec", lambda name: installed if name in ("torch", "timm") else look(name))
    monkeypatch.setattr(metadata, "version", lambda name: "9.9" if name == "torch" else version(name))
    found = findings(study)["evaluation"]
    assert (found.state, "9.9" in found.text) == (("ok", True) if installed else ("missing", False))


def test_nothing_is_left_open(study: Path) -> None:
    """A copy that stays in use would keep SQLite's side files beside it."""
    engine = create_store_engine(f"sqlite:///{study / 'wellbehaved.db'}")
    import_study(engine)
    engine.dispose()
    findings(study)
    shutil.rmtree(study / "token", ignore_errors=True)
    assert {path.name for path in study.iterdir()} == {"wellbehaved.db"}


def test_a_bucket_that_cannot_be_used_is_named(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("WELLBEHAVED_FILES_URL", "s3://bucket/prefix")
    found = findings(study)["files"]
    assert found.state == "error"
    assert "s3://bucket/prefix/checkpoints does not answer" in found.text
    assert "AWS_ENDPOINT_URL" in found.text
