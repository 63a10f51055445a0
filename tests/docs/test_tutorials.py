"""The tutorials do what they say: commands run, print what is printed there, and addresses answer."""

import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from backend.app import create_app
from backend.settings import Settings
from wellbehaved.cli import app
from wellbehaved.client import Client
from wellbehaved.in_process import InProcessTransport

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "tutorial-choose.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
COMMANDS = [line.removeprefix("$ wellbehaved ") for block in BLOCKS for line in block.splitlines() if "$ well" in line]
ADDRESSES = re.findall(r"http://127\.0\.0\.1:8000(/v1/[^'\s]+)", TEXT)
PAGE_QUESTIONS = re.findall(r"http://127\.0\.0\.1:8501/\?(\S+)", TEXT)


@pytest.fixture(autouse=True)
def store(study_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The study in a data folder of its own, which is the working folder, too."""
    shutil.copyfile(study_file, tmp_path / "wellbehaved.db")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WELLBEHAVED_DATA_DIR", str(tmp_path))
    for setting in ("DATABASE_URL", "API_URL", "TOKEN"):
        monkeypatch.delenv(f"WELLBEHAVED_{setting}", raising=False)
    return tmp_path


@pytest.fixture
def client(store: Path) -> Iterator[Client]:
    settings = Settings(data_dir=store, database_url=None, _env_file=None)
    with Client("http://service", transport=InProcessTransport(create_app(settings))) as made:
        yield made


def shown(command: str) -> str:
    """What the tutorial prints below a command; empty where it prints nothing."""
    (after,) = [
        block.partition(f"$ wellbehaved {command}\n")[2] for block in BLOCKS if f"wellbehaved {command}\n" in block
    ]
    return str(after.partition("$ ")[0])


def test_it_has_commands_and_addresses() -> None:
    assert {command.split()[0] for command in COMMANDS} == {"rank", "compare", "show", "export"}
    assert len(ADDRESSES) == 3
    assert len(PAGE_QUESTIONS) == 1


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_runs_and_prints_what_is_printed_there(command: str) -> None:
    done = CliRunner().invoke(app, shlex.split(command))
    assert done.exit_code == 0, done.output
    printed = shown(command)
    assert printed == "" or done.stdout == printed


def test_the_leader_is_the_one_that_is_named() -> None:
    (sentence,) = re.findall(r"^.+ leads with .+$", TEXT, re.MULTILINE)
    question = next(each for each in COMMANDS if "licence" in each and "commercial" not in each)
    words = shlex.split(question)
    asked = CliRunner().invoke(app, words[: words.index("--format")])
    assert sentence in " ".join(asked.stdout.split())


@pytest.mark.parametrize("address", ADDRESSES, ids=lambda each: each.partition("?")[0])
def test_an_address_answers(client: Client, address: str) -> None:
    if "format=html" in address:
        assert client.rankings.decision_record_file("html").startswith(b"<!")
        address = address.replace("&format=html", "")
    assert client.get(address)


def test_the_address_of_the_page_asks_the_same_question(client: Client) -> None:
    (leader,) = client.get(f"/v1/rankings?{PAGE_QUESTIONS[0]}&limit=1")["items"]
    assert leader["model_id"] == "eva02-s-21k"
