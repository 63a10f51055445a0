"""Brackets at the ranks: those of the service, faded while the thumb is at other weights."""

import re
from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

Open = Callable[..., Page]
PATIENCE = 30_000.0
ROW_HEIGHT = 46
BRACKETS = ".board .brackets i"


def sizes(page: Page) -> list[int]:
    """How many rows each bracket in sight spans."""
    heights = page.locator(BRACKETS).evaluate_all("all => all.map(each => each.getBoundingClientRect().height)")
    return [round((height + 10) / ROW_HEIGHT) for height in heights]


def test_brackets_are_the_tiers_of_the_service_and_fade_while_a_thumb_is_elsewhere(
    open_page: Open, api_url: str
) -> None:
    page = open_page()
    expect(page.locator(BRACKETS).first).to_be_visible(timeout=PATIENCE)
    tiers = [each["tier"] for each in httpx.get(f"{api_url}/v1/rank-intervals").json()["items"]]
    assert sizes(page)[:2] == [tiers.count(1), tiers.count(2)]
    expect(page.locator(".board .grid")).to_have_accessible_description(
        re.compile(rf"^Ranks 1 to {tiers.count(1)} are one tier.*\. {max(tiers)} tiers in all\.$")
    )
    slider = page.get_by_role("slider", name=re.compile("^Accuracy"))
    box = slider.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 3, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.9, box["y"] + box["height"] / 2, steps=5)
    faded = page.locator(".board .brackets")
    expect(faded).to_have_class("brackets faded")
    page.mouse.up()
    expect(faded).to_have_class("brackets", timeout=PATIENCE)
    weight = re.search(r"w\.accuracy=([\d.]+)", page.url)
    assert weight is not None
    moved = httpx.get(f"{api_url}/v1/rank-intervals", params={"w.accuracy": weight[1]}).json()["items"]
    assert sizes(page)[0] == sum(each["tier"] == 1 for each in moved)


def test_another_order_than_by_rank_has_no_brackets(open_page: Open) -> None:
    page = open_page()
    expect(page.locator(BRACKETS).first).to_be_visible(timeout=PATIENCE)
    page.locator(".board .head").get_by_role("button", name="Model").click()
    expect(page.locator(BRACKETS)).to_have_count(0, timeout=PATIENCE)
