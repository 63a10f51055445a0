"""In a real browser: the built-in dimensions beyond the study's, of which no published model has a value."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from quba.dimensions import BUILT_IN, STUDY_DIMENSIONS

pytestmark = pytest.mark.browser

Open = Callable[..., Page]
PATIENCE = 30_000.0
_FURTHER = len(BUILT_IN) - len(STUDY_DIMENSIONS)


def test_they_are_folded_and_two_of_them_have_values(open_page: Open) -> None:
    page = open_page()
    sliders = page.locator(".panel [data-dimension]:visible")
    expect(sliders).to_have_count(len(STUDY_DIMENSIONS), timeout=PATIENCE)
    note = page.get_by_text("No model here has a value of these yet.")
    expect(note).to_be_hidden()
    page.get_by_role("button", name=f"More dimensions ({_FURTHER})").click()
    expect(sliders).to_have_count(len(BUILT_IN))
    # Facts of the models have values, so that not all of them lack any.
    expect(note).to_be_hidden()


def test_a_row_does_not_list_what_nobody_measured_until_it_is_weighed(open_page: Open) -> None:
    headings = ".board .headings .value"
    plain = open_page()
    expect(plain.locator(headings)).to_have_count(len(STUDY_DIMENSIONS), timeout=PATIENCE)
    weighed = open_page("/?w.brier_score=1")
    expect(weighed.locator(headings)).to_have_count(len(STUDY_DIMENSIONS) + 1, timeout=PATIENCE)
    absent = weighed.locator('.board .body .row[aria-rowindex="2"] .value').last
    expect(absent).to_have_attribute("title", "Brier score: not measured", timeout=PATIENCE)
