"""What a page is."""

import dataclasses

import pytest

from dashboard import app
from dashboard.page import Page


def test_every_page_has_an_address_a_title_and_a_place_of_its_own() -> None:
    pages = app.pages()
    for values in ([page.url_path for page in pages], [page.title for page in pages]):
        assert len(set(values)) == len(pages)
    assert pages[0].url_path == ""
    assert [page.position for page in pages] == sorted({page.position for page in pages})


def test_a_page_ranks_unless_it_says_otherwise_and_stays_as_it_is() -> None:
    page = Page("A", "a", 1, lambda _: None)
    assert page.ranks
    with pytest.raises(dataclasses.FrozenInstanceError):
        page.title = "B"  # type: ignore[misc]
