"""The program: its commands, its exit codes, and what it says when something is wrong."""

import os
import re
import socket
import stat
import subprocess
import sys
import webbrowser
from collections.abc import Callable, Iterator
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any, NoReturn

import orjson
import pytest
import typer
import uvicorn
from click import unstyle
from typer.testing import Result

from backend.settings import Settings
from backend.store.errors import StoreUnavailable
from wellbehaved import cli, processes
from wellbehaved.ports import PortTaken
from wellbehaved.sole import held_by

Run = Callable[..., Result]
Program = Callable[..., "CompletedProcess[str]"]

COMMANDS = ("up", "serve", "dashboard", "migrate", "doctor", "rank", "show", "compare", "export", "import")


def message_of(text: str) -> str:
    """What a message says, without colours, frames and line ends."""
    return " ".join(unstyle(text).translate(str.maketrans("│╭╮╰╯─", "      ")).split())


@pytest.fixture
def taken_port() -> Iterator[int]:
    """A port on which somebody listens."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


# ---- the words -----------------------------------------------------------------------------------------------------


def test_the_version(run: Run) -> None:
    result = run("--version")
    assert (result.exit_code, result.stdout) == (0, f"wellbehaved {version('wellbehaved')}\n")


def test_help_names_every_command(run: Run) -> None:
    text = message_of(run("--help").stdout)
    assert [name for name in COMMANDS if f" {name} " not in text] == []


def test_no_help_repeats_a_bound_that_the_rules_own() -> None:
    """A bound typed into a help text goes on standing there when the rule changes; the refusal names it anyhow."""
    bound = re.compile(r"\b(nine|two to|\d+ to \d+|up to \d+|at most \d+)\b", re.IGNORECASE)
    group = typer.main.get_command(cli.app)
    assert isinstance(group, typer.core.TyperGroup)
    texts = {
        f"{name} {parameter.name or ''}".strip(): getattr(parameter, "help", None) or ""
        for name, command in group.commands.items()
        for parameter in command.params
    }
    texts |= {name: command.help or "" for name, command in group.commands.items()}
    assert len(texts) > 90
    assert {name: text for name, text in texts.items() if bound.search(text)} == {}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(run: Run, command: str) -> None:
    result = run(command, "--help")
    assert result.exit_code == 0
    assert f"wellbehaved {command}" in message_of(result.stdout).replace("program", "wellbehaved")


@pytest.mark.parametrize("words", [("gate",), ("benchmark", "add"), ("rank",)])
def test_paragraphs_of_a_help_text_are_set_as_paragraphs(
    run: Run, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    """A line ends where the next word would not fit, and not where it ends in the source."""
    monkeypatch.setenv("COLUMNS", "80")
    text = unstyle(run(*words, "--help").stdout).partition("╭")[0]
    lines = [line.strip() for line in text.splitlines()]
    early = [
        line
        for line, following in pairwise(lines)
        if line and following and len(line) + 1 + len(following.split()[0]) <= 78
    ]
    assert early == []


@pytest.mark.parametrize("words", [(), ("rank",), ("benchmark", "add"), ("datasets",)])
def test_h_is_help_everywhere(run: Run, words: tuple[str, ...]) -> None:
    assert run(*words, "-h").stdout == run(*words, "--help").stdout != ""


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("wellbehaved sho", {"show"}),
        ("wellbehaved rank --pres", {"--preset"}),
        ("wellbehaved rank --preset ro", {"robust"}),
        ("wellbehaved rank --architecture cnn,tr", {"cnn,transformer"}),
    ],
)
def test_the_shell_completes(program: Program, data_dir: Path, typed: str, words: set[str]) -> None:
    asked = [
        "env", "_WELLBEHAVED_COMPLETE=complete_bash", f"COMP_WORDS={typed}", f"COMP_CWORD={len(typed.split()) - 1}",
    ]  # fmt: skip
    # As the installed program: the name of the variable follows from its own.
    code = "import sys; sys.argv[0] = 'wellbehaved'; from wellbehaved.cli import main; main()"
    done = subprocess.run([*asked, sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert set(done.stdout.split()) == words, done.stderr


def test_no_word_at_all_is_wrong_usage_and_shows_help(run: Run) -> None:
    result = run()
    assert result.exit_code == 2
    assert "Usage" in result.output


@pytest.mark.parametrize(
    ("words", "suggestion"),
    [
        (("serv",), "Did you mean 'serve'?"),
        (("serve", "--prt", "1"), "--port"),
        (("rank", "--acuracy.gte", "0.5"), "Did you mean 'accuracy.gte'?"),
        (("rank", "--preset", "robst"), "Did you mean 'robust'?"),
    ],
)
def test_a_mistyped_word_is_wrong_usage_with_a_suggestion(
    run: Run, study: Path, words: tuple[str, ...], suggestion: str
) -> None:
    result = run(*words)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert suggestion in message_of(result.stderr).replace("`", "'")


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("WELLBEHAVED_PORT", "eighty", "WELLBEHAVED_PORT is 'eighty'"),
        ("WELLBEHAVED_PORT", "70000", "less than or equal to 65535"),
        ("WELLBEHAVED_LOG_LEVEL", "loud", "WELLBEHAVED_LOG_LEVEL is 'loud'"),
        ("WELLBEHAVED_DATABASE_URL", "mysql://host/name", "database 'mysql' is not supported"),
        ("WELLBEHAVED_DATABASE_URL", "sqlite://", "in-memory database"),
        ("WELLBEHAVED_DATABASE_URL", "secret word", "address cannot be read"),
        ("WELLBEHAVED_DATABASE_URL", "postgresql://me:secret@host:port/name", "address cannot be read"),
    ],
)
@pytest.mark.parametrize("command", ["migrate", "serve", "doctor", "rank"])
def test_an_unusable_setting_is_wrong_usage(
    run: Run, monkeypatch: pytest.MonkeyPatch, data_dir: Path, command: str, name: str, value: str, message: str
) -> None:
    monkeypatch.setenv(name, value)
    result = run(command)
    assert result.exit_code == 2
    assert message in result.stderr
    assert "secret" not in result.output
    assert not data_dir.exists()


# ---- migrate -------------------------------------------------------------------------------------------------------


def test_migrate_makes_the_store_and_may_be_repeated(run: Run, data_dir: Path) -> None:
    first, second = run("migrate"), run("migrate")
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert "326 models added, 0 unchanged" in first.stdout
    assert "0 models added, 326 unchanged" in second.stdout
    assert first.stdout.split()[-1] == second.stdout.split()[-1]
    assert stat.S_IMODE(data_dir.stat().st_mode) == 0o700
    assert stat.S_IMODE((data_dir / "token").stat().st_mode) == 0o600
    assert {path.name for path in data_dir.parent.iterdir()} == {"data"}


def test_every_question_on_both_databases(
    run: Run, monkeypatch: pytest.MonkeyPatch, data_dir: Path, database_url: str
) -> None:
    monkeypatch.setenv("WELLBEHAVED_DATABASE_URL", database_url)
    assert run("rank").exit_code == 1
    assert run("migrate").exit_code == 0
    ranked = orjson.loads(run("rank", "--json").stdout)
    assert [item["name"] for item in ranked["items"][:2]] == ["EVA02-b (IN-21k)", "Hiera-B-Plus"]
    assert run("doctor").exit_code == 0
    assert not (data_dir / "wellbehaved.db").exists()


def test_migrate_into_a_folder_that_cannot_be_written(
    program: Program, tmp_path: Path, ordinary_rights: list[str]
) -> None:
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    result = program("migrate", data_dir=locked / "data", before=ordinary_rights)
    assert result.returncode == 1
    assert f"{locked / 'data'}: Permission denied" in result.stderr
    assert "WELLBEHAVED_DATA_DIR" in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("command", [("migrate",), ("serve", "--port", "0")])
def test_a_data_folder_below_a_file(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: tuple[str, ...]
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("WELLBEHAVED_DATA_DIR", str(tmp_path / "file" / "data"))
    result = run(*command)
    assert (result.exit_code, result.stdout) == (1, "")
    assert f"{tmp_path / 'file' / 'data'}: Not a directory. Name a place that can be used" in result.stderr


def test_migrate_does_not_touch_a_file_that_is_no_database(run: Run, study: Path) -> None:
    content = b"certainly not a database, whatever its name says" * 100
    (study / "wellbehaved.db").write_bytes(content)
    result = run("migrate")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "file is not a database" in result.stderr
    assert (study / "wellbehaved.db").read_bytes() == content


# ---- serve and dashboard -------------------------------------------------------------------------------------------


@pytest.fixture
def served_with(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """How the server would have been started."""
    found: dict[str, Any] = {}
    monkeypatch.setattr(uvicorn, "run", lambda app, **options: found.update(options, app=app))
    return found


def test_serve_listens_where_it_is_told(run: Run, served_with: dict[str, Any], data_dir: Path) -> None:
    assert run("serve", "--host", "127.0.0.1", "--port", "0").exit_code == 0
    assert (served_with["host"], served_with["port"], served_with["access_log"]) == ("127.0.0.1", 0, False)
    assert (data_dir / "token").is_file()
    # As the web server has it by itself.
    assert served_with["forwarded_allow_ips"] is None


def test_the_proxies_of_the_settings_are_believed(
    run: Run, served_with: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WELLBEHAVED_TRUSTED_PROXIES", "10.0.0.7, 10.1.0.0/24")
    assert run("serve", "--port", "0").exit_code == 0
    assert served_with["forwarded_allow_ips"] == "10.0.0.7,10.1.0.0/24"


def test_the_service_multiplies_in_one_thread_unless_told_otherwise(
    run: Run, served_with: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    for given, used in ((None, "1"), ("3", "3")):
        # Set in any case, so that what the command sets is taken back after the test.
        monkeypatch.setenv("OPENBLAS_NUM_THREADS", given or "")
        if given is None:
            monkeypatch.delenv("OPENBLAS_NUM_THREADS")
        assert run("serve", "--port", "0").exit_code == 0
        assert os.environ["OPENBLAS_NUM_THREADS"] == used
    assert served_with["port"] == 0


def test_serve_takes_the_environment_where_it_is_told_nothing(
    run: Run, served_with: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WELLBEHAVED_PORT", "0")
    monkeypatch.setenv("WELLBEHAVED_HOST", "localhost")
    monkeypatch.setenv("WELLBEHAVED_LOG_LEVEL", "debug")
    assert run("serve").exit_code == 0
    assert (served_with["host"], served_with["port"], served_with["log_level"], served_with["access_log"]) == (
        "localhost",
        0,
        "debug",
        True,
    )


@pytest.mark.parametrize("command", ["serve", "dashboard"])
def test_a_taken_port_is_told_in_a_sentence(run: Run, study: Path, taken_port: int, command: str) -> None:
    result = run(command, "--port", str(taken_port))
    assert result.exit_code == 1
    told = f"Port {taken_port} on 127.0.0.1 is taken by another program. Choose another with --port.\n"
    assert result.stderr == told
    assert list(study.glob("token*")) == []


def test_serve_where_no_token_can_be_kept(
    program: Program, tmp_path: Path, study_file: Path, ordinary_rights: list[str]
) -> None:
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    result = program("serve", "--port", "0", data_dir=locked, before=ordinary_rights)
    assert result.returncode == 1
    assert "Permission denied" in result.stderr
    assert "WELLBEHAVED_DATA_DIR" in result.stderr
    assert "Traceback" not in result.stderr


def test_dashboard_becomes_streamlit(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[tuple[str, list[str], dict[str, str]]] = []
    monkeypatch.setattr(os, "execve", lambda *call: started.append(call))
    # A database that nobody can use: the dashboard has nothing to do with it.
    monkeypatch.setenv("WELLBEHAVED_DATABASE_URL", "mysql://host/name")
    monkeypatch.setenv("WELLBEHAVED_ROOT_PATH", "/rankings/")
    result = run("dashboard", "--port", "0", "--host", "localhost", "--api", "http://127.0.0.1:1")
    assert result.exit_code == 0
    ((file, words, environment),) = started
    assert file == words[0]
    assert words[1:5] == ["-P", "-m", "streamlit", "run"]
    assert {"--server.port=0", "--server.address=localhost", "--api-url=http://127.0.0.1:1"} <= set(words)
    assert environment["WELLBEHAVED_API_URL"] == "http://127.0.0.1:1"
    assert environment["WELLBEHAVED_ROOT_PATH"] == "/rankings"


def test_dashboard_is_started_with_traces_where_they_are_wanted(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[list[str]] = []
    monkeypatch.setattr(os, "execve", lambda *call: started.append(call[1]))
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
    assert run("dashboard", "--port", "0").exit_code == 0
    assert started[0][1:6] == ["-P", "-m", "wellbehaved.traced_dashboard", "streamlit", "run"]


def test_dashboard_asks_the_service_that_up_started(run: Run, monkeypatch: pytest.MonkeyPatch, data_dir: Path) -> None:
    started: list[dict[str, str]] = []
    monkeypatch.setattr(os, "execve", lambda *call: started.append(call[2]))
    data_dir.mkdir()
    (data_dir / "up.lock").write_text(held_by(os.getpid(), "http://127.0.0.1:1", "http://127.0.0.1:50123"))
    assert run("dashboard", "--port", "0").exit_code == 0
    assert started[0]["WELLBEHAVED_API_URL"] == "http://127.0.0.1:50123"


def test_serve_makes_the_store_on_a_first_start(run: Run, served_with: dict[str, Any], data_dir: Path) -> None:
    assert "326 models added" in run("serve", "--port", "0").stdout
    assert run("serve", "--port", "0").stdout == ""
    assert run("rank", "--limit", "1").exit_code == 0


# ---- up ------------------------------------------------------------------------------------------------------------


def test_up_hands_its_ports_on(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[dict[str, Any]] = []

    def record(_settings: object, **options: Any) -> int:  # noqa: ANN401 - recorded, not used
        calls.append(options)
        return 0

    monkeypatch.setattr(processes, "run_all", record)
    monkeypatch.setenv("WELLBEHAVED_PORT", "8123")
    assert run("up").exit_code == 0
    assert run("up", "--port", "0", "--dashboard-port", "8124").exit_code == 0
    assert [(call["port"], call["dashboard_port"]) for call in calls] == [(8123, 0), (0, 8124)]


def test_up_hands_its_other_options_on(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[tuple[Settings, dict[str, Any]]] = []

    def record(settings: Settings, **options: Any) -> int:  # noqa: ANN401 - recorded, not used
        calls.append((settings, options))
        return 0

    monkeypatch.setattr(processes, "run_all", record)
    assert run("up").exit_code == 0
    assert run("up", "--host", "0.0.0.0", "--no-worker", "--open").exit_code == 0
    (first, default), (second, chosen) = calls
    assert (first.host, default["worker"], default["show"]) == ("127.0.0.1", True, None)
    assert (second.host, chosen["worker"], chosen["show"]) == ("0.0.0.0", False, webbrowser.open)


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (PortTaken("Port 1 is taken."), "Port 1 is taken.\n"),
        (processes.StartFailed("The service ended."), "The service ended.\n"),
        (StoreUnavailable("The database does not answer."), "The database does not answer.\n"),
        (
            PermissionError(13, "Permission denied", "folder"),
            "folder: Permission denied. Name a place that can be used; WELLBEHAVED_DATA_DIR sets the data folder.\n",
        ),
    ],
)
def test_up_tells_why_it_did_not_start(
    run: Run, monkeypatch: pytest.MonkeyPatch, error: Exception, message: str
) -> None:
    def refuse(*_words: object, **_options: object) -> NoReturn:
        raise error

    monkeypatch.setattr(processes, "run_all", refuse)
    result = run("up")
    assert (result.exit_code, result.stdout, result.stderr) == (1, "", message)


def test_up_fails_where_a_part_ended_by_itself(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "run_all", lambda *_words, **_options: 1)
    assert run("up").exit_code == 1


# ---- doctor --------------------------------------------------------------------------------------------------------


def test_doctor_on_a_good_store(run: Run, study: Path) -> None:
    result = run("doctor")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert {line.split()[0] for line in lines} <= {"ok", "missing"}
    assert any("326 models" in line for line in lines)


def test_doctor_on_no_store(run: Run, data_dir: Path) -> None:
    result = run("doctor", "--json")
    assert result.exit_code == 1
    findings = {finding["subject"]: finding for finding in orjson.loads(result.stdout)}
    assert findings["database"]["state"] == "error"
    assert "wellbehaved migrate" in findings["database"]["text"]
    assert not data_dir.exists()


def test_the_entry_point(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.argv", ["wellbehaved", "--version"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("wellbehaved ")
