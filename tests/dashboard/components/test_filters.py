"""Which models are listed, by the filters that are not on the panel."""

from collections.abc import Callable
from typing import Any

from streamlit.testing.v1 import AppTest

from dashboard.components.filters import ON_THE_PANEL
from dashboard.view_state import CHOICE_FIELDS

Run = Callable[..., AppTest]
ViewOf = Callable[[AppTest], dict[str, Any]]


DRAW = """
import streamlit as st
from dashboard.components import filters
st.session_state["filters.more"] = True
filters.show(catalogue, source.client().get("/v1/facets", state.current().query()))
"""


def pills(page: AppTest, key: str) -> Any:  # noqa: ANN401 - AppTest types no group of pills
    return next(group for group in page.button_group if group.key == f"filter.{key}")


def test_a_link_marks_the_filters_and_each_changes_the_view(alone: Run, view_of: ViewOf) -> None:
    page = alone(DRAW, head="zero-shot", **{"accuracy.lte": "0.9"})
    assert not page.exception
    assert pills(page, "head").value == ["zero-shot"]
    assert page.number_input(key="filter.accuracy.lte").value == 0.9
    pills(page, "head").set_value(["zero-shot", "linear-probe"]).run()
    page.number_input(key="filter.accuracy.gte").set_value(0.5).run()
    assert view_of(page) == {"head": ("zero-shot", "linear-probe"), "accuracy.lte": 0.9, "accuracy.gte": 0.5}


def test_an_emptied_filter_is_none(alone: Run, view_of: ViewOf) -> None:
    page = alone(DRAW, head="zero-shot", **{"accuracy.lte": "0.9"})
    pills(page, "head").set_value([]).run()
    assert view_of(page) == {"accuracy.lte": 0.9}
    page.number_input(key="filter.accuracy.lte").set_value(None).run()
    assert view_of(page) == {}
    assert page.number_input(key="filter.accuracy.lte").value is None


def test_a_value_is_no_longer_limited_once_it_is_taken_off_the_list(alone: Run, view_of: ViewOf) -> None:
    page = alone(DRAW, **{"accuracy.gte": "0.7", "accuracy.lte": "0.8", "shape_bias.gte": "0.3"})
    assert page.multiselect(key="filter.limited").value == ["accuracy", "shape_bias"]
    page.multiselect(key="filter.limited").set_value(["shape_bias", "score"]).run()
    assert view_of(page) == {"shape_bias.gte": 0.3}
    fields = {field.key for field in page.number_input}
    assert {"filter.shape_bias.gte", "filter.score.lte"} <= fields
    assert "filter.accuracy.gte" not in fields


def test_what_the_panel_has_is_not_drawn_twice(alone: Run) -> None:
    page = alone(DRAW)
    drawn = {group.key for group in page.button_group}
    assert drawn == {f"filter.{name}" for name in CHOICE_FIELDS if name not in ON_THE_PANEL}
    counts = [int(option.rsplit(" ", 1)[1]) for option in pills(page, "head").options]
    assert sum(counts) == 326


def test_licences_and_costs_are_among_them(alone: Run, view_of: ViewOf) -> None:
    page = alone(DRAW, **{"macs_billions.lte": "5"})
    assert page.number_input(key="filter.macs_billions.lte").value == 5
    uses = pills(page, "commercial_use")
    assert [option.rsplit(" ", 1)[0] for option in uses.options] == ["Not allowed", "Unknown", "Allowed"]
    uses.set_value(["yes"]).run()
    assert view_of(page) == {"macs_billions.lte": 5.0, "commercial_use": ("yes",)}
