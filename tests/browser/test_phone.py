"""On a phone: the answer and the first rows on one screen, and weights, filters and pages in sheets from below."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import FloatRect, Locator, Page, expect

pytestmark = pytest.mark.browser

Open = Callable[..., Page]
WIDTH, HEIGHT = 390, 844
PATIENCE = 30_000.0


@pytest.fixture(autouse=True)
def _patience() -> None:
    expect.set_options(timeout=PATIENCE)


@pytest.fixture
def phone(open_page: Open) -> Page:
    page = open_page(width=WIDTH, height=HEIGHT)
    expect(page.locator(".board .row .score").nth(1)).to_be_visible()
    return page


def press(page: Page, name: str) -> Locator:
    button = page.get_by_role("navigation", name="Weights, filters and pages").get_by_role("button", name=name)
    button.click()
    return button


def box(found: Locator) -> FloatRect:
    place = found.bounding_box()
    assert place is not None
    return place


def test_the_ranking_starts_on_the_first_screen_above_the_bar(phone: Page) -> None:
    bar = box(phone.locator(".st-key-phone_bar nav"))
    assert round(bar["y"] + bar["height"]) == HEIGHT
    first = phone.locator(".board .body .row").first
    for part in ("rank", "name", "score", "bar"):
        place = box(first.locator(f".{part}"))
        assert place["x"] >= 0
        assert place["x"] + place["width"] <= WIDTH
        assert place["y"] + place["height"] <= bar["y"]


def test_weights_come_up_below_the_table_and_move_it(phone: Page) -> None:
    button = press(phone, "Weights")
    expect(button).to_have_attribute("aria-expanded", "true")
    sheet = phone.get_by_test_id("stSidebar")
    expect(sheet).to_be_focused()
    expect(sheet).to_have_accessible_name("Weights")
    expect(sheet.get_by_label("Search", exact=True)).to_be_hidden()
    expect(phone.get_by_test_id("stSidebarNav")).to_be_hidden()
    assert box(phone.locator(".board .body .row").first)["y"] < box(sheet)["y"]
    before = phone.locator(".board .body .row .score").first.inner_text()
    slider = sheet.get_by_role("slider", name="Accuracy")
    slider.press("PageUp")
    expect(phone.locator(".board .body .row .score").first).not_to_have_text(before)
    expect(phone).to_have_url(re.compile("w.accuracy="))
    phone.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    expect(button).to_be_focused()
    expect(button).to_have_attribute("aria-expanded", "false")


def test_filters_narrow_the_table_and_back_closes_the_sheet(phone: Page) -> None:
    button = press(phone, "Filters")
    sheet = phone.get_by_test_id("stSidebar")
    expect(sheet.get_by_label("Search", exact=True)).to_be_visible()
    expect(sheet.get_by_text("More filters")).to_be_visible()
    expect(sheet.get_by_role("slider").first).to_be_hidden()
    address = phone.url
    phone.go_back()
    expect(sheet).to_be_hidden()
    assert phone.url == address
    expect(button).to_be_focused()
    press(phone, "Filters")
    sheet.get_by_text(re.compile(r"^CNN \d+$")).click()
    expect(phone).to_have_url(re.compile("architecture=cnn"))
    expect(sheet.get_by_text(re.compile(r"^\d+ of 326 models"))).to_be_visible()


def test_pages_lead_on_and_close_their_sheet(phone: Page) -> None:
    press(phone, "Weights")
    press(phone, "Pages")
    sheet = phone.get_by_test_id("stSidebar")
    expect(sheet.get_by_role("slider").first).to_be_hidden()
    phone.get_by_role("link", name="Method", exact=True).click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("How the figures are computed")
    expect(sheet).to_be_hidden()
    press(phone, "Weights")
    expect(sheet.get_by_text("Weights and filters have no effect on this page.")).to_be_visible()
