"""The sidebar, in its order."""

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

Run = Callable[..., AppTest]


DRAW = """
from dashboard.components import controls
controls.show(catalogue, {"facets": {}, "ranges": {}})
"""


def test_the_panel_comes_first_then_the_rarer_filters_then_the_rest(alone: Run) -> None:
    page = alone(DRAW)
    assert not page.exception
    side = page.sidebar
    assert len(side.get("bidi_component")) == 1
    assert [fold.label for fold in side.expander] == ["More filters", "Advanced"]
    assert side.selectbox(key="normalisation").value == "published"
    assert not page.main.get("bidi_component")
