from pathlib import Path

import pytest
from pydantic import ValidationError

from backend.settings import Settings


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("DATA_DIR", "DATABASE_URL", "HOST", "PORT", "TOKEN", "LOG_LEVEL", "DATA_ROOTS"):
        monkeypatch.delenv(f"WELLBEHAVED_{name}", raising=False)


def test_defaults_are_one_machine_without_network() -> None:
    settings = Settings()
    assert (settings.host, settings.port, settings.dashboard_port) == ("127.0.0.1", 8000, 8501)
    assert settings.api_url == "http://127.0.0.1:8000"
    assert settings.token is None
    assert settings.max_checkpoint_bytes == 2 * 1024 * 1024 * 1024
    assert settings.data_dir.name == "wellbehaved"
    assert settings.resolved_database_url == f"sqlite:///{settings.data_dir}/wellbehaved.db"


def test_environment_goes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("WELLBEHAVED_PORT=9001\nWELLBEHAVED_HOST=0.0.0.0\nOTHER_PROGRAM=1\n")
    monkeypatch.setenv("WELLBEHAVED_PORT", "9002")
    monkeypatch.setenv("WELLBEHAVED_NOT_OURS", "ignored")
    settings = Settings()
    assert (settings.host, settings.port) == ("0.0.0.0", 9002)


def test_a_relative_folder_does_not_move_with_the_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = Settings(data_dir=Path("kept")).resolved_database_url
    assert url == f"sqlite:///{tmp_path}/kept/wellbehaved.db"


@pytest.mark.parametrize(
    ("given", "resolved"),
    [
        ("postgres://u:p%40ss@h:5433/d", "postgresql+psycopg://u:p%40ss@h:5433/d"),
        ("postgresql://u@h/d?sslmode=require", "postgresql+psycopg://u@h/d?sslmode=require"),
        ("postgresql+psycopg://u@h/d", "postgresql+psycopg://u@h/d"),
        ("sqlite:////somewhere/else.db", "sqlite:////somewhere/else.db"),
    ],
)
def test_database_addresses_name_their_driver(given: str, resolved: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WELLBEHAVED_DATABASE_URL", given)
    assert Settings().resolved_database_url == resolved


def test_secrets_are_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WELLBEHAVED_TOKEN", "hush-token")
    monkeypatch.setenv("WELLBEHAVED_DATABASE_URL", "postgresql://u:hush-password@h/d")
    settings = Settings()
    assert settings.token is not None
    assert settings.token.get_secret_value() == "hush-token"
    assert "hush" not in f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"


@pytest.mark.parametrize(("name", "value"), [("PORT", "70000"), ("PORT", "web"), ("LOG_LEVEL", "loud")])
def test_impossible_settings_are_refused(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"WELLBEHAVED_{name}", value)
    with pytest.raises(ValidationError, match=name.lower()):
        Settings()


def test_data_roots_are_a_list_as_the_shell_writes_one(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings().data_roots == ()
    monkeypatch.setenv("WELLBEHAVED_DATA_ROOTS", "/data: :/more/data")
    assert Settings().data_roots == (Path("/data"), Path("/more/data"))
    monkeypatch.setenv("WELLBEHAVED_DATA_ROOTS", "~/mine")
    assert Settings().data_roots == (Path.home() / "mine",)
    monkeypatch.setenv("WELLBEHAVED_DATA_ROOTS", "data")
    with pytest.raises(ValidationError, match="data is not an absolute path"):
        Settings()


@pytest.mark.parametrize(("given", "kept"), [("", ""), ("/", ""), ("/rankings/", "/rankings"), ("/a/b.c", "/a/b.c")])
def test_a_root_path_stands_before_addresses(given: str, kept: str) -> None:
    assert Settings(root_path=given).root_path == kept


def test_proxies_are_addresses_and_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WELLBEHAVED_TRUSTED_PROXIES", "10.0.0.7, 2001:db8::/32")
    assert Settings().trusted_proxies == ("10.0.0.7", "2001:db8::/32")


@pytest.mark.parametrize("given", ["*", "proxy.example.org", "10.0.0.1/8"])
def test_what_is_believed_of_nobody_is_refused(given: str) -> None:
    with pytest.raises(ValidationError, match="is no address and no network") as refused:
        Settings(trusted_proxies=given)
    assert given in str(refused.value)
