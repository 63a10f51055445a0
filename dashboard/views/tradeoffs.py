"""Any two quantities against each other, and the Pareto front of a few dimensions."""

from __future__ import annotations

import streamlit as st

from dashboard import state
from dashboard.catalogue import Dimension
from dashboard.charts.parallel import brushed_limits, parallel
from dashboard.charts.tradeoff import tradeoff
from dashboard.components import (
    actions,
    active_filters,
    axes,
    axis_limits,
    chart_card,
    constraints,
    controls,
    in_sight,
    pareto,
    selection,
    terms,
)
from dashboard.page import Content, Page


def show(content: Content) -> None:
    """Draw the page."""
    view, catalogue, ranking = state.current(), content.catalogue, content.ranking
    if ranking.frame.empty:
        controls.show(catalogue, content.facets, content.ranking.data_version)
        active_filters.show_empty(catalogue)
        return
    st.markdown("# What does a gain cost?")
    terms.show(
        "Pareto front", "Layer", "Tolerance", "Percentile", "Standard deviation", "Flagged value",
        # What the axes can be beyond the dimensions that every page names.
        "Negative log-likelihood (NLL)", "Brier score", "Temperature scaling", "Selective accuracy", "AURC",
        "Relative mCE",
    )  # fmt: skip
    actions.show()
    active_filters.show(catalogue)
    axes.show(catalogue)
    x, y = catalogue.axis(view["x"]), catalogue.axis(view["y"])
    figure = tradeoff(ranking.frame, x, y, catalogue.architectures, view["select"], height=560)
    chart_card.show(figure, "chart.tradeoff", selects=True)
    controls.show(catalogue, content.facets, content.ranking.data_version)
    selection.show(ranking, catalogue)
    constraints.show(ranking.data_version, catalogue)
    pareto.show(ranking, catalogue)
    # Far down the page and with a line for every model, so that it is drawn once its place comes into sight.
    in_sight.show("chart.parallel", 640, lambda: _parallel(content))
    axis_limits.show(catalogue, content.facets)


def _parallel(content: Content) -> None:
    lines = parallel(content.ranking.frame, _axes(content), state.current()["select"])
    chart_card.show(lines, "chart.parallel", selects=True, brush=lambda boxes: _limit(boxes, content))


def _axes(content: Content) -> dict[str, Dimension]:
    frame, catalogue = content.ranking.frame, content.catalogue
    valued = [key for key in catalogue.dimensions if frame[f"percentile.{key}"].notna().any()]
    return catalogue.rows_on_show(valued, state.current().weights)


def _limit(boxes: chart_card.Boxes, content: Content) -> None:
    limits = brushed_limits(boxes, content.ranking.frame, _axes(content))
    if limits:
        state.change(limits)


PAGE = Page(
    title="Trade-offs", url_path="trade-offs", position=1, show=show, draws_every_model=True, starts_with_chart=True
)
