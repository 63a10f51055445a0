"""Any two groups of models against each other, on every dimension."""

from __future__ import annotations

import streamlit as st

from dashboard import catalogue as source
from dashboard import state
from dashboard.charts.group_differences import group_differences
from dashboard.components import chart_card, controls, group_choice
from dashboard.page import Content, Page
from dashboard.wording import model_count
from wellbehaved import ApiError

_REFUSED = (404, 422)


def show(content: Content) -> None:
    """Draw the page."""
    controls.show(content.catalogue, content.facets)
    view = state.current()
    try:
        answer = source.group_comparison(group_choice.comparison_request(view), content.ranking.data_version)
    except ApiError as error:
        # Groups that are too small or share models are the reader's to change, with the choices in reach.
        if error.status not in _REFUSED:
            raise
        st.markdown("# These groups cannot be compared.")
        st.warning(f"{error.detail} {error.next_step}".strip())
        group_choice.show(content.catalogue)
        return
    sizes = f"{model_count(answer['models_a'])} in A, {model_count(answer['models_b'])} in B"
    st.markdown(f"# How do two groups differ? {sizes}.")
    if group_choice.is_example(view):
        st.caption("Shown as an example: B holds the vision-language models, A all others. Choose your own below.")
    chart_card.show(group_differences(answer, content.catalogue.dimensions), "chart.group_differences")
    st.caption(
        f"{answer['estimator_meaning']} Weights and the filters of the sidebar have no effect here; "
        f"flagged values are {'left out' if answer['quality'] == 'screened' else 'counted'}."
    )
    group_choice.show(content.catalogue)


PAGE = Page(title="Groups", url_path="groups", position=5, show=show)
