"""A chart with its finding as title, a text alternative and its numbers as a table."""

from __future__ import annotations

import streamlit as st

from dashboard import state
from dashboard.charts.chart import Chart
from dashboard.wording import unbroken

# Plotly's tool bar would draw its own icons over the figure; its logo links to another host.
CONFIG = {"displayModeBar": False, "displaylogo": False, "scrollZoom": False}


def show(chart: Chart, key: str, *, selects: bool = False) -> None:
    """Draw the chart; with `selects`, clicking a point selects its model."""
    st.markdown(f"## {unbroken(chart.finding)}")
    if selects:
        st.plotly_chart(
            chart.figure,
            key=key,
            config=CONFIG,
            alt=chart.alt,
            on_select=lambda: _select(key),
            selection_mode="points",
        )
    else:
        st.plotly_chart(chart.figure, key=key, config=CONFIG, alt=chart.alt)
    if chart.note:
        st.caption(chart.note)
    # Drawn only when open: a folded table would cost as much as an open one on every move of a slider.
    with st.expander("Show as table", key=f"{key}.table", on_change="rerun") as twin:
        if twin.open:
            st.dataframe(chart.table, hide_index=True, alt=chart.finding)


def _select(key: str) -> None:
    points = st.session_state[key].selection.points
    if points:
        model = points[0].get("customdata")
        state.change({"select": model[0] if isinstance(model, list) else str(model)})
