"""Several models side by side."""

from __future__ import annotations

import streamlit as st

from dashboard import catalogue as source
from dashboard import state
from dashboard.charts.compared_contributions import compared_contributions
from dashboard.charts.compared_values import compared_values
from dashboard.charts.radar import radar
from dashboard.components import (
    actions,
    chart_card,
    comparison,
    controls,
    leader_by_weight,
    model_choice,
    paired_difference,
    terms,
)
from dashboard.page import Content, Page
from dashboard.view_state import FEWEST_COMPARED

LEADERS = 3


def show(content: Content) -> None:
    """Draw the page."""
    st.markdown("# How do these models differ?")
    terms.show(
        "Standardised value", "Contribution", "QUBA score", "Significant", "p (Holm)", "95 % interval",
        "Measurement error", "Break-point", "Flagged value", "IN-21k",
    )  # fmt: skip
    actions.show()
    controls.show(content.catalogue, content.facets, content.ranking.data_version)
    asked: tuple[str, ...] = state.current()["models"]
    models = source.models(state.current(), content.ranking.data_version)
    chosen = model_choice.show_several(models, asked or model_choice.leaders(content.ranking, LEADERS))
    if len(chosen) < FEWEST_COMPARED:
        st.markdown(f"Choose at least {FEWEST_COMPARED} models above.")
        return
    if not asked:
        st.caption(f"The first {len(chosen)} of the ranking, as none is chosen yet.")
    answer = source.comparison(state.current(), chosen)
    dimensions = comparison.dimensions_on_show(answer, content.catalogue)
    left, right = st.columns(2, gap="large")
    with left:
        chart_card.show(compared_values(answer, dimensions), "chart.compared_values")
    with right:
        chart_card.show(compared_contributions(answer, dimensions), "chart.compared_contributions")
    paired_difference.show(chosen, content.catalogue, content.ranking.data_version)
    leader_by_weight.show(answer, content.catalogue)
    comparison.show(answer, content.catalogue)
    # Drawn only when it is opened: few look at it, and it costs as much as both charts above.
    with st.expander("All dimensions at once, as a radar chart", key="radar", on_change="rerun") as second_look:
        if second_look.open:
            chart_card.show(radar(answer, dimensions), "chart.radar")


PAGE = Page(title="Compare", url_path="compare", position=2, show=show, starts_with_chart=True)
