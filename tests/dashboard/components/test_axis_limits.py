"""Limits on the axes of the parallel coordinates, without a pointer."""

from collections.abc import Callable
from typing import Any

from streamlit.testing.v1 import AppTest

from quba.dimensions import DIMENSIONS

Run = Callable[..., AppTest]
ViewOf = Callable[[AppTest], dict[str, Any]]

DRAW = """
import streamlit as st
from dashboard.components import axis_limits, filters
st.session_state["axis.limits"] = OPEN
st.session_state["filters.more"] = OPEN
facets = source.client().get("/v1/facets", state.current().query())
axis_limits.show(catalogue, facets)
filters.show(catalogue, facets)
"""


def test_they_wait_until_they_are_asked_for(alone: Run) -> None:
    assert not alone(DRAW.replace("OPEN", "False")).number_input


def test_each_axis_has_two_fields_that_limit_it_here_and_among_the_filters(alone: Run, view_of: ViewOf) -> None:
    page = alone(DRAW.replace("OPEN", "True"), **{"accuracy.lte": "0.9"})
    assert not page.exception
    fields = {field.key for field in page.number_input if str(field.key).startswith("axis.")}
    assert fields == {f"axis.{key}.{bound}" for key in DIMENSIONS for bound in ("gte", "lte")}
    assert page.number_input(key="axis.accuracy.lte").value == 0.9
    page.number_input(key="axis.accuracy.gte").set_value(0.8).run()
    assert view_of(page) == {"accuracy.lte": 0.9, "accuracy.gte": 0.8}
    assert page.number_input(key="filter.accuracy.gte").value == 0.8
    page.number_input(key="axis.accuracy.lte").set_value(None).run()
    assert view_of(page) == {"accuracy.gte": 0.8}
