"""Which two quantities a trade-off is between."""

from __future__ import annotations

import streamlit as st

from dashboard import state
from dashboard.catalogue import Catalogue
from dashboard.view_state import RANK, SCORE
from quba.vocabulary import FACTS


def show(catalogue: Catalogue) -> None:
    """Two choices side by side."""
    across, upwards = st.columns(2)
    with across:
        _axis("x", "Horizontal axis", catalogue)
    with upwards:
        _axis("y", "Vertical axis", catalogue)


def _axis(name: str, label: str, catalogue: Catalogue) -> None:
    key = f"axis.{name}"
    axes = [SCORE, RANK, *catalogue.dimensions, *FACTS]
    axis = state.bind(key, state.current()[name], lambda tab, axis: tab.change({name: axis}))
    st.selectbox(
        label,
        axes,
        axes.index(axis),
        format_func=lambda option: catalogue.axis(option).label,
        key=key,
    )
