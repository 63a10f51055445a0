"""The selected model in a few lines, with ways on to its page and to a comparison."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import catalogue as source
from dashboard import state
from dashboard.catalogue import Catalogue
from dashboard.charts.chart import plain
from dashboard.components import measured_only
from dashboard.components.badges import badges
from dashboard.view_state import MOST_COMPARED
from dashboard.wording import plain_text
from wellbehaved import Ranking
from wellbehaved.facts_text import licence_text


def show(ranking: Ranking, catalogue: Catalogue) -> None:
    """Draw the panel when a model is selected."""
    selected = state.current()["select"]
    if not selected:
        return
    rows = ranking.frame[ranking.frame["model_id"] == selected]
    with st.container(border=True, key="selection"):
        if rows.empty:
            st.markdown(f"**{selected}** is selected but hidden by the filters.")
        else:
            _describe(rows.iloc[0], ranking, catalogue)
        show_ways_on(selected)


def _describe(row: pd.Series, ranking: Ranking, catalogue: Catalogue) -> None:
    st.markdown(f"**{plain_text(row['name'])}** · {' · '.join(badges(row.to_dict()))}")
    if pd.isna(row["score"]):
        measured_only.show(row.to_dict(), catalogue)
    else:
        st.markdown(against_leader(row, ranking))
    st.caption(f"Licence of the weights: {plain_text(licence_text(row))}.")
    for key in row["flags"]:
        flag = catalogue.flags.get(key)
        if flag:
            st.caption(f"**{flag.label}.** {flag.meaning}")


def against_leader(row: pd.Series, ranking: Ranking) -> str:
    """Where it stands, and what makes the gap to the leader."""
    filtered = (
        "" if ranking.total == ranking.total_models else f" ({row['overall_rank']:,} of all {ranking.total_models:,})"
    )
    account = source.explanation(state.current(), row["model_id"], ranking.data_version)
    # Models without a score have no rank; among all, the explanation counts others than the filters leave.
    ranked = account["scored"] if account["total"] == ranking.total else ranking.total
    text = f"Rank {row['rank']:,} of {ranked:,}{filtered}, score {plain(row['score'], 4)}"
    if account["to_leader"] is None or account["rank"] == 1:
        return f"{text}."
    return f"{text}. {plain_text(account['to_leader']['sentence'])}"


def show_ways_on(selected: str, *, to_page: bool = True) -> None:
    """Links and buttons from a model to its page, unless that is where the reader is, and to a comparison."""
    view = state.current()
    compared = view["models"]
    with st.container(horizontal=True, vertical_alignment="center"):
        if to_page:
            st.page_link(state.tab().pages["model"], label="Model details", query_params=view.query())
        if selected in compared:
            st.button("Remove from comparison", on_click=_compare, args=(tuple(m for m in compared if m != selected),))
        else:
            st.button(
                "Add to comparison",
                on_click=_compare,
                args=((*compared, selected),),
                disabled=len(compared) >= MOST_COMPARED,
            )
        if compared:
            st.page_link(state.tab().pages["compare"], label=f"Compare ({len(compared)})", query_params=view.query())
        st.button("Clear selection", type="tertiary", on_click=_clear)


def _compare(models: tuple[str, ...]) -> None:
    state.change({"models": models})


def _clear() -> None:
    state.change({"select": ""})
