"""Choosing models by name."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import state
from dashboard.view_state import FEWEST_COMPARED, MOST_COMPARED
from wellbehaved import Ranking

ONE = "model.choice"
SEVERAL = "compare.choice"


def show_one(models: pd.DataFrame, leader: str = "") -> str:
    """One model, as a searchable list; returns its model_id, the leader's while none is chosen."""
    selected = str(state.current()["select"]) or leader
    state.bind_emptiable(ONE, selected or None, lambda tab, key: tab.change({"select": key or ""}))
    st.selectbox(
        "Model",
        list(models.index),
        index=None,
        format_func=models["name"].to_dict().__getitem__,
        key=ONE,
        placeholder="Type a name",
    )
    return selected


def leaders(ranking: Ranking, count: int) -> tuple[str, ...]:
    """The first models of the ranking that have a score, for pages on which none is chosen yet."""
    # By rank, whatever the reader has the table sorted by.
    scored = ranking.frame[ranking.frame["score"].notna()].sort_values(["rank", "name"])
    return tuple(scored["model_id"].head(count))


def show_several(models: pd.DataFrame, chosen: tuple[str, ...]) -> tuple[str, ...]:
    """Several models, as a searchable list with some chosen; returns their model_ids in the order chosen."""
    marked = state.bind(SEVERAL, list(chosen), lambda tab, keys: tab.change({"models": tuple(keys)}))
    st.multiselect(
        f"Models to compare ({FEWEST_COMPARED} to {MOST_COMPARED})",
        list(models.index),
        marked,
        format_func=models["name"].to_dict().__getitem__,
        key=SEVERAL,
        max_selections=MOST_COMPARED,
        placeholder="Type a name",
    )
    return chosen
