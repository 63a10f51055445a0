"""What axe-core finds on each page, that none moves while it loads, and what people hear who do not see it."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import GOOD_SHIFT, SHIFT

pytestmark = pytest.mark.browser

Open = Callable[..., Page]
AXE = Path(str(axe_playwright_python.__file__)).with_name("axe.min.js")
PAGES = ("/", "/trade-offs", "/compare?models=eva02-b-21k,hiera-b-plus,resnet50", "/model?select=hiera-b-plus",
         "/model?select=resnet50-a1", "/model", "/stability", "/groups", "/findings", "/correlations", "/reproduction",
         "/evaluate", "/method", "/?benchmark=toy-shapes", "/?benchmark=gone", "/?q=no-such-model")  # fmt: skip
WIDTHS = (1440, 390)
LONGEST = 5_000  # of a window; the ranking would make one of 15,000 pixels
PATIENCE = 30_000.0


def complaints(page: Page) -> list[str]:
    """Each violation with the place of its first node."""
    found: list[dict[str, Any]] = page.evaluate(
        "axe.run(document, {resultTypes: ['violations']}).then(answer => answer.violations)"
    )
    return [f"{each['id']} ({each['impact']}): {each['nodes'][0]['html'][:120]}" for each in found]


def quiet(page: Page) -> None:
    """Wait until the late answers are there too: what they replace is paler on purpose while it is stale."""
    page.wait_for_function(
        "document.querySelector('[data-testid=stApp]').dataset.testScriptState === 'notRunning'"
        " && !document.querySelector('[data-testid=stSkeleton], [class*=st-key-stale], [data-stale=true]')"
        " && document.getAnimations().every(each => each.playState !== 'running')"
    )


def look(page: Page, *, dark: bool) -> None:
    """Ask for the other theme, as the system does in the evening, and wait until the page has it."""
    page.emulate_media(color_scheme="dark" if dark else "light")
    page.wait_for_function(
        "dark => { const [r, g, b] = getComputedStyle(document.querySelector('[data-testid=stApp]'))"
        ".backgroundColor.match(/\\d+/g).map(Number); return (r + g + b < 384) === dark; }",
        arg=dark,
    )
    quiet(page)


def show_whole(page: Page, width: int) -> None:
    """Make the window as long as the page: axe judges only the colours that are in sight."""
    length = page.get_by_test_id("stMain").evaluate("each => each.scrollHeight")
    page.set_viewport_size({"width": width, "height": min(length, LONGEST)})
    quiet(page)


@pytest.mark.parametrize("path", PAGES)
def test_nothing_moves_and_axe_finds_nothing_in_either_theme_on_a_desktop_or_a_phone(
    path: str, open_page: Open
) -> None:
    # Opened once for each width, for that settles whether the sidebar covers the page; themes change in place.
    for width in WIDTHS:
        page = open_page(path, width=width, height=900)
        quiet(page)
        assert page.evaluate(SHIFT) < GOOD_SHIFT, (path, width)
        show_whole(page, width)
        page.evaluate(AXE.read_text(encoding="utf-8"))
        for dark in (False, True):
            look(page, dark=dark)
            assert complaints(page) == [], (path, width, "dark" if dark else "light")
        page.context.close()


def test_a_changed_answer_is_announced(open_page: Open) -> None:
    page = open_page()
    said = page.locator("#wellbehaved-answer")
    expect(said).to_have_attribute("aria-live", "polite", timeout=PATIENCE)
    expect(said).to_have_text("")
    page.get_by_test_id("stSidebar").get_by_text("Edge device", exact=True).click()
    expect(page.get_by_role("heading", level=1)).not_to_contain_text("EVA02-b", timeout=PATIENCE)
    expect(said).to_have_text(page.get_by_role("heading", level=1).inner_text(), timeout=PATIENCE)
    page.get_by_role("link", name="Method", exact=True).click()
    expect(said).to_have_text(re.compile("How the figures are computed"), timeout=PATIENCE)


def test_a_first_change_is_announced_also_where_the_page_was_not_yet_still(open_page: Open) -> None:
    page = open_page()
    said = page.locator("#wellbehaved-answer")
    expect(said).to_have_attribute("aria-live", "polite", timeout=PATIENCE)
    # Laid out anew as on a slow machine: the script begins before the headline stands, and the page goes on changing.
    page.add_init_script(
        "addEventListener('DOMContentLoaded', () => { window.restless = setInterval(() => {"
        " const app = document.querySelector('[data-testid=stApp]');"
        " if (app) { const mark = app.appendChild(document.createElement('i')); mark.remove(); } }, 50); })"
    )
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_contain_text("EVA02-b", timeout=PATIENCE)
    page.get_by_test_id("stSidebar").get_by_text("Edge device", exact=True).click()
    expect(page.get_by_role("heading", level=1)).not_to_contain_text("EVA02-b", timeout=PATIENCE)
    page.evaluate("clearInterval(window.restless)")
    expect(said).to_have_text(page.get_by_role("heading", level=1).inner_text(), timeout=PATIENCE)
