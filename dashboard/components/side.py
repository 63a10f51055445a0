"""The side of the page: it stands on every page, so that the rest stays in its place from one to the next."""

from __future__ import annotations

import streamlit as st


def show() -> None:
    """Its head, before anything else is drawn."""
    with st.sidebar.container(key="brand"):
        st.markdown("**wellbehaved** · image classifiers, ranked by how well they behave")


def say(text: str) -> None:
    """One line in the place of the weights and filters."""
    with st.sidebar:
        st.caption(text)
