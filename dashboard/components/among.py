"""Whom the answer compares: the models that pass the filters, or all."""

from __future__ import annotations

import streamlit as st

from dashboard import state
from dashboard.view_state import ViewState
from quba.vocabulary import ALL_MODELS, FILTERED
from wellbehaved import Ranking

KEY = "among"


def show() -> None:
    """Draw the switch; without filters there is nothing to switch."""
    view = state.current()
    if not view.filters:
        return
    state.bind(KEY, view["among"] == ALL_MODELS, lambda tab, on: tab.change({"among": ALL_MODELS if on else FILTERED}))
    st.toggle(
        "Compare with all models",
        key=KEY,
        help="Off: leader, rivals, ranks and their intervals are those among the models that pass the filters. On: "
        "those among all models; the list stays filtered.",
    )


def compares_all(view: ViewState) -> bool:
    """Whether models that the filters leave out are compared as well."""
    return bool(view.filters) and view["among"] == ALL_MODELS


def words(ranking: Ranking, view: ViewState) -> str:
    """The models that are compared, as a phrase that continues "among"."""
    if view.filters and view["among"] == FILTERED:
        return f"the {ranking.total:,} models that pass the filters"
    return f"all {ranking.total_models:,} models" + (", whatever the filters" if view.filters else "")
