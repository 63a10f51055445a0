"""Dimensions beyond the study's on the live board: folded under one line, with a row and a column once weighed."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from backend.imports.importer import import_results
from backend.store.engine import create_store_engine, reading, writing
from backend.store.own_dimensions import dimension_set, register
from quba.dimensions import BUILT_IN, STUDY_DIMENSIONS, dimensions_in_force
from tests.backend.own_dimension import defined

pytestmark = pytest.mark.browser

Open = Callable[..., Page]
PATIENCE = 30_000.0
VALUES = b"model_id,throughput\neva02-b-21k,100\nhiera-b-plus,120\nconvnextv2-b-21k,90\n"


@pytest.fixture(scope="module", autouse=True)
def own(data_folder: Path) -> None:
    """Two dimensions of one's own, of which one has values."""
    engine = create_store_engine(f"sqlite:///{data_folder / 'wellbehaved.db'}")
    with writing(engine) as session:
        register(session, defined())
        register(session, defined(key="latency", label="Latency", higher_is_better=False))
    with reading(engine) as session:
        dimensions = dimension_set(session)
    with dimensions_in_force(dimensions):
        import_results(engine, VALUES)
    engine.dispose()


@pytest.mark.parametrize(("width", "columns"), [(1440, len(STUDY_DIMENSIONS)), (390, 0)])
def test_they_are_folded_until_the_line_is_opened(open_page: Open, width: int, columns: int) -> None:
    page = open_page(width=width)
    if width < 640:
        page.get_by_role("button", name="Weights").click()
    further = len(BUILT_IN) - len(STUDY_DIMENSIONS) + 2
    more = page.get_by_role("button", name=f"More dimensions ({further})")
    expect(more).to_have_attribute("aria-expanded", "false", timeout=PATIENCE)
    sliders = page.locator(".panel [data-dimension]:visible")
    expect(sliders).to_have_count(len(STUDY_DIMENSIONS))
    expect(page.locator(".board .headings .value:visible")).to_have_count(columns)
    more.click()
    expect(sliders).to_have_count(len(STUDY_DIMENSIONS) + further)
    expect(more).to_have_attribute("aria-expanded", "true")
    # One of them has values, so that a weight may rank.
    expect(page.get_by_text("No model here has a value of these yet.")).to_be_hidden()


def test_a_weighed_one_has_its_row_and_its_column_and_ranks(open_page: Open) -> None:
    page = open_page("/?w.throughput=2")
    slider = page.get_by_role("slider", name=re.compile("^Throughput"))
    expect(slider).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_role("slider", name=re.compile("^Latency"))).to_be_hidden()
    headings = page.locator(".board .headings .value")
    expect(headings).to_have_count(len(STUDY_DIMENSIONS) + 1, timeout=PATIENCE)
    expect(page.locator('.board .body .row[aria-rowindex="2"] .model')).to_have_text("Hiera-B-Plus")
    slider.focus()
    for _ in range(4):
        slider.press("PageDown")
    expect(headings).to_have_count(len(STUDY_DIMENSIONS), timeout=PATIENCE)
    expect(page).not_to_have_url(re.compile("throughput"), timeout=PATIENCE)
