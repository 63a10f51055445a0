"""The sidebar: what counts, and which models are listed."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dashboard.catalogue import Catalogue
from dashboard.components import advanced, filters, presets, weights


def show(catalogue: Catalogue, facets: dict[str, Any], data_version: str = "") -> None:
    """Draw presets, sliders, filters and the folded rest.

    Pages call this once their answer stands: the sidebar has its own place on screen, and what a reader waits for
    after moving a slider is the answer. With a data version, each slider shows where the leader changes.
    """
    with st.sidebar:
        st.markdown("## What matters to you?")
        presets.show(catalogue)
        weights.show(catalogue, data_version)
        st.markdown("## Which models?")
        filters.show(catalogue, facets)
        advanced.show()
