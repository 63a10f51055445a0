"""How the dimensions correlate."""

from __future__ import annotations

import streamlit as st

from dashboard import catalogue as source
from dashboard import state
from dashboard.catalogue import COMPUTED
from dashboard.charts.correlation import correlation
from dashboard.components import actions, active_filters, chart_card, controls, terms
from dashboard.page import Content, Page
from dashboard.view_state import SCORE

# Three points leave one degree of freedom: only a perfect order is then significant, which is no finding.
FEWEST = 4


def show(content: Content) -> None:
    """Draw the page."""
    ranking = content.ranking
    if ranking.frame.empty:
        controls.show(content.catalogue, content.facets, content.ranking.data_version)
        active_filters.show_empty(content.catalogue)
        return
    st.markdown("# Which dimensions correlate?")
    terms.show("Spearman's ρ", "Significant", "QUBA score")
    actions.show()
    active_filters.show(content.catalogue)
    controls.show(content.catalogue, content.facets, content.ranking.data_version)
    if ranking.total < FEWEST:
        st.markdown(
            f"{ranking.total} models are too few for a correlation: relax a filter until {FEWEST} or more match."
        )
        return
    pairs = source.correlations(state.current(), ranking.data_version)
    paired = pairs[pairs["n"] > 0]
    shown = content.catalogue.rows_on_show({*paired["a"], *paired["b"]}, state.current().weights)
    described = {**shown, SCORE: COMPUTED[SCORE]}
    chart_card.show_markup(correlation(pairs, described), "chart.correlation")
    st.caption(
        f"Spearman's rank correlation over the {ranking.total:,} models shown, two-sided test at 5 %. "
        "Models that share a family are not independent, so read p-values as a guide."
    )


PAGE = Page(title="Correlations", url_path="correlations", position=7, show=show)
