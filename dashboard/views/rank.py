"""The first page: who leads under these weights, why, and what the choice trades off."""

from __future__ import annotations

import streamlit as st

from dashboard import state
from dashboard.charts.contributions import contributions
from dashboard.charts.tradeoff import tradeoff
from dashboard.components import (
    actions,
    active_filters,
    among,
    axes,
    chart_card,
    colour_key,
    controls,
    headline,
    measured_only,
    ranking_table,
    selection,
    stability,
)
from dashboard.page import Content, Page


def show(content: Content) -> None:
    """Draw the page."""
    view, catalogue, ranking = state.current(), content.catalogue, content.ranking
    if ranking.frame.empty:
        controls.show(catalogue, content.facets)
        active_filters.show_empty(catalogue)
        return
    headline.show(ranking, catalogue)
    if ranking.frame["score"].isna().all() and not view["select"]:
        measured_only.show(ranking.frame.iloc[0].to_dict(), catalogue)
    stability.show_headline(ranking)
    actions.show()
    active_filters.show(catalogue)
    among.show()
    colour_key.show(catalogue)
    ranking_table.show(ranking, catalogue)
    controls.show(catalogue, content.facets, ranking.data_version)
    selection.show(ranking, catalogue)
    left, right = st.columns(2, gap="large")
    with left:
        chart_card.show(contributions(ranking.frame, catalogue.dimensions, view["select"]), "chart.contributions")
    with right:
        axes.show(catalogue)
        x, y = catalogue.axis(view["x"]), catalogue.axis(view["y"])
        figure = tradeoff(ranking.frame, x, y, catalogue.architectures, view["select"])
        chart_card.show(figure, "chart.tradeoff", selects=True)


PAGE = Page(title="Rank", url_path="", position=0, show=show)
