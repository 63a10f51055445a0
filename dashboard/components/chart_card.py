"""A chart with its finding as title, a text alternative and its numbers as a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from dashboard import state
from dashboard.charts.chart import Chart, Markup
from dashboard.wording import plain_text, unbroken

# Plotly's tool bar would draw its own icons over the figure; its logo links to another host.
CONFIG = {"displayModeBar": False, "displaylogo": False, "scrollZoom": False}


Boxes = Sequence[Mapping[str, Any]]


def show(chart: Chart, key: str, *, selects: bool = False, brush: Callable[[Boxes], None] | None = None) -> None:
    """Draw the chart; with `selects`, clicking a point selects its model; with `brush`, boxes can be drawn."""
    st.markdown(f"## {unbroken(plain_text(chart.finding))}")
    if chart.is_empty:
        return
    if selects:
        st.plotly_chart(
            chart.figure,
            key=key,
            config=CONFIG,
            alt=chart.alt,
            on_select=lambda: _select(key, brush),
            selection_mode=("points", "box") if brush else "points",
        )
    else:
        st.plotly_chart(chart.figure, key=key, config=CONFIG, alt=chart.alt)
    _numbers(chart, key)


def show_markup(chart: Markup, key: str) -> None:
    """Draw what needs no drawing library."""
    st.markdown(f"## {unbroken(plain_text(chart.finding))}")
    with st.container(key=f"markup.{key}"):
        st.html(chart.markup)
    _numbers(chart, key)


def _numbers(chart: Chart | Markup, key: str) -> None:
    if chart.note:
        st.caption(plain_text(chart.note))
    # Drawn only when open: a folded table would cost as much as an open one on every move of a slider.
    with st.expander("Show as table", key=f"{key}.table", on_change="rerun") as twin:
        if twin.open:
            st.dataframe(chart.table, hide_index=True, alt=chart.finding)


def _select(key: str, brush: Callable[[Boxes], None] | None = None) -> None:
    chosen = st.session_state[key].selection
    if brush is not None and chosen.get("box"):
        brush(chosen["box"])
    elif chosen.points:
        model = chosen.points[0].get("customdata")
        state.change({"select": model[0] if isinstance(model, list) else str(model)})
