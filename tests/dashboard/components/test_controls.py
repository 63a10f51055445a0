"""The sidebar, in its order."""

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

Run = Callable[..., AppTest]


DRAW = """
from dashboard.components import controls
controls.show(catalogue, {"facets": {}, "ranges": {}})
"""


def test_weights_come_first_then_filters_then_the_rest(alone: Run) -> None:
    page = alone(DRAW)
    assert not page.exception
    side = page.sidebar
    assert len(side.slider) == 9
    assert side.text_input(key="filter.q").value == ""
    assert side.selectbox(key="normalisation").value == "published"
    assert not page.main.slider
    assert len([each for each in side.markdown if each.value.startswith("## ")]) == 2
