"""One-click weightings."""

from collections.abc import Callable
from typing import Any

from streamlit.testing.v1 import AppTest

from dashboard.catalogue import Catalogue
from dashboard.components.presets import apply
from dashboard.state import Tab
from dashboard.view_state import ViewState

Run = Callable[..., AppTest]
ViewOf = Callable[[AppTest], dict[str, Any]]


DRAW = "from dashboard.components import presets; presets.show(catalogue)"


def tab(catalogue: Catalogue, **query: str) -> Tab:
    view, _ = ViewState.from_query(
        {name.replace("__", "."): text for name, text in query.items()}, catalogue.vocabulary
    )
    return Tab(view=view)


def test_a_preset_takes_the_place_of_own_weights(catalogue: Catalogue) -> None:
    moved = tab(catalogue, w__accuracy="3", w__shape_bias="0")
    apply(moved, "edge")
    assert moved.view is not None
    assert moved.view.weights == dict(catalogue.presets["edge"].weights)


def test_a_locked_weight_stays(catalogue: Catalogue) -> None:
    moved = tab(catalogue, w__accuracy="2.5", w__shape_bias="0", lock="accuracy")
    apply(moved, "edge")
    assert moved.view is not None
    assert moved.view.weights == {**catalogue.presets["edge"].weights, "accuracy": 2.5}


def test_no_preset_named_brings_back_the_views_own(catalogue: Catalogue) -> None:
    moved = tab(catalogue, preset="fair", w__accuracy="2.5")
    apply(moved)
    assert moved.view is not None
    assert (moved.view["preset"], moved.view.own_weights) == ("fair", {})
    apply(Tab(), "edge")  # before the first view there is nothing to change


def test_own_weights_mark_no_preset(alone: Run, view_of: ViewOf) -> None:
    page = alone(DRAW, preset="edge", **{"w.accuracy": "3"})
    assert page.button_group[0].value is None
    assert len(page.button_group[0].options) >= 5
    page.button_group[0].set_value("fair").run()
    assert view_of(page) == {"preset": "fair"}
