"""Builds the guide: the pages of the repository and those written from the code, as a site that needs no other host.

`make docs` writes it to `backend/guide/`, from where the service shows it at `/guide` and the wheel takes it.
"""

import logging
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final, TypeAlias

from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.exceptions import Abort

from docs.from_code import command_line, problems, python, rest, settings

ROOT: Final = Path(__file__).resolve().parents[1]
CONFIG: Final = ROOT / "docs" / "mkdocs.yml"
SITE: Final = ROOT / "backend" / "guide"
_SOURCES: Final = ROOT / "build" / "guide"
# Files that pages link to and that are no pages.
BESIDE: Final = ("LICENSE", "NOTICE", "CITATION.cff")
_WRITTEN: Final = "reference"
_Navigation: TypeAlias = "str | list[_Navigation] | dict[str, _Navigation]"


def gather(folder: Path) -> None:
    """Put all pages into a folder, each where its links lead from.

    Args:
        folder: made anew.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    # Only those of the navigation: a note that somebody left at the top is no page.
    pages_of_the_top = [page for page in navigation_pages(folder) if "/" not in page]
    for name in (*pages_of_the_top, *BESIDE):
        shutil.copy(ROOT / name, folder)
    shutil.copytree(
        ROOT / "docs", folder / "docs", ignore=shutil.ignore_patterns("*.py", "*.yml", "__pycache__", "from_code")
    )
    shutil.copytree(ROOT / "examples", folder / "examples")
    (folder / "dashboard").mkdir()
    shutil.copy(ROOT / "dashboard" / "glossary.md", folder / "dashboard")
    for page in folder.rglob("*.md"):
        page.write_text(for_the_site(page.read_text(encoding="utf-8")), encoding="utf-8")
    pages = {
        "problems": problems.page(),
        "settings": settings.page(),
        "command-line": command_line.page(),
        "rest": rest.page(rest.document()),
        "python": python.page(),
    }
    for name, text in pages.items():
        page = folder / _WRITTEN / f"{name}.md"
        page.parent.mkdir(exist_ok=True)
        page.write_text(text, encoding="utf-8")


def navigation_pages(sources: Path) -> list[str]:
    """The pages that the navigation names, in its order.

    Args:
        sources: a folder, which the configuration wants to be there.
    """

    def leaves(part: _Navigation) -> Iterator[str]:
        if isinstance(part, str):
            yield part
            return
        for each in part.values() if isinstance(part, dict) else part:
            yield from leaves(each)

    return list(leaves(load_config(str(CONFIG), docs_dir=str(sources))["nav"]))


def for_the_site(text: str) -> str:
    r"""A page as the site's Markdown reads it: a list or a table that follows a line of text at once starts anew.

    >>> for_the_site("Three:\n- one\n")
    'Three:\n\n- one\n'
    """
    parts = re.split(r"(^```.*?^```$)", text, flags=re.MULTILINE | re.DOTALL)
    # Every second part is a block of code, which stays as it is.
    return "".join(
        part
        if place % 2
        else re.sub(r"^(?![-|#> ]|\d+\. )(.+)\n(?=(?:- |1\. |\| ))", r"\1\n\n", part, flags=re.MULTILINE)
        for place, part in enumerate(parts)
    )


def build_guide(site: Path = SITE, sources: Path = _SOURCES) -> None:
    """Build the whole site; a link that leads nowhere, or a page that the navigation leaves out, is an error.

    Args:
        site: where it goes; what was there is replaced.
        sources: where the pages are gathered first.

    Raises:
        Abort: something in a page is wrong; the log has said what.
    """
    gather(sources)
    build(load_config(str(CONFIG), docs_dir=str(sources), site_dir=str(site), strict=True))
    # The theme brings word stems of thirty languages, under a licence of their own, and maps for its developers.
    shutil.rmtree(site / "assets" / "javascripts" / "lunr", ignore_errors=True)
    for each in site.rglob("*.map"):
        each.unlink()


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(message)s")
    try:
        build_guide()
    except Abort as error:
        sys.exit(str(error))
