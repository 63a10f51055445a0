"""How the figures are computed, what is doubtful about them, and how to cite them."""

from __future__ import annotations

import streamlit as st

from dashboard.components import method
from dashboard.page import Content, Page


def show(content: Content) -> None:
    """Draw the page."""
    with st.container(key="prose"):
        st.markdown("# How the figures are computed")
        method.show_score(content.catalogue)
        method.show_dimensions(content.catalogue)
        method.show_flags(content.catalogue)
        method.show_citation()


PAGE = Page(title="Method", url_path="method", position=10, show=show, ranks=False)
