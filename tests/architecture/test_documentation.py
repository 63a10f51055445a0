"""What is written is true: links lead somewhere, words of make exist, and the README's commands run."""

import asyncio
import re
import shlex
import shutil
import subprocess
import tomllib
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

import wellbehaved
from backend.app import create_app
from backend.settings import Settings
from quba.dimensions import DIMENSIONS
from wellbehaved.cli import app
from wellbehaved.client import AsyncClient, Client
from wellbehaved.client.calls import Part, call, stream
from wellbehaved.in_process import InProcessTransport

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def anchors(page: Path) -> set[str]:
    """The headings of a page as addresses, the way code hosts make them."""
    headings = _HEADING.findall(page.read_text(encoding="utf-8"))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_link_leads_somewhere(page: Path) -> None:
    dead = []
    for link in _LINK.findall(page.read_text(encoding="utf-8")):
        file, _, anchor = link.partition("#")
        if "://" in link or link.startswith("mailto:"):
            continue
        target = (page.parent / file).resolve() if file else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            dead.append(link)
    assert dead == []


def test_every_page_of_the_docs_is_reached_from_the_readme() -> None:
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        reached.add(page)
        links = [(page.parent / link.partition("#")[0]).resolve() for link in _LINK.findall(page.read_text("utf-8"))]
        waiting += [link for link in links if link.suffix == ".md" and link.exists() and link not in reached]
    assert [name(page) for page in PAGES if page not in reached] == []


def test_the_changelog_tells_of_this_version() -> None:
    versions = re.findall(r"^## (\S+)", CHANGELOG, re.MULTILINE)
    assert versions[0] == VERSION
    entry = CHANGELOG.partition(f"## {VERSION}")[2].partition("\n## ")[0]
    assert re.search(r"^- \w", entry, re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_word_of_make_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    words = set(re.findall(r"`make ([a-z]+)", text))
    words |= {word for _, block in _BLOCK.findall(text) for word in re.findall(r"^make ([a-z]+)", block, re.MULTILINE)}
    known = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert words <= known


def test_make_alone_lists_the_words_that_contributors_are_told() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    listed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    shown = {line.split()[0] for line in listed.splitlines() if line.strip() and not line.startswith("make[")}
    assert set(re.findall(r"^\| `make ([a-z]+)`", text, re.MULTILINE)) <= shown
    assert {"setup", "run", "test", "check", "bench", "clean"} <= shown


def test_every_dimension_is_explained() -> None:
    text = (ROOT / "docs" / "dimensions.md").read_text(encoding="utf-8")
    assert [key for key in DIMENSIONS if key not in text] == []


def test_every_setting_is_explained() -> None:
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    assert [key for key in Settings.model_fields if f"`WELLBEHAVED_{key.upper()}`" not in text] == []


# ---- what the README shows ----------------------------------------------------------------------------------------


@pytest.fixture
def store(study_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The study in a data folder of its own, with the results file that the README imports beside it."""
    folder = tmp_path / "data"
    folder.mkdir()
    shutil.copyfile(study_file, folder / "wellbehaved.db")
    header, *rows = (ROOT / "backend/imports/published_scores.csv").read_text(encoding="utf-8").splitlines()
    (tmp_path / "mine.csv").write_text("\n".join([header, rows[0]]) + "\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WELLBEHAVED_DATA_DIR", str(folder))
    for setting in ("DATABASE_URL", "API_URL", "TOKEN"):
        monkeypatch.delenv(f"WELLBEHAVED_{setting}", raising=False)
    return folder


def in_process(folder: Path) -> Callable[[str], Client]:
    """What makes a client of that store, whatever address it is told."""
    settings = Settings(data_dir=folder, database_url=None, _env_file=None)
    return lambda address: Client(address, transport=InProcessTransport(create_app(settings)))


COMMANDS = re.findall(r"^\$ wellbehaved (.+)$", README, re.MULTILINE)


def test_the_readme_shows_commands() -> None:
    assert {"rank", "show", "compare", "export", "import"} <= {command.split()[0] for command in COMMANDS}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_readme_runs(store: Path, command: str) -> None:
    result = CliRunner().invoke(app, shlex.split(command))
    assert result.exit_code == 0, result.output


def test_the_readmes_addresses_answer(store: Path) -> None:
    addresses = re.findall(r"curl '(http://127\.0\.0\.1:8000)(/[^']+)'", README)
    assert addresses
    for host, path in addresses:
        with in_process(store)(host) as client:
            assert client.get(path)["items"]


def test_the_readmes_python_runs(
    store: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    blocks = [code for language, code in _BLOCK.findall(README) if language == "python"]
    assert blocks
    monkeypatch.setattr(wellbehaved, "Client", in_process(store), raising=False)
    for code in blocks:
        names: dict[str, Any] = {}
        exec(compile(code, "README.md", "exec"), names)
    assert "name" in capsys.readouterr().out


class StartedApplication(httpx.AsyncBaseTransport):
    """A service in this process for the async client; it starts with the first request and ends with the client."""

    def __init__(self, folder: Path) -> None:
        app = create_app(Settings(data_dir=folder, database_url=None, _env_file=None))
        self._transport = httpx.ASGITransport(app)
        self._ending = AsyncExitStack()
        self._start = [app.router.lifespan_context(app)]
        self._lock = asyncio.Lock()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        async with self._lock:
            while self._start:
                await self._ending.enter_async_context(self._start.pop())
        return await self._transport.handle_async_request(request)

    async def aclose(self) -> None:
        await self._ending.aclose()


def test_the_python_of_the_page_about_the_client_runs(
    store: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (ROOT / "docs" / "client.md").read_text(encoding="utf-8")
    monkeypatch.setattr(wellbehaved, "Client", in_process(store), raising=False)
    started = lambda address: AsyncClient(address, transport=StartedApplication(store))  # noqa: E731 - one line of two
    monkeypatch.setattr(wellbehaved, "AsyncClient", started, raising=False)
    names: dict[str, Any] = {}
    for code in [code for language, code in _BLOCK.findall(text) if language == "python"]:
        exec(compile(code, "docs/client.md", "exec"), names)
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith("ResNet50 0.")
    assert told[1] == "['ResNet50', 'AlexNet', 'Hiera-B-Plus']"
    assert told[2].startswith("unknown_dimension")


def test_every_method_of_the_client_is_listed_in_its_page() -> None:
    text = (ROOT / "docs" / "client.md").read_text(encoding="utf-8")
    with Client("http://service", transport=httpx.MockTransport(lambda _: httpx.Response(200))) as client:
        parts = {name: part for name, part in vars(client).items() if isinstance(part, Part)}
        parts = {name: part for name, part in parts.items() if not name.startswith("_")}
        for name, part in parts.items():
            (row,) = re.findall(rf"^\| `client\.{name}` \| (.+) \|$", text, re.MULTILINE)
            methods = {key for key, value in vars(type(part)).items() if isinstance(value, call | stream)}
            assert set(re.findall(r"`(\w+)`", row)) == methods
    assert len(parts) == 7


def test_the_python_of_the_docs_runs(
    toy_root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """docs/python.md, as written and in its order, as a notebook would run it."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "datasets").symlink_to(toy_root)
    monkeypatch.setenv("WELLBEHAVED_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("WELLBEHAVED_DATABASE_URL", raising=False)
    monkeypatch.chdir(tmp_path)
    text = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
    blocks = [code for language, code in _BLOCK.findall(text) if language == "python"]
    names: dict[str, Any] = {}
    for code in blocks:
        exec(compile(code, "docs/python.md", "exec"), names)
    told = capsys.readouterr().out
    assert "were right and are now wrong, by class: {" in told
    assert "## Behaviour" in told
    assert "model-index:" in told


def test_the_readmes_check_values_are_the_stores(store: Path) -> None:
    claimed = re.findall(r"^\| .*: (.+?) \| (-?\d\.\d+) \| (-?\d\.\d+) \|$|^\| (\w+) \| (-?\d\.\d+) \| (-?\d\.\d+) \|$",
                         README, re.MULTILINE)  # fmt: skip
    assert len(claimed) >= 6
    with in_process(store)("http://127.0.0.1:8000") as client:
        scores = client.rankings.get().frame.set_index("name")["score"]
    for first, *numbers, second, published, here in claimed:
        model = first or second
        pair = numbers if first else [published, here]
        assert [f"{scores[model]:.4f}"] * 2 == pair
