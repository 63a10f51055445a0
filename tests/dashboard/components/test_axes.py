"""The two quantities of a trade-off."""

from collections.abc import Callable
from typing import Any

from streamlit.testing.v1 import AppTest

Run = Callable[..., AppTest]
ViewOf = Callable[[AppTest], dict[str, Any]]


DRAW = "from dashboard.components import axes; axes.show(catalogue)"


def test_each_axis_is_its_own_and_may_be_any_quality_or_place(alone: Run, view_of: ViewOf) -> None:
    page = alone(DRAW, x="accuracy", y="rank")
    assert [box.value for box in page.selectbox] == ["accuracy", "rank"]
    options = page.selectbox[0].options
    assert len(options) == len(set(options)) >= 11
    page.selectbox(key="axis.y").set_value("shape_bias").run()
    assert view_of(page) == {"x": "accuracy", "y": "shape_bias"}
    page.selectbox(key="axis.x").set_value("macs_billions").run()
    assert view_of(page) == {"x": "macs_billions", "y": "shape_bias"}
