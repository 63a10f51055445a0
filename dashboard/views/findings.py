"""The study's claims, re-tested on the current data."""

from __future__ import annotations

from collections import Counter

import streamlit as st

from dashboard import catalogue as source
from dashboard import state
from dashboard.charts.claims import order
from dashboard.charts.forest import READING
from dashboard.components import claim_marks, empty, finding_card, terms
from dashboard.page import Content, Page
from dashboard.wording import enumeration


def show(content: Content) -> None:
    """Draw the page."""
    if not content.ranking.total_models:
        empty.show(state.current())
        return
    found = source.findings(state.current(), content.ranking.data_version)
    verdicts = Counter(finding["verdict"] for finding in found)
    parts = [f"{verdicts[key]} {word.lower()}" for key, (_, word) in finding_card.VERDICTS.items() if verdicts[key]]
    st.markdown(f"# Of {len(found)} claims: {enumeration(parts)}.")
    terms.show(
        "Matched pairs", "Screened", "Flagged value", "Standard deviation", "95 % interval", "Significant", "p (Holm)",
        "Cliff's delta", "Spearman's ρ", "IN-21k", "A1, A2, A3",
    )  # fmt: skip
    st.caption(
        f"Tested again on data {content.ranking.data_version}. Open a claim for the tests in matched pairs and without "
        "flagged values. Supported: every claimed difference holds between the groups, with and without flagged "
        f"values; strongly supported: in matched pairs too. A row per claimed dimension. {READING}"
    )
    # One scale for all claims, so that their marks compare from card to card.
    reach = claim_marks.reach(found, content.catalogue.dimensions)
    left, right = st.columns(finding_card.LINE, gap="small", vertical_alignment="bottom")
    with left:
        st.markdown("Claim, and how many of its differences hold with and without flagged values")
    with right:
        st.html(claim_marks.scale(reach))
    for finding in order(found):
        finding_card.show(finding, content.catalogue, reach)


PAGE = Page(title="Findings", url_path="findings", position=6, show=show, ranks=False)
