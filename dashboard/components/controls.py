"""The sidebar: what counts, and which models are listed."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dashboard.catalogue import Catalogue
from dashboard.components import advanced, board, filters


def show(catalogue: Catalogue, facets: dict[str, Any], data_version: str = "") -> None:
    """Draw the panel of the live board, with the rarer filters and settings folded below it.

    Pages call this once their answer stands: the sidebar has its own place on screen, and what a reader waits for
    after moving a slider is the answer.
    """
    with st.sidebar:
        board.show_panel(catalogue, data_version)
        with st.container(key="rarer"):
            filters.show(catalogue, facets)
            advanced.show()
