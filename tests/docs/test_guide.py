"""The guide is built from this checkout without a warning, has every page, and asks no other host."""

import re
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml
from mkdocs.exceptions import Abort

from docs import guide

ROOT = Path(__file__).resolve().parents[2]


class Fetched(HTMLParser):
    """What a browser loads by itself for a page."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        named = dict(attributes)
        loads = tag in ("script", "img", "iframe", "source") or (tag == "link" and named.get("rel") != "canonical")
        self.addresses += [named.get("src") or named.get("href") or ""] if loads else []


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole guide; a warning fails the build."""
    folder = tmp_path_factory.mktemp("guide")
    guide.build_guide(folder / "site", folder / "sources")
    return folder / "site"


def test_every_page_of_the_repository_is_in_it(site: Path) -> None:
    command = ["git", "-C", str(ROOT), "ls-files", "--", "*.md", ":!*/*"]
    at_the_top = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert "CHANGELOG.md" in at_the_top
    pages = [Path(name) for name in at_the_top] + [path.relative_to(ROOT) for path in (ROOT / "docs").rglob("*.md")]
    built = {path.with_name("index.md") if path.name == "README.md" else path for path in pages}
    assert [path for path in built if not (site / path.with_suffix(".html")).is_file()] == []
    assert {path.stem for path in (site / "reference").glob("*.html")} == {
        "rest", "command-line", "python", "settings", "problems",
    }  # fmt: skip


def test_a_note_at_the_top_is_no_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    top = tmp_path / "top"
    top.mkdir()
    for path in ROOT.iterdir():
        (top / path.name).symlink_to(path)
    (top / "NOTES.md").write_text("# Mine\n")
    monkeypatch.setattr(guide, "ROOT", top)
    guide.gather(tmp_path / "sources")
    assert (tmp_path / "sources" / "CHANGELOG.md").is_file()
    assert not (tmp_path / "sources" / "NOTES.md").exists()


def test_nothing_is_loaded_from_another_host(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert len(pages) > 40
    for page in pages:
        found = Fetched()
        found.feed(page.read_text(encoding="utf-8"))
        assert found.addresses
        assert [address for address in found.addresses if urlsplit(address).netloc] == [], page
    styles = [path.read_text(encoding="utf-8") for path in site.rglob("*.css")]
    assert styles
    assert not re.search(r"@import|url\(['\"]?(?:https?:)?//", "".join(styles))


def test_the_type_of_a_problem_has_its_place(site: Path) -> None:
    text = (site / "reference" / "problems.html").read_text(encoding="utf-8")
    assert 'id="queue_full"' in text
    assert 'id="invalid_weight"' in text


def test_the_reference_of_python_is_filled(site: Path) -> None:
    text = (site / "reference" / "python.html").read_text(encoding="utf-8")
    for name in (
        "Client",
        "Rankings.get",
        "Rankings.export",
        "ApiError",
        "measure",
        "Profile",
        "Difference",
        "BehaviourCallback",
    ):
        assert re.search(rf'id="wellbehaved\.[\w.]*{re.escape(name)}"', text), name
    assert "::: " not in text


def test_what_english_pages_do_not_need_is_left_out(site: Path) -> None:
    assert not list(site.rglob("*.map"))
    assert not (site / "assets" / "javascripts" / "lunr").exists()


def test_it_can_be_searched(site: Path) -> None:
    assert "calibration" in (site / "search" / "search_index.json").read_text(encoding="utf-8")


def test_a_link_that_leads_nowhere_fails_the_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    sources = tmp_path / "sources"
    sources.mkdir()
    (sources / "README.md").write_text("# Start\n\n[nowhere](nowhere.md)\n")
    config = yaml.unsafe_load(guide.CONFIG.read_text(encoding="utf-8"))
    small = {key: config[key] for key in ("site_name", "validation")} | {"theme": "mkdocs"}
    (tmp_path / "mkdocs.yml").write_text(yaml.safe_dump(small))
    monkeypatch.setattr(guide, "CONFIG", tmp_path / "mkdocs.yml")
    monkeypatch.setattr(guide, "gather", lambda _folder: None)
    with pytest.raises(Abort):
        guide.build_guide(tmp_path / "site", sources)
    assert "nowhere.md" in caplog.text


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("Three:\n- one\n- two\n", "Three:\n\n- one\n- two\n"),
        ("Two:\n| a |\n| - |\n", "Two:\n\n| a |\n| - |\n"),
        ("- one\n- two\n", "- one\n- two\n"),
        ("```\ncall:\n- one\n```\n", "```\ncall:\n- one\n```\n"),
    ],
)
def test_lists_and_tables_begin_anew(text: str, read: str) -> None:
    assert guide.for_the_site(text) == read
