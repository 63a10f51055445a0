"""How values are put on one scale, and whether doubtful ones count."""

from __future__ import annotations

import streamlit as st

from dashboard import state
from dashboard.view_state import NORMALISATIONS
from dashboard.wording import NORMALISATION_LABELS

NORMALISATION = "normalisation"
SCREENED = "screened"


def show() -> None:
    """Draw the two choices, folded away."""
    view = state.current()
    norm = state.bind(NORMALISATION, view["normalisation"], lambda tab, key: tab.change({"normalisation": key}))
    screened = state.bind(
        SCREENED, view["quality"] == "screened", lambda tab, on: tab.change({"quality": "screened" if on else "all"})
    )
    with st.expander("Advanced"):
        st.selectbox(
            "Normalisation",
            NORMALISATIONS,
            NORMALISATIONS.index(norm),
            format_func=lambda key: NORMALISATION_LABELS[key][0],
            key=NORMALISATION,
        )
        st.caption(NORMALISATION_LABELS[view["normalisation"]][1])
        st.toggle(
            "Leave flagged values out",
            screened,
            key=SCREENED,
            help="Values that carry a quality flag then count as missing, and models that need them get no score.",
        )
