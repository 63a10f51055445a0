"""How far a model's rank depends on choices that nobody can prove: the normalisation, and what to do with flags."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import catalogue as source
from dashboard import state
from dashboard.components import among
from quba.vocabulary import ALL_VALUES, SCREENED, Normalisation
from wellbehaved import Ranking

QUALITY_LABELS = {ALL_VALUES: "All values", SCREENED: "Flagged ones left out"}

Item = Mapping[str, Any]


def show(model_id: str, ranking: Ranking) -> None:
    """Draw it."""
    items = source.rank_spread(state.current(), ranking.data_version)
    item = next((each for each in items if each["model_id"] == model_id), None)
    if item is None:
        return
    st.markdown(f"## {headline(item)}")
    st.table(ranks(item), hide_index=True, border="horizontal", alt="Rank under every normalisation")
    st.caption(
        f"Under your weights, among {among.words(ranking, state.current())}. A dash: it has no score there, because "
        "flagged values are left out, or the filters leave it out."
    )


def headline(item: Item) -> str:
    """The best and the worst rank over all choices."""
    if item["rank_low"] is None:
        return "It has no score under any choice."
    if item["rank_low"] == item["rank_high"]:
        return f"Rank {item['rank_low']}, whatever the normalisation and the screening."
    return f"Rank {item['rank_low']} to {item['rank_high']}, depending on normalisation and screening."


def ranks(item: Item) -> pd.DataFrame:
    """One row per normalisation, one column per screening."""
    rows = []
    for key in Normalisation:
        row = {"Normalisation": key.label}
        for quality, title in QUALITY_LABELS.items():
            rank = item["ranks"].get(quality, {}).get(key)
            row[title] = "–" if rank is None else str(rank)
        rows.append(row)
    return pd.DataFrame(rows)
