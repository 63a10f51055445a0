"""What people with a screen reader, a keyboard or weak sight meet: axe-core on every page, titles, announcements."""

from collections.abc import Callable
from importlib import resources
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

Open = Callable[..., Page]
# Only the script of axe-core is wanted from the package that carries it.
AXE = (resources.files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
RUN_AXE = """async () => (await axe.run(document, { resultTypes: ["violations"] })).violations.map(
  (rule) => `${rule.impact} ${rule.id}: ${rule.nodes.map((node) => node.html.slice(0, 200)).join(" | ")}`)"""
TITLES = {
    "/": "Rank",
    "/trade-offs": "Trade-offs",
    "/compare?models=eva02-b-21k,hiera-b-plus,resnet50": "Compare",
    "/model?select=hiera-b-plus": "Model",
    "/stability": "Stability",
    "/groups": "Groups",
    "/findings": "Findings",
    "/correlations": "Correlations",
    "/evaluate": "Evaluate",
    "/method": "Method",
}
PATIENCE = 30_000.0


@pytest.fixture(autouse=True)
def _patience() -> None:
    expect.set_options(timeout=PATIENCE)


def settled(page: Page) -> None:
    """Wait until the script has run and every element has its code."""
    ready = "document.querySelector('[data-testid=stApp]')?.dataset.testScriptState === 'notRunning'"
    page.wait_for_function(f"{ready} && !document.querySelector('[data-testid=stSkeleton]')")
    expect(page.locator("h1").first).to_be_visible()
    # Elements come in by fading, and axe would measure a contrast on its way.
    page.wait_for_timeout(500)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_axe_finds_no_violation_on_any_page(width: int, dark: bool, open_page: Open) -> None:
    page = open_page("/", width=width, dark=dark)
    found = {}
    for path in TITLES:
        if path != "/":
            page.goto(urljoin(page.url, path))
        settled(page)
        page.evaluate(AXE)
        found[path] = page.evaluate(RUN_AXE)
    assert {path: violations for path, violations in found.items() if violations} == {}


def test_every_page_has_a_title_of_its_own_and_our_icon(open_page: Open) -> None:
    page = open_page("/")
    for path, title in TITLES.items():
        page.goto(urljoin(page.url, path))
        expect(page).to_have_title(f"{title} · wellbehaved")
    icon = page.locator("link[rel*=icon]").first.get_attribute("href")
    assert icon
    assert page.request.get(urljoin(page.url, icon)).text().startswith("<svg")


def test_a_path_that_there_is_not_is_said(open_page: Open) -> None:
    page = open_page("/nosuchpage?preset=robust")
    expect(page.get_by_role("alert")).to_contain_text("path=/nosuchpage was ignored: there is no such page")
    expect(page.get_by_role("heading", level=1)).to_contain_text("leads with")


def test_an_empty_benchmark_says_so_and_leads_to_evaluate(open_page: Open) -> None:
    page = open_page("/stability?benchmark=toy-shapes")
    expect(page.get_by_role("heading", level=1)).to_have_text("Nothing is measured on toy-shapes yet.")
    page.get_by_role("link", name="Evaluate a model").click()
    expect(page).to_have_title("Evaluate · wellbehaved")


def test_a_changed_answer_is_announced(open_page: Open) -> None:
    page = open_page("/")
    region = page.get_by_role("status").filter(has_text="leads 326 models")
    expect(region).to_have_text("EVA02-b (IN-21k) leads 326 models with a score of 1.07.")
    region.evaluate("(node) => { window.region = node; }")
    page.get_by_test_id("stSidebar").get_by_text("Edge device", exact=True).click()
    expect(region).not_to_contain_text("EVA02-b (IN-21k)")
    # The same node, for a new one would not be read aloud.
    assert page.evaluate("window.region.isConnected")
    assert region.get_attribute("aria-live") == "polite"


def test_the_page_keeps_its_place_with_and_without_weights(open_page: Open) -> None:
    page = open_page("/stability")
    places = []
    for path in ("/stability", "/evaluate", "/method"):
        page.goto(urljoin(page.url, path))
        settled(page)
        box = page.get_by_test_id("stMain").bounding_box()
        places.append(box and box["x"])
    assert len(set(places)) == 1
