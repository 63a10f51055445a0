"""Several models side by side."""

from __future__ import annotations

import streamlit as st

from dashboard import catalogue as source
from dashboard import state
from dashboard.charts.radar import radar
from dashboard.components import actions, chart_card, comparison, controls, model_choice
from dashboard.page import Content, Page
from dashboard.view_state import FEWEST_COMPARED

MOST_BESIDE_CHART = 4


def show(content: Content) -> None:
    """Draw the page."""
    st.markdown("# How do these models differ?")
    actions.show()
    controls.show(content.catalogue, content.facets)
    chosen = model_choice.show_several(source.models(state.current(), content.ranking.data_version))
    if len(chosen) < FEWEST_COMPARED:
        leaders = content.ranking.frame.sort_values("rank").head(3)
        st.markdown(f"Choose at least {FEWEST_COMPARED} models above, or start with the three leaders.")
        st.button("Compare the three leaders", type="primary", on_click=_choose, args=(tuple(leaders["model_id"]),))
        return
    answer = source.comparison(state.current())
    # Six columns of numbers do not fit beside a chart.
    side_by_side = len(chosen) <= MOST_BESIDE_CHART
    chart, table = st.columns([5, 6], gap="large") if side_by_side else (st.container(), st.container())
    with chart:
        chart_card.show(radar(answer, content.catalogue.dimensions), "chart.radar")
    with table:
        comparison.show(answer, content.catalogue)


def _choose(models: tuple[str, ...]) -> None:
    state.change({"models": models})


PAGE = Page(title="Compare", url_path="compare", position=2, show=show)
