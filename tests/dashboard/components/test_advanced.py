"""The scale, and whether doubtful values count."""

from collections.abc import Callable
from typing import Any

from streamlit.testing.v1 import AppTest

Run = Callable[..., AppTest]
ViewOf = Callable[[AppTest], dict[str, Any]]


DRAW = "from dashboard.components import advanced; advanced.show()"


def test_both_choices_show_the_link_and_change_the_view(alone: Run, view_of: ViewOf) -> None:
    page = alone(DRAW, normalisation="zscore", quality="screened")
    assert not page.exception
    assert (page.selectbox[0].value, page.toggle[0].value) == ("zscore", True)
    explained = page.caption[0].value
    page.selectbox[0].set_value("robust").run()
    page.toggle[0].set_value(False).run()
    assert view_of(page) == {"normalisation": "robust"}
    assert page.caption[0].value != explained


def test_defaults_are_no_part_of_the_view(alone: Run, view_of: ViewOf) -> None:
    page = alone(DRAW)
    page.selectbox[0].set_value("robust").run()
    page.selectbox[0].set_value("published").run()
    assert view_of(page) == {}
