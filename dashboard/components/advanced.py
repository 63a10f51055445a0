"""How values are put on one scale, and whether doubtful ones count."""

from __future__ import annotations

import streamlit as st

from dashboard import state
from quba.vocabulary import ALL_VALUES, NORMALISATIONS, SCREENED, Normalisation

NORMALISATION = "normalisation"


def show() -> None:
    """Draw the two choices, folded away."""
    view = state.current()
    norm = state.bind(NORMALISATION, view["normalisation"], lambda tab, key: tab.change({"normalisation": key}))
    screened = state.bind(
        SCREENED,
        view["quality"] == SCREENED,
        lambda tab, on: tab.change({"quality": SCREENED if on else ALL_VALUES}),
    )
    with st.expander("Advanced"):
        st.selectbox(
            "Normalisation",
            NORMALISATIONS,
            NORMALISATIONS.index(norm),
            format_func=lambda key: Normalisation(key).label,
            key=NORMALISATION,
        )
        st.caption(Normalisation(view["normalisation"]).description)
        st.toggle(
            "Leave flagged values out",
            screened,
            key=SCREENED,
            help="Values that carry a quality flag then count as missing, and models that need them get no score.",
        )
