import os
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from backend.settings import Settings


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        if name.startswith("WELLBEHAVED_"):
            monkeypatch.delenv(name)


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


@pytest.mark.parametrize("url", ["s3://bucket", "s3://bucket/", "s3://my-bucket/some/where"])
def test_a_bucket_for_files_is_named_by_its_address(url: str) -> None:
    assert Settings(files_url=url).files_url == url


@pytest.mark.parametrize(
    "url", ["bucket", "http://host/bucket", "s3://", "s3://Bucket", "s3://user:key@bucket", "s3://b"]
)
def test_an_address_that_names_no_bucket_is_refused_with_what_would(url: str) -> None:
    with pytest.raises(ValidationError, match="write s3://bucket or s3://bucket/prefix"):
        Settings(files_url=url)


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("https://example.org", ("https://example.org",)),
        ("https://a.org, http://b.org:8080 ,", ("https://a.org", "http://b.org:8080")),
        ("http://127.0.0.1:3000", ("http://127.0.0.1:3000",)),
        ("http://[::1]:3000", ("http://[::1]:3000",)),
        ("https://[2001:db8::1]", ("https://[2001:db8::1]",)),
        ("chrome-extension://abcdefgh", ("chrome-extension://abcdefgh",)),
        ("*", ("*",)),
        ("", ()),
    ],
)
def test_origins_are_a_list_as_browsers_send_them(
    monkeypatch: pytest.MonkeyPatch, given: str, taken: tuple[str, ...]
) -> None:
    monkeypatch.setenv("WELLBEHAVED_READING_ORIGINS", given)
    assert Settings().reading_origins == taken


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("https://example.org/", "https://example.org/ is not an origin; write scheme://host or scheme://host:port"),
        ("https://example.org/page", "is not an origin"),
        ("https://Example.org", "is not an origin"),
        ("example.org", "is not an origin"),
        ("https://user@example.org", "is not an origin"),
        ("http://a.org,b.org", "b.org is not an origin"),
        ("https://*.example.org", "is not an origin"),
        ("https://example.org:443", "names the port that browsers leave out; write https://example.org, without :443"),
        ("http://example.org:80", "names the port that browsers leave out; write http://example.org, without :80"),
        ("http://[::1]:80", "names the port that browsers leave out; write http://[::1], without :80"),
    ],
)
def test_what_no_browser_sends_is_refused_with_what_it_would(given: str, said: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Settings(reading_origins=given)
    assert said in str(refused.value)


def test_the_usual_port_of_the_other_scheme_is_no_usual_port() -> None:
    origins = ("http://example.org:443", "https://example.org:80")
    assert Settings(reading_origins=origins).reading_origins == origins


@pytest.mark.parametrize(
    ("name", "least"),
    [("RETENTION_DAYS", 1), ("MAX_SAMPLED_SCORES", 1), ("REQUESTS_PER_MINUTE", 1), ("MAX_QUEUED_EVALUATIONS", 1)],
)
def test_what_counts_something_is_1_or_more(monkeypatch: pytest.MonkeyPatch, name: str, least: int) -> None:
    monkeypatch.setenv(f"WELLBEHAVED_{name}", str(least))
    assert getattr(Settings(), name.lower()) == least
    monkeypatch.setenv(f"WELLBEHAVED_{name}", str(least - 1))
    with pytest.raises(ValidationError, match=name.lower()):
        Settings()


def test_nobody_changes_a_setting_on_the_way() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Settings().port = 1  # type: ignore[misc]


def test_digests_are_kept_in_the_data_folder(tmp_path: Path) -> None:
    assert Settings(data_dir=tmp_path).contents_cache == tmp_path / "contents"


@pytest.mark.parametrize("given", ["s3://ab", "s3://" + "a" * 64, "s3://-ab", "s3://ab-", "s3://a_b", "s3://abc//d"])
def test_a_name_that_no_bucket_has_is_refused(given: str) -> None:
    with pytest.raises(ValidationError, match="names no bucket"):
        Settings(files_url=given)


@pytest.mark.parametrize("given", ["s3://abc", "s3://" + "a" * 63, "s3://a.b-c", "s3://abc/d_e.F/g-1/"])
def test_names_up_to_63_characters_and_prefixes_are_taken(given: str) -> None:
    assert Settings(files_url=given).files_url == given


GIB = 1_073_741_824
# Name, what it is unless set, the smallest value that is taken and, where there is one, the largest.
NUMBERS = (
    ("port", 8000, 0, 65_535), ("dashboard_port", 8501, 0, 65_535), ("worker_metrics_port", None, 1, 65_535),
    ("files_cache_bytes", 20 * GIB, 1, None), ("max_checkpoint_bytes", 2 * GIB, 1, None),
    ("max_import_bytes", GIB, 1, None), ("max_queued_evaluations", 1000, 1, None),
    ("max_header_bytes", 32_768, 1024, None), ("max_connections", 500, 2, None),
    ("max_waiting_questions", 6, 0, None), ("max_sampled_scores", 20_000_000, 1, None),
    ("requests_per_minute", None, 1, None), ("retention_days", None, 1, None),
)  # fmt: skip


def settings_with(**given: Any) -> Settings:  # noqa: ANN401 - one number under its name, also a wrong one
    return Settings(**given)


@pytest.mark.parametrize(("name", "usual", "least", "most"), NUMBERS)
def test_each_number_has_its_default_and_its_bounds(name: str, usual: int | None, least: int, most: int | None) -> None:
    assert getattr(Settings(), name) == usual
    assert getattr(settings_with(**{name: least}), name) == least
    with pytest.raises(ValidationError, match=name):
        settings_with(**{name: least - 1})
    if most is not None:
        assert getattr(settings_with(**{name: most}), name) == most
        with pytest.raises(ValidationError, match=name):
            settings_with(**{name: most + 1})


@pytest.mark.parametrize(
    ("name", "usual", "may_be_nought"),
    [
        ("header_seconds", 10, False), ("stall_seconds", 20, False), ("worker_stale_seconds", 60, False),
        ("worker_beat_seconds", 10, False), ("worker_idle_seconds", 60, True),
    ],
)  # fmt: skip
def test_each_time_has_its_default_and_may_be_a_part_of_a_second(name: str, usual: float, may_be_nought: bool) -> None:
    assert getattr(Settings(), name) == usual
    assert getattr(settings_with(**{name: 0.5}), name) == 0.5
    with pytest.raises(ValidationError, match=name):
        settings_with(**{name: -0.5})
    if may_be_nought:
        assert getattr(settings_with(**{name: 0}), name) == 0
    else:
        with pytest.raises(ValidationError, match=name):
            settings_with(**{name: 0})


def test_nothing_is_told_to_the_network_or_believed_unless_an_operator_says_so() -> None:
    settings = Settings()
    assert (settings.reading_origins, settings.trusted_proxies, settings.data_roots, settings.root_path) == (
        (), (), (), "",
    )  # fmt: skip
    assert (settings.files_url, settings.public_api_url, settings.public_dashboard_url) == (None, None, None)
    assert (settings.unconfined_checks, settings.worker_metrics_host) == (False, "127.0.0.1")
    assert (settings.log_level, settings.log_format) == ("info", "text")
