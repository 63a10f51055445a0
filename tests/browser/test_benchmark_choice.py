"""The live board when another benchmark is chosen: its dimensions, its models, and no trace of those of before."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from backend.store.engine import create_store_engine
from tests.backend.conftest import DECLARED, fill

pytestmark = pytest.mark.browser

Open = Callable[..., Page]
PATIENCE = 30_000.0
ACCURACY = re.compile("^Accuracy")


@pytest.fixture(scope="module", autouse=True)
def own(data_folder: Path) -> None:
    """A pool of one's own with six dimensions beside the study's."""
    engine = create_store_engine(f"sqlite:///{data_folder / 'wellbehaved.db'}")
    fill(engine, 4)
    engine.dispose()


def ranked(api_url: str, **query: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = httpx.get(f"{api_url}/v1/rankings", params=query).json()["items"]
    return items


def shows(page: Page, items: list[dict[str, Any]], dimensions: int) -> None:
    """The board has the models of the answer, in their order, and a slider and a column for each dimension."""
    for place, item in enumerate(items[:4]):
        row = page.locator(f'.board .body .row:not([aria-hidden])[aria-rowindex="{place + 2}"] .model')
        expect(row).to_have_text(item["name"], timeout=PATIENCE)
    # Those of further dimensions are there, folded.
    expect(page.locator(".panel [data-dimension]:visible")).to_have_count(dimensions)
    expect(page.locator(".board .headings .value")).to_have_count(dimensions)


def choose(page: Page, label: str) -> None:
    page.get_by_role("combobox", name=re.compile("Benchmark")).click()
    page.get_by_role("option", name=re.compile(label)).click()


def test_sliders_columns_and_rows_are_those_of_the_benchmark_there_and_back(open_page: Open, api_url: str) -> None:
    study, flowers = ranked(api_url), ranked(api_url, benchmark="flowers")
    page = open_page()
    shows(page, study, 9)
    choose(page, "Flowers")
    shows(page, flowers, len(DECLARED))
    slider = page.get_by_role("slider", name=ACCURACY)
    slider.focus()
    for _ in range(3):
        slider.press("PageUp")
    expect(page).to_have_url(re.compile(r"w\.accuracy=2\.5"), timeout=PATIENCE)
    shows(page, ranked(api_url, benchmark="flowers", **{"w.accuracy": "2.5"}), len(DECLARED))
    choose(page, "ImageNet")
    expect(page).not_to_have_url(re.compile("benchmark="), timeout=PATIENCE)
    shows(page, ranked(api_url, **{"w.accuracy": "2.5"}), 9)
    page.go_back()
    shows(page, ranked(api_url, benchmark="flowers", **{"w.accuracy": "2.5"}), len(DECLARED))
    page.go_forward()
    shows(page, ranked(api_url, **{"w.accuracy": "2.5"}), 9)
    page.reload()
    shows(page, ranked(api_url, **{"w.accuracy": "2.5"}), 9)


def test_sliders_follow_also_where_the_table_hears_of_it_first(open_page: Open, api_url: str) -> None:
    page = open_page("/?benchmark=flowers")
    shows(page, ranked(api_url, benchmark="flowers"), len(DECLARED))
    store = """
        const loaded = performance.getEntriesByType("resource").map(({name}) => name);
        const url = loaded.find(each => each.endsWith("/store.js"));
        const {board, receive} = await import(url);
    """
    flowers = page.evaluate(f"async () => {{ {store} return structuredClone(board.data); }}")
    choose(page, "ImageNet")
    shows(page, ranked(api_url), 9)
    told = 'receive("table", data, document.baseURI, document.querySelector(".board"), () => {});'
    page.evaluate(f"async (data) => {{ {store} {told} }}", flowers)
    shows(page, ranked(api_url, benchmark="flowers"), len(DECLARED))
