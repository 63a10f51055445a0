"""The bar at the bottom of a phone; what it does there is driven in tests/browser/test_phone.py."""

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from dashboard.components.phone_bar import _BUTTONS, SHEETS
from dashboard.components.stylesheet import rules


def test_it_draws_one_button_for_each_sheet() -> None:
    assert _BUTTONS.count("<button") == len(SHEETS)
    assert _BUTTONS.count('aria-expanded="false"') == len(SHEETS)


def test_every_sheet_is_one_that_the_rules_know() -> None:
    assert [name for name in SHEETS if f'[data-sheet="{name}"]' not in rules()] == []


def test_it_is_drawn_without_a_view(alone: Callable[..., AppTest]) -> None:
    page = alone("from dashboard.components import phone_bar\nphone_bar.show()")
    assert not page.exception
    assert len(page.get("bidi_component")) == 1
