"""What the commands share: words, settings, the way to the interface, and printing."""

import io
import json
import logging
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from rich.table import Table
from typer.testing import Result

from wellbehaved.terminal import (
    READER_LEFT,
    asking,
    fail,
    fail_with_os_error,
    note,
    print_json,
    print_table,
    typed_words,
    usable_settings,
)


def code_of(caught: pytest.ExceptionInfo[typer.Exit]) -> int:
    return caught.value.exit_code


def test_fail_speaks_on_the_error_stream(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as caught:
        fail("Too bad.")
    assert code_of(caught) == 1
    assert tuple(capsys.readouterr()) == ("", "Too bad.\n")


def test_a_note_stands_beside_the_answer(capsys: pytest.CaptureFixture[str]) -> None:
    note("By the way.")
    assert tuple(capsys.readouterr()) == ("", "By the way.\n")


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (PermissionError(13, "Permission denied", "place"), "place: Permission denied. Name a place"),
        (OSError(28, "No space left on device"), "No space left on device. Name a place"),
        (OSError("odd"), "odd. Name a place"),
    ],
)
def test_a_fault_of_the_system_has_a_next_step(
    error: OSError, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit):
        fail_with_os_error(error)
    assert capsys.readouterr().err.startswith(message)


def test_a_reader_that_left_is_no_fault_of_a_place() -> None:
    with pytest.raises(BrokenPipeError):
        fail_with_os_error(BrokenPipeError(32, "Broken pipe"))


@pytest.mark.parametrize(
    ("given", "plain", "found"),
    [
        ([], [], {}),
        (["a", "b"], ["a", "b"], {}),
        (["--limit", "5", "a"], ["a"], {"limit": "5"}),
        (["--limit=5"], [], {"limit": "5"}),
        (["--sort", "-score"], [], {"sort": "-score"}),
        (["--q="], [], {"q": ""}),
        (["--q=--x"], [], {"q": "--x"}),
        (["--pretraining-data", "imagenet-1k"], [], {"pretraining_data": "imagenet-1k"}),
        (["--w.accuracy", "-1"], [], {"w.accuracy": "-1"}),
    ],
)
def test_words_are_parted(given: list[str], plain: list[str], found: dict[str, str]) -> None:
    assert typed_words(given) == (plain, found)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["--limit"], "--limit has no value"),
        (["--limit", "--q", "x"], "--limit has no value"),
        (["--q=a", "--q=b"], "--q is given twice"),
        (["--pretraining-data=a", "--pretraining_data=b"], "--pretraining_data is given twice"),
        (["--format", "csv"], "--json"),
    ],
)
def test_words_that_make_no_sense(given: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as caught:
        typed_words(given)
    assert code_of(caught) == 2
    assert message in capsys.readouterr().err


def test_settings_come_from_a_file_in_the_working_folder(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("WELLBEHAVED_PORT=8123\n")
    assert usable_settings().port == 8123


def test_every_unusable_setting_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("WELLBEHAVED_PORT", "x")
    monkeypatch.setenv("WELLBEHAVED_LOG_LEVEL", "y")
    with pytest.raises(typer.Exit) as caught:
        usable_settings()
    assert code_of(caught) == 2
    told = capsys.readouterr().err
    assert "WELLBEHAVED_PORT is 'x'" in told
    assert "WELLBEHAVED_LOG_LEVEL is 'y'" in told
    assert told.endswith("Correct it in the environment or in .env.\n")


@pytest.mark.parametrize("writes", [False, True])
def test_reading_takes_the_token_that_writing_takes(monkeypatch: pytest.MonkeyPatch, writes: bool) -> None:
    monkeypatch.setenv("WELLBEHAVED_TOKEN", "secret")
    for address in ("http://127.0.0.1:9", "https://service.example.org"):
        with asking(address, writes=writes) as client:
            assert client._http.headers["authorization"] == "Bearer secret"


@pytest.mark.parametrize("empty", [False, True])
@pytest.mark.parametrize("writes", [False, True])
def test_the_data_folders_token_goes_to_this_machine_and_the_configured_service_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, writes: bool, empty: bool
) -> None:
    monkeypatch.delenv("WELLBEHAVED_TOKEN", raising=False)
    if empty:
        monkeypatch.setenv("WELLBEHAVED_TOKEN", "")
    monkeypatch.setenv("WELLBEHAVED_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("WELLBEHAVED_API_URL", "https://ours.example.org/")
    (tmp_path / "token").write_text("kept\n")
    for address in ("http://127.0.0.1:9", "https://ours.example.org", None):
        with asking(address, writes=writes) as client:
            assert client._http.headers["authorization"] == "Bearer kept"
    with asking("https://service.example.org", writes=writes) as client:
        assert "authorization" not in client._http.headers


def test_a_command_may_ask_its_own_store_as_often_as_it_needs_to(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WELLBEHAVED_TOKEN", raising=False)
    monkeypatch.setenv("WELLBEHAVED_REQUESTS_PER_MINUTE", "1")
    with asking(None) as client:
        # With the token it would be let through anyway.
        assert "authorization" not in client._http.headers
        assert [client._http.get("/v1/presets").status_code for _ in range(3)] == [200] * 3


@pytest.mark.parametrize("words", [["rank", "--data-dir", "other"], ["--data-dir=other", "show", "resnet50"]])
def test_a_typed_data_folder_that_is_not_asked_is_noted(
    run: Callable[..., Result], monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    monkeypatch.setenv("WELLBEHAVED_API_URL", "http://127.0.0.1:9")
    said = "http://127.0.0.1:9 is asked, as WELLBEHAVED_API_URL says, not the store of --data-dir"
    assert run(*words).stderr.startswith(said)
    assert said not in run(*words, "--api", "http://127.0.0.1:9").stderr
    assert said not in run("rank").stderr


def test_the_logs_level_is_given_back(study: Path) -> None:
    logger = logging.getLogger("backend")
    before = logger.level
    with asking(None) as client:
        assert logger.level == logging.ERROR
        assert client.ready()
    assert logger.level == before


def test_an_unexpected_fault_of_the_system_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as caught, asking("http://127.0.0.1:9"):
        raise PermissionError(13, "Permission denied", "place")
    assert code_of(caught) == 1
    assert capsys.readouterr().err.startswith("place: Permission denied.")


def test_json_is_what_the_interface_said(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"name": "Bağcı", "score": None})
    assert capsys.readouterr().out == '{\n  "name": "Bağcı",\n  "score": null\n}\n'


class Screen(io.StringIO):
    """A terminal to write on."""

    def isatty(self) -> bool:
        return True


def table(width: int) -> Table:
    made = Table()
    made.add_column("x" * width, no_wrap=True)
    return made


@pytest.mark.parametrize(("columns", "shown"), [("80", "narrow"), ("300", "wide")])
def test_a_terminal_without_room_gets_the_narrow_table(
    monkeypatch: pytest.MonkeyPatch, columns: str, shown: str
) -> None:
    screen = Screen()
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.setenv("COLUMNS", columns)
    print_table(table(150), table(20))
    printed = screen.getvalue()
    assert ("x" * 150 in printed) == (shown == "wide")
    assert "…" not in printed
    assert max(len(line) for line in printed.splitlines()) <= int(columns)


def test_a_pipe_gets_all_columns_whatever_their_width(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    print_table(table(500), table(20))
    assert "x" * 500 in capsys.readouterr().out
    print_table(table(10))
    assert "x" * 10 in capsys.readouterr().out


# In forks of one process that has the libraries in memory; the writing end of a pipe that nobody reads is the output.
_READER_LEFT = """
import json, os, sys
from wellbehaved import cli
codes = []
for words in json.loads(sys.argv[1]):
    child = os.fork()
    if child == 0:
        reading, writing = os.pipe()
        os.close(reading)
        os.dup2(writing, 1)
        sys.argv[1:] = words
        cli.main()
        sys.exit(0)
    codes.append(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
print(json.dumps(codes))
"""


def test_a_reader_that_goes_away_ends_every_kind_of_output_quietly(study: Path) -> None:
    commands = [
        ["rank", "--json", "--limit", "1000"], ["rank"], ["show", "resnet50"], ["migrate"], ["doctor"],
        ["datasets", "list"], ["--help"], ["--version"], ["status"],
    ]  # fmt: skip
    words = [sys.executable, "-c", _READER_LEFT, json.dumps(commands)]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert dict(zip(map(" ".join, commands), json.loads(done.stdout), strict=True)) == {
        " ".join(command): READER_LEFT for command in commands
    }
