"""Everything about one model."""

from __future__ import annotations

import streamlit as st

from dashboard import catalogue as source
from dashboard import state
from dashboard.charts.contributions import own_contributions
from dashboard.charts.percentiles import standing
from dashboard.components import (
    among,
    chart_card,
    class_report,
    controls,
    earlier_versions,
    explanation,
    model_choice,
    model_details,
    rank_spread,
    removal,
    reproduction,
    selection,
    terms,
    what_if,
)
from dashboard.page import Content, Page
from wellbehaved import Ranking


def show(content: Content) -> None:
    """Draw the page."""
    catalogue, ranking = content.catalogue, content.ranking
    controls.show(catalogue, content.facets, content.ranking.data_version)
    models = source.models(state.current(), ranking.data_version)
    selected = model_choice.show_one(models, "".join(model_choice.leaders(ranking, 1)))
    if not selected:
        st.markdown("# Which model?")
        st.markdown("Choose one above, or select a row or a point on the first page.")
        return
    if not state.current()["select"]:
        st.caption("The leader, as none is chosen yet.")
    terms.show(
        "QUBA score", "Contribution", "Weight", "Normalisation", "Percentile", "Flagged value", "Screened",
        "As published, corrected", "IN-21k",
    )  # fmt: skip
    model = source.model(state.current(), selected, ranking.data_version)
    rows = ranking.frame[ranking.frame["model_id"] == selected]
    among.show()
    model_details.show_heading(model, rows, ranking, catalogue)
    selection.show_ways_on(selected, to_page=False)
    if (own := source.owner()) is not None:
        removal.show_model(own, selected)
    left, right = st.columns(2, gap="large")
    shown = catalogue.for_charts(state.current().weights)
    with left:
        chart_card.show(standing(model["name"], model["standings"], shown), "chart.standing")
    with right:
        if not rows.empty and rows["score"].notna().all():
            chart = own_contributions(rows.iloc[0], catalogue.dimensions, ranking.shares)
            chart_card.show(chart, "chart.own_contributions")
    _show_reasons(selected, ranking, catalogue)
    class_report.show(selected, model["name"], ranking.data_version)
    rank_spread.show(selected, ranking)
    model_details.show_values(model, catalogue)
    reproduction.show_model(model, ranking.data_version, catalogue)
    earlier_versions.show_model(selected, ranking.data_version, catalogue)
    left, right = st.columns(2, gap="large")
    with left:
        model_details.show_presets(model, catalogue)
    with right:
        model_details.show_provenance(model)
    model_details.show_loading(model)


def _show_reasons(selected: str, ranking: Ranking, catalogue: source.Catalogue) -> None:
    # Compared with all models, one that the filters hide has a rank too.
    if source.explanation_if_ranked(state.current(), selected, ranking.data_version) is None:
        return
    left, right = st.columns(2, gap="large")
    with left:
        explanation.show(selected, ranking, catalogue)
    with right:
        what_if.show(selected, ranking, catalogue)
    what_if.show_improvements(selected, ranking, catalogue)


PAGE = Page(title="Model", url_path="model", position=3, show=show, starts_with_chart=True)
