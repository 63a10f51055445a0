"""Any two groups of models against each other, on every dimension."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dashboard import catalogue as source
from dashboard import state
from dashboard.charts.group_differences import group_differences
from dashboard.components import chart_card, empty, group_choice, terms
from dashboard.page import Content, Page
from dashboard.view_state import ViewState
from dashboard.wording import model_count
from wellbehaved import ApiError

_REFUSED = (404, 422)


def show(content: Content) -> None:
    """Draw the page."""
    if not content.ranking.total_models:
        empty.show(state.current())
        return
    view, version = state.current(), content.ranking.data_version
    asked = group_choice.comparison_request(view)
    st.markdown("# How do two groups differ?")
    terms.show(
        "Matched pairs", "Hodges-Lehmann", "Cliff's delta", "95 % interval", "Significant", "p (Holm)",
        "Standard deviation", "Screened",
    )  # fmt: skip
    if group_choice.is_example(view):
        st.caption("An example: B holds the vision-language models, A all others. Choose your own.")
    group_choice.show(content.catalogue)
    try:
        answer = source.group_comparison(asked, version)
    except ApiError as error:
        # Groups that are too small or share models are the reader's to change, with the choices in reach.
        if error.status not in _REFUSED:
            raise
        st.markdown("## These groups cannot be compared.")
        st.warning(f"{error.detail} {error.next_step}".strip())
        return
    st.markdown(f"**{model_count(answer['models_a'])} in A, {model_count(answer['models_b'])} in B.**")
    answers = {"raw": answer, **_checks(view, asked, version)}
    chart_card.show(group_differences(answers, content.catalogue.for_differences), "chart.group_differences")
    st.caption(answer["estimator_meaning"])


def _checks(view: ViewState, asked: dict[str, Any], version: str) -> dict[str, Any]:
    """The same question in matched pairs, where the reader asks for them, and without flagged values; both may fail."""
    # Unpaired like the first: each check changes one thing.
    others = {"screened": {**asked, "quality": "screened", "paired_by": None}}
    if view["paired_by"]:
        others["matched"] = asked
    found = {}
    for kind, question in others.items():
        try:
            found[kind] = source.group_comparison(question, version)
        except ApiError as error:
            if error.status not in _REFUSED:
                raise
    return found


PAGE = Page(title="Groups", url_path="groups", position=5, show=show, ranks=False)
