"""The study's claims, re-tested on the current data."""

from __future__ import annotations

from collections import Counter

import streamlit as st

from dashboard import catalogue as source
from dashboard import state
from dashboard.charts.claims import order
from dashboard.charts.forest import READING
from dashboard.components import empty, finding_card, terms
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
        "Each claim is tested group against group and in matched pairs, with all values and without flagged ones, on "
        f"data {content.ranking.data_version}. Supported: every claimed difference holds between the groups, with and "
        f"without flagged values. Strongly supported: in matched pairs too. {READING}"
    )
    left, right = st.columns(2, gap="medium")
    for place, finding in enumerate(order(found)):
        with right if place % 2 else left:
            finding_card.show(finding, content.catalogue)


PAGE = Page(title="Findings", url_path="findings", position=6, show=show, ranks=False)
