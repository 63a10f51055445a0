import secrets
import stat
from collections.abc import Callable, Sequence
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from backend.app import create_app
from backend.security import ensure_token, read_token, token_path
from backend.settings import Settings
from wellbehaved.in_process import InProcessTransport

Serve = Callable[[str], httpx.Client]
Run = Callable[[str, Sequence[str]], list[str]]
Build = Callable[..., bytes]
# Asking a long question takes a body, and changes nothing.
READING = {"POST /v1/rankings", "POST /v1/group-comparisons"}
_MAKE = """
from pathlib import Path
from backend.security import ensure_token
from backend.settings import Settings
---
print(ensure_token(Settings(data_dir=Path(sys.argv[1]), token=None, _env_file=None)))
"""


def settings_of(folder: Path, token: str | None = None) -> Settings:
    return Settings(data_dir=folder, token=None if token is None else SecretStr(token), _env_file=None)


def writing_paths() -> list[tuple[str, str]]:
    paths = create_app(settings_of(Path("nowhere"))).openapi()["paths"]
    return [
        (method.upper(), path)
        for path, operations in paths.items()
        for method in operations
        if method not in {"get", "head"} and f"{method.upper()} {path}" not in READING
    ]


def test_the_first_start_makes_a_token_that_only_its_owner_reads(tmp_path: Path) -> None:
    settings = settings_of(tmp_path / "new" / "data")
    assert read_token(settings) is None
    token = ensure_token(settings)
    assert len(token) >= 43  # 32 random bytes
    assert stat.S_IMODE(token_path(settings).stat().st_mode) == 0o600
    assert stat.S_IMODE(settings.data_dir.stat().st_mode) == 0o700
    assert read_token(settings) == ensure_token(settings) == token
    assert [path.name for path in settings.data_dir.iterdir()] == ["token"]
    assert ensure_token(settings_of(tmp_path / "other")) != token


def test_processes_that_start_at_once_agree_on_one_token(tmp_path: Path, at_once: Run) -> None:
    printed = at_once(_MAKE, [str(tmp_path / "data")] * 4)
    assert len(set(printed)) == 1
    assert printed[0].removeprefix("ready\n").strip() == read_token(settings_of(tmp_path / "data"))
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["token"]


def test_a_setting_goes_before_the_file_and_an_empty_one_counts_as_none(tmp_path: Path) -> None:
    kept = ensure_token(settings_of(tmp_path))
    assert ensure_token(settings_of(tmp_path, "given")) == "given"
    assert ensure_token(settings_of(tmp_path, "")) == kept


def test_a_token_by_setting_is_never_written(tmp_path: Path) -> None:
    assert ensure_token(settings_of(tmp_path / "data", "given")) == "given"
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("content", [b"", b" \n", b"\xff\xfe\x00"], ids=["empty", "blank", "binary"])
def test_a_damaged_file_is_said_and_lets_nobody_write(tmp_path: Path, content: bytes) -> None:
    settings = settings_of(tmp_path)
    token_path(settings).write_bytes(content)
    assert read_token(settings) is None
    with pytest.raises(OSError, match="holds none; remove it"):
        ensure_token(settings)
    assert [path.name for path in tmp_path.iterdir()] == ["token"]


@pytest.mark.parametrize(("method", "path"), writing_paths())
@pytest.mark.parametrize(
    ("header", "code"),
    [
        (None, "missing_token"),
        ("", "missing_token"),
        ("Bearer", "missing_token"),
        ("Basic a-token-for-tests", "missing_token"),
        ("a-token-for-tests", "missing_token"),
        ("Bearer wrong", "invalid_token"),
        ("Bearer A-TOKEN-FOR-TESTS", "invalid_token"),
        ("Bearer a-token-for-test", "invalid_token"),
        ("Bearer a-token-for-tests-", "invalid_token"),
        ("Bearer \xff\xfe", "invalid_token"),
        ("Bearer " + "x" * 10_000, "invalid_token"),
    ],
)
def test_writing_needs_the_token(
    serve: Serve, study_sqlite_url: str, method: str, path: str, header: str | None, code: str
) -> None:
    headers = {} if header is None else {b"Authorization": header.encode("latin-1")}
    response = serve(study_sqlite_url).request(method, path, content=b"x", headers=headers)
    problem = response.json()
    assert (response.status_code, problem["code"]) == (401, code)
    assert response.headers["www-authenticate"] == "Bearer"
    assert response.headers["content-type"] == "application/problem+json"
    assert "Authorization: Bearer TOKEN" in problem["next_step"]
    assert "a-token-for-tests" not in response.text


def test_which_paths_write() -> None:
    assert sorted(writing_paths()) == [
        ("DELETE", "/v1/benchmarks/{key}"),
        ("DELETE", "/v1/benchmarks/{key}/frozen-norms"),
        ("DELETE", "/v1/checkpoints/{checkpoint_id}"),
        ("DELETE", "/v1/dimensions/{key}"),
        ("DELETE", "/v1/evaluations/{evaluation_id}"),
        ("DELETE", "/v1/imports/{import_id}"),
        ("DELETE", "/v1/models/{model_id}"),
        ("DELETE", "/v1/presets/{key}"),
        ("POST", "/v1/benchmarks"),
        ("POST", "/v1/benchmarks/{key}/frozen-norms"),
        ("POST", "/v1/checkpoints"),
        ("POST", "/v1/dimensions"),
        ("POST", "/v1/evaluations"),
        ("POST", "/v1/evaluations/{evaluation_id}/cancel"),
        ("POST", "/v1/evaluations/{evaluation_id}/retry"),
        ("POST", "/v1/imports"),
        ("POST", "/v1/models/{model_id}/publish"),
        ("POST", "/v1/models/{model_id}/unpublish"),
        ("POST", "/v1/presets"),
    ]


def test_reading_needs_none_but_a_wrong_one_is_told(client: httpx.Client) -> None:
    """Whoever sends a token means to see what is private, and must not take the public answer for all there is."""
    for headers, status in (
        ({}, 200),
        # What is not a bearer token is for whatever stands in front of the service.
        ({"Authorization": "Basic dXNlcjpwYXNz"}, 200),
        ({"Authorization": "Bearer "}, 200),
        ({"Authorization": "Bearer wrong"}, 401),
        ({"Authorization": "bearer wrong"}, 401),
    ):
        assert client.get("/v1/rankings", headers=headers).status_code == status
        assert client.post("/v1/rankings", json={}, headers=headers).status_code == status


def test_the_token_of_the_data_folder_is_accepted(study_file: Path, tmp_path: Path, results_csv: Build) -> None:
    (tmp_path / "wellbehaved.db").write_bytes(study_file.read_bytes())
    settings = settings_of(tmp_path)
    with httpx.Client(transport=InProcessTransport(create_app(settings)), base_url="http://service") as service:
        headers = {"Authorization": f"bearer {ensure_token(settings)}", "Content-Type": "text/csv"}
        assert service.post("/v1/imports", content=results_csv({}), headers=headers).status_code == 201


@pytest.mark.parametrize("sent", ["a", "a-token-for-testz", "b" * 500])
def test_tokens_are_compared_in_constant_time(
    serve: Serve, study_sqlite_url: str, monkeypatch: pytest.MonkeyPatch, sent: str
) -> None:
    """Timing cannot be measured here; that the two tokens meet nowhere but in the constant-time comparison can."""
    compared: list[tuple[bytes, bytes]] = []

    def compare_digest(first: bytes, second: bytes) -> bool:
        compared.append((first, second))
        return True

    service = serve(study_sqlite_url)
    monkeypatch.setattr("backend.security.secrets.compare_digest", compare_digest)
    headers = {"Authorization": f"Bearer {sent}", "Content-Type": "text/csv"}
    # The stand-in calls all tokens equal, so nothing else can have refused this one.
    assert service.post("/v1/imports", content=b"", headers=headers).status_code == 422
    assert compared == [(sent.encode(), b"a-token-for-tests")]
    assert secrets.compare_digest is compare_digest


@pytest.mark.parametrize("damage", ["a file in place of the folder", "an empty file in place of the token"])
def test_an_instance_that_can_keep_no_token_says_so(study_sqlite_url: str, tmp_path: Path, damage: str) -> None:
    folder = tmp_path / "data"
    if damage.startswith("a file"):
        folder.write_bytes(b"")
    else:
        folder.mkdir()
        (folder / "token").write_bytes(b"")
    settings = Settings(data_dir=folder, database_url=SecretStr(study_sqlite_url), token=None, _env_file=None)
    with httpx.Client(transport=InProcessTransport(create_app(settings)), base_url="http://service") as service:
        assert service.get("/v1/rankings").status_code == 200
        response = service.post("/v1/imports", content=b"", headers={"Authorization": "Bearer x"})
        assert (response.status_code, response.json()["code"]) == (503, "no_token")
        assert response.headers["content-type"] == "application/problem+json"
        assert "WELLBEHAVED_TOKEN" in response.json()["next_step"]
        (folder / "token").unlink() if folder.is_dir() else folder.unlink()
        assert service.post("/v1/imports", content=b"", headers={"Authorization": "Bearer x"}).status_code == 401
