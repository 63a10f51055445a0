"""The study's claims, re-tested on the current data."""

from __future__ import annotations

from collections import Counter

import streamlit as st

from dashboard import catalogue as source
from dashboard import state
from dashboard.components import controls, finding_card
from dashboard.page import Content, Page
from dashboard.wording import enumeration


def show(content: Content) -> None:
    """Draw the page."""
    controls.show(content.catalogue, content.facets)
    found = source.findings(state.current(), content.ranking.data_version)
    verdicts = Counter(finding["verdict"] for finding in found)
    parts = [f"{verdicts[key]} {word.lower()}" for key, (_, word) in finding_card.VERDICTS.items() if verdicts[key]]
    st.markdown(f"# Of {len(found)} claims: {enumeration(parts)}.")
    st.caption(
        "Each claim is tested group against group and in matched pairs, with all values and without flagged ones, on "
        f"data {content.ranking.data_version}; weights and filters have no effect here."
    )
    left, right = st.columns(2, gap="medium")
    for place, finding in enumerate(found):
        with right if place % 2 else left:
            finding_card.show(finding, content.catalogue)


PAGE = Page(title="Findings", url_path="findings", position=6, show=show)
