"""The largest models, to see what size buys."""

from __future__ import annotations

import streamlit as st

from dashboard.components import actions
from dashboard.page import Content, Page

COUNT = 5


def show(content: Content) -> None:
    """Draw the page."""
    frame = content.ranking.frame.nlargest(COUNT, "parameters_millions")
    st.markdown("# What does size buy?")
    actions.show()
    st.dataframe(frame[["name", "rank", "parameters_millions"]], hide_index=True)


PAGE = Page(title="Largest", url_path="largest", position=20, show=show)
