"""What stands around each page: its title, its icon, and that it keeps its place."""

import re
from collections.abc import Callable
from typing import Protocol

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import GOOD_SHIFT, SHIFT

pytestmark = pytest.mark.browser

Open = Callable[..., Page]
PATIENCE = 30_000.0
MAIN = "document.querySelector('[data-testid=stMain]').getBoundingClientRect().x"


class Stoppable(Protocol):
    """A service under the test's control."""

    def start(self) -> None: ...
    def stop(self) -> None: ...


def test_each_page_has_its_title_and_our_icon(open_page: Open) -> None:
    page = open_page("/stability")
    expect(page).to_have_title("Stability · wellbehaved", timeout=PATIENCE)
    page.get_by_role("link", name="Method", exact=True).click()
    expect(page).to_have_title("Method · wellbehaved", timeout=PATIENCE)
    icon = page.locator("link[rel*=icon]").first
    assert str(icon.get_attribute("href")).startswith("data:image/svg+xml")


def test_a_network_without_websockets_is_said_in_words(browser: Browser, dashboard_url: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.add_init_script("window.WebSocket = class extends EventTarget { close() {} send() {} }")
    page.goto(dashboard_url)
    notice = page.locator("#wellbehaved-connection")
    expect(notice).to_contain_text("may let no WebSocket through", timeout=PATIENCE)
    context.close()


def test_a_lost_connection_is_said_and_taken_back(open_page: Open) -> None:
    page = open_page("/method")
    state = "document.querySelector('[data-testid=stApp]').dataset.testConnectionState"
    assert page.evaluate(state) == "CONNECTED"
    page.evaluate(f"{state} = 'PINGING_SERVER'")
    notice = page.locator("#wellbehaved-connection")
    expect(notice).to_contain_text("is lost. It is tried again", timeout=PATIENCE)
    page.evaluate(f"{state} = 'CONNECTED'")
    expect(notice).to_have_count(0, timeout=PATIENCE)


def test_a_benchmark_without_models_says_so_and_leads_to_evaluate(open_page: Open) -> None:
    for path in ("/?benchmark=toy-shapes", "/stability?benchmark=toy-shapes"):
        page = open_page(path)
        expect(page.get_by_role("heading", level=1)).to_have_text(
            "Nothing measured on toy-shapes yet.", timeout=PATIENCE
        )
    page.get_by_role("link", name="Measure a model on the page Evaluate").click()
    expect(page).to_have_url(re.compile("/evaluate"), timeout=PATIENCE)


def test_the_page_stays_in_its_place_from_one_to_the_next_and_in_an_outage(open_page: Open, api: Stoppable) -> None:
    page = open_page("/")
    place = page.evaluate(MAIN)
    assert place > 0
    for name in ("Evaluate", "Method"):
        page.get_by_role("link", name=name, exact=True).click()
        expect(page).to_have_title(f"{name} · wellbehaved", timeout=PATIENCE)
        assert page.evaluate(MAIN) == place
    api.stop()
    try:
        page.get_by_role("link", name="Rank", exact=True).click()
        # Named, for the headline of before stands below it until the rest of the page has gone.
        expect(page.get_by_role("heading", level=1, name=re.compile("The service"))).to_be_visible(timeout=PATIENCE)
        assert page.evaluate(MAIN) == place
    finally:
        api.start()


@pytest.mark.parametrize("path", ["/nosuchpage", "/a/b?w.accuracy=2"])
def test_a_wrong_address_shows_the_first_page_and_one_notice(path: str, open_page: Open) -> None:
    page = open_page(path, height=900)
    expect(page.get_by_role("heading", level=1)).to_contain_text("leads with", timeout=PATIENCE)
    asked, _, query = path.partition("?")
    expect(page.get_by_test_id("stAlert")).to_have_text(
        re.compile(rf"default is shown in its place\.\s*{asked} was ignored: there is no such page\.\s*$")
    )
    expect(page.get_by_role("dialog")).to_have_count(0)
    there = "query => location.pathname === '/' && location.search === query"
    page.wait_for_function(there, arg=query and f"?{query}")
    assert page.evaluate(SHIFT) < GOOD_SHIFT


def test_the_introduction_is_put_away_for_good_in_this_browser_alone(open_page: Open) -> None:
    page = open_page("/", height=900)
    introduction = page.locator(".st-key-introduction")
    expect(introduction).to_contain_text("ranks image classifiers by how well they behave", timeout=PATIENCE)
    hide = page.get_by_role("button", name="Hide the introduction")
    hide.focus()
    hide.press("Enter")
    expect(introduction).to_be_hidden()
    page.wait_for_function("document.activeElement.tagName === 'H1'")
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_contain_text("leads with", timeout=PATIENCE)
    expect(introduction).to_be_hidden(timeout=PATIENCE)
    assert page.evaluate(SHIFT) < GOOD_SHIFT
    page.get_by_test_id("stSidebar").get_by_text("Edge device", exact=True).click()
    expect(page.get_by_role("heading", level=1)).not_to_contain_text("EVA02-b", timeout=PATIENCE)
    expect(introduction).to_be_hidden()
    assert {each.get("name") for each in page.context.cookies()} <= {"_streamlit_xsrf"}
    expect(open_page("/").locator(".st-key-introduction")).to_be_visible(timeout=PATIENCE)
