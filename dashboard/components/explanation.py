"""Why a model stands where it stands: the gaps to the leader and to its neighbours."""

from __future__ import annotations

import streamlit as st

from dashboard import catalogue as source
from dashboard import state
from dashboard.catalogue import Catalogue
from dashboard.charts.gap import gap
from dashboard.components import among, chart_card
from dashboard.wording import plain_text
from wellbehaved import Ranking

NEIGHBOURS = {"to_next_above": "The model above", "to_next_below": "The model below"}


def show(model_id: str, ranking: Ranking, catalogue: Catalogue) -> None:
    """The largest gap as a waterfall, the neighbours in one sentence each; for models that have a score."""
    account = source.explanation(state.current(), model_id, ranking.data_version)
    main = account["to_leader"] or account["to_next_below"]
    if main is not None:
        chart_card.show(gap(main, catalogue.dimensions), "chart.gap")
    lines = [
        f"- {label}: {plain_text(account[name]['sentence'])}"
        for name, label in NEIGHBOURS.items()
        if account[name] is not None and account[name] != main
    ]
    st.markdown("\n".join(lines))
    st.caption(f"Among {among.words(ranking, state.current())}, where its rank is {account['rank']:,}.")
