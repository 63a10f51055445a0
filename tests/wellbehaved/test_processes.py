"""Service and dashboard as processes: they start together, end together, and leave nothing behind."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import httpx
import psutil
import pytest

from backend.settings import Settings
from backend.store.errors import StoreUnavailable
from wellbehaved import processes
from wellbehaved.ports import PortTaken
from wellbehaved.processes import StartFailed, migrate_store, run_all

ENDING: Final = 60.0
_ADDRESSES = re.compile(r"Dashboard +(\S+)\nREST +(\S+)/docs")


def process_named(part: str) -> psutil.Process:
    """The service or the dashboard among this process's children."""
    word = {"service": "serve", "dashboard": "streamlit"}[part]
    (found,) = [child for child in psutil.Process().children() if word in child.cmdline()]
    return found


def lines_of_the_start(program: subprocess.Popen[str]) -> list[str]:
    """What `up` prints until everything answers."""
    assert program.stdout is not None
    lines = [program.stdout.readline()]
    while lines[-1] and lines[-1] != "Ctrl-C ends all.\n":
        lines.append(program.stdout.readline())
    return lines


@pytest.fixture(autouse=True)
def no_child_left() -> Iterator[None]:
    """What a test starts has ended when the test ends."""
    before = psutil.Process().children(recursive=True)
    yield
    left = [child for child in psutil.Process().children(recursive=True) if child not in before]
    for child in left:
        child.kill()
    psutil.wait_procs(left, timeout=ENDING)
    assert left == []


@pytest.fixture
def settings(study: Path) -> Settings:
    """Of a store with the study in it."""
    return Settings(data_dir=study, _env_file=None)


def test_the_store_is_made_once(data_dir: Path) -> None:
    settings = Settings(data_dir=data_dir, _env_file=None)
    first, second = migrate_store(settings), migrate_store(settings)
    assert "study: 326 models added, 0 unchanged" in first
    assert "study: 0 models added, 326 unchanged" in second
    assert "toy references: 8 stored, 0 unchanged" in first
    assert "toy references: 0 stored, 8 unchanged" in second
    assert (data_dir / "token").read_text().strip()


def test_a_first_start_makes_the_store_and_a_second_leaves_it_alone(data_dir: Path) -> None:
    settings = Settings(data_dir=data_dir, _env_file=None)
    said: list[str] = []
    processes.migrate_first(settings, said.append)
    processes.migrate_first(settings, said.append)
    assert len(said) == 1
    assert "326 models added" in said[0]


def test_a_database_that_is_away_is_not_made_anew(data_dir: Path) -> None:
    away = "postgresql://nobody@127.0.0.1:1/none"
    processes.migrate_first(Settings(data_dir=data_dir, database_url=away, _env_file=None), pytest.fail)
    assert not data_dir.exists()


def test_a_store_that_cannot_be_read_is_not_made_anew(data_dir: Path) -> None:
    data_dir.mkdir()
    (data_dir / "wellbehaved.db").write_bytes(b"no database" * 500)
    processes.migrate_first(Settings(data_dir=data_dir, _env_file=None), pytest.fail)


def test_a_start_without_a_worker_shows_the_page_and_starts_none(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "can_evaluate", lambda: pytest.fail("a worker is about to be started"))
    shown: list[str] = []

    def show(page: str) -> None:
        shown.append(page)
        os.kill(os.getpid(), signal.SIGTERM)

    said: list[str] = []
    assert run_all(settings, port=0, dashboard_port=0, say=said.append, worker=False, show=show) == 0
    [(page, _)] = _ADDRESSES.findall("\n".join(said))
    assert shown == [page]
    assert said[-1] == processes.NEXT_STEPS


# ---- ports ---------------------------------------------------------------------------------------------------------


def test_a_taken_port_is_refused_with_a_way_out(settings: Settings) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        with pytest.raises(PortTaken, match=rf"^Port {taken} on 127.0.0.1 is taken .*with --port\.$"):
            run_all(settings, port=taken, dashboard_port=0, say=pytest.fail)
        with pytest.raises(PortTaken, match=r"with --dashboard-port\.$"):
            run_all(settings, port=0, dashboard_port=taken, say=pytest.fail)


def test_one_port_cannot_serve_both(settings: Settings) -> None:
    with pytest.raises(PortTaken, match="both given port 8000"):
        run_all(settings, port=8000, dashboard_port=8000, say=pytest.fail)


@pytest.mark.parametrize(
    ("host", "called"),
    [
        ("127.0.0.1", "http://127.0.0.1:80"),
        ("0.0.0.0", "http://127.0.0.1:80"),
        ("::", "http://[::1]:80"),
        ("::1", "http://[::1]:80"),
        ("localhost", "http://localhost:80"),
    ],
)
def test_the_address_to_call_is_one_that_answers(host: str, called: str) -> None:
    assert processes.service_url(host, 80) == called


# ---- the whole -----------------------------------------------------------------------------------------------------


def test_a_worker_that_dies_is_started_again_and_takes_nothing_with_it(study: Path) -> None:
    program = subprocess.Popen(
        [sys.executable, "-m", "wellbehaved.cli", "up", "--port", "0", "--dashboard-port", "0"],
        stdout=subprocess.PIPE, text=True, start_new_session=True, env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    try:
        assert program.stdout is not None
        told = _ADDRESSES.search("".join(lines_of_the_start(program)))
        assert told
        first = _worker_of(program)
        first.kill()
        assert program.stdout.readline() == "The worker ended with exit code -9; starting it again.\n"
        assert _worker_of(program, apart_from=first.pid).is_running()
        assert httpx.get(f"{told.group(2)}/v1/ready", trust_env=False).is_success
        program.terminate()
        assert program.wait(ENDING) == 0
    finally:
        program.kill()
        program.wait()
        assert program.stdout is not None
        program.stdout.close()


def test_killed_it_leaves_no_part_behind(study: Path) -> None:
    """A program that is killed can end nothing: its parts notice by themselves that it is gone."""
    program = subprocess.Popen(
        [sys.executable, "-m", "wellbehaved.cli", "up", "--port", "0", "--dashboard-port", "0"],
        stdout=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    parts: list[psutil.Process] = []
    try:
        _worker_of(program)  # which starts last
        parts = psutil.Process(program.pid).children(recursive=True)
        assert len(parts) >= 3
        program.kill()
        program.wait()
        _, left = psutil.wait_procs(parts, timeout=ENDING)
        assert left == []
    finally:
        program.kill()
        program.wait()
        for part in parts:
            if part.is_running():
                part.kill()


def _worker_of(program: subprocess.Popen[Any], apart_from: int = 0) -> psutil.Process:
    deadline = time.monotonic() + ENDING
    while time.monotonic() < deadline:
        for child in psutil.Process(program.pid).children():
            if child.pid != apart_from and child.is_running() and "worker" in child.cmdline():
                return child
        time.sleep(0.05)
    pytest.fail("no worker was started")


def test_a_folder_full_of_modules_of_our_names_is_no_obstacle_and_a_second_up_is_told(
    study: Path, tmp_path: Path
) -> None:
    """The working folder is anybody's: what lies in it is never imported, by no command and no part."""
    canary, hostile = tmp_path / "imported", tmp_path / "hostile"
    for name in ("backend", "quba", "dashboard", "streamlit", "evaluation", "migrations", "wellbehaved", "random"):
        package = hostile / name
        package.mkdir(parents=True)
        (package / "__init__.py").write_text(f"open({str(canary)!r}, 'a').write({name!r}); raise SystemExit(9)")
    words = [sys.executable, "-P", "-m", "wellbehaved.cli"]
    for command in (["--version"], ["doctor"], ["rank", "--limit", "1"], ["migrate"]):
        assert subprocess.run([*words, *command], cwd=hostile, capture_output=True).returncode == 0
    up = [*words, "up", "--port", "0", "--dashboard-port", "0"]
    first = subprocess.Popen(
        up, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True, cwd=hostile,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    try:
        assert first.stdout is not None
        lines = [first.stdout.readline()]
        while lines[-1] and "Waiting for them" not in lines[-1]:  # the worker, which starts last
            lines.append(first.stdout.readline())
        told = _ADDRESSES.search("".join(lines))
        assert told, lines
        assert not canary.exists()
        second = subprocess.run(up, capture_output=True, text=True)
        assert second.returncode == 1
        holder = f"process {first.pid}, dashboard {told[1]}, REST {told[2]}"
        assert f"already serves {study}: {holder}, since " in second.stderr
        assert httpx.get(f"{told[2]}/v1/rankings", trust_env=False).json()["total"] == 326
        first.terminate()
        assert first.wait(ENDING) == 0
    finally:
        first.kill()
        first.wait()
        assert first.stdout is not None
        first.stdout.close()


def test_ctrl_c_ends_all_parts(study: Path) -> None:
    """As a person does it: in a terminal, whose Ctrl-C goes to the whole process group."""
    # Taken out of pytest's session, so that the signal reaches only the program, as a shell would arrange it.
    program = subprocess.Popen(
        [sys.executable, "-m", "wellbehaved.cli", "up", "--port", "0", "--dashboard-port", "0"],
        stdout=subprocess.PIPE, text=True, start_new_session=True, env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    try:
        assert program.stdout is not None
        lines = lines_of_the_start(program)
        told = _ADDRESSES.search("".join(lines))
        assert told, lines
        page, api = told.groups()
        assert "`wellbehaved rank`" in lines[-3]
        assert lines[-1] == "Ctrl-C ends all.\n"
        assert httpx.get(f"{page}/_stcore/health", trust_env=False).is_success
        assert httpx.get(f"{api}/v1/rankings", trust_env=False).json()["total"] == 326
        parts = psutil.Process(program.pid).children(recursive=True)
        assert len(parts) >= 2
        os.killpg(program.pid, signal.SIGINT)
        assert program.wait(ENDING) == 0
        assert [part for part in parts if part.is_running()] == []
        for address in (page, api):
            with pytest.raises(httpx.ConnectError):
                httpx.get(address, trust_env=False)
        assert program.stdout.read() == ""
    finally:
        if program.poll() is None:
            program.terminate()
            program.wait(ENDING)
        if program.stdout:
            program.stdout.close()


@pytest.mark.parametrize("part", ["service", "dashboard"])
def test_when_one_part_dies_the_other_ends_and_the_reason_is_told(settings: Settings, part: str) -> None:
    said: list[str] = []

    def say(text: str) -> None:
        said.append(text)
        if "Ctrl-C" in text:
            process_named(part).kill()

    assert run_all(settings, port=0, dashboard_port=0, say=say) == 1
    assert said[0].startswith("schema ")
    assert said[-1] == f"The {part} ended with exit code -9; ending the rest."


def test_a_signal_while_starting_ends_what_has_started(settings: Settings) -> None:
    said: list[str] = []

    def say(text: str) -> None:
        said.append(text)
        os.kill(os.getpid(), signal.SIGTERM)

    before = signal.getsignal(signal.SIGTERM)
    assert run_all(settings, port=0, dashboard_port=0, say=say) == 0
    assert len(said) == 1
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_part_that_ends_while_starting_is_named(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    # The service reads the environment itself, and refuses to start with this.
    monkeypatch.setenv("WELLBEHAVED_LOG_LEVEL", "loud")
    with pytest.raises(StartFailed, match="The service ended with exit code 2 while starting; its messages are above"):
        run_all(settings, port=0, dashboard_port=0, say=lambda _: None)
    assert "WELLBEHAVED_LOG_LEVEL is 'loud'" in capfd.readouterr().err


def test_a_part_that_never_answers_is_named(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_START_SECONDS", 0.0)
    with pytest.raises(StartFailed, match=r"http://127.0.0.1:\d+/v1/ready did not answer within 0 seconds"):
        run_all(settings, port=0, dashboard_port=0, say=lambda _: None)


def test_a_store_that_cannot_be_used_leaves_no_part_running(settings: Settings) -> None:
    (settings.data_dir / "wellbehaved.db").write_bytes(b"this is not a database, although it is long enough" * 100)
    with pytest.raises(StoreUnavailable, match="database"):
        run_all(settings, port=0, dashboard_port=0, say=pytest.fail)


def test_a_part_is_asked_to_end_before_it_is_made_to() -> None:
    script = "import signal, sys, time; signal.signal(15, lambda *_: sys.exit(7)); print(flush=True); time.sleep(600)"
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as polite:
        assert polite.stdout is not None
        polite.stdout.readline()
        processes._stop([polite])
        assert polite.returncode == 7


def test_a_part_that_will_not_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "_STOP_SECONDS", 0.1)
    script = "import signal, time; signal.signal(15, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as deaf:
        assert deaf.stdout is not None
        assert deaf.stdout.readline() == b"deaf\n"
        processes._stop([deaf])
        assert deaf.returncode == -signal.SIGKILL


@pytest.mark.parametrize(
    ("named", "owners"),
    [
        ({}, True),
        ({"host": "::1"}, True),
        ({"host": "0.0.0.0"}, False),
        ({"root_path": "/rankings"}, False),
        ({"public_dashboard_url": "https://www.example.org"}, False),
    ],
)
def test_whoever_comes_through_a_proxy_is_not_the_owner(named: dict[str, str], owners: bool) -> None:
    settings = Settings(_env_file=None, **named)  # type: ignore[arg-type] # all of them are texts
    assert processes.visitors_are_owners(settings) == owners
