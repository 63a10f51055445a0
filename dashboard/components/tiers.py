"""Brackets at the ranks of the table: which neighbours the measurement error cannot tell apart, within the filters."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from dashboard import catalogue as source
from dashboard import deferred, state
from dashboard.board_files import scripts_path
from dashboard.components import board
from quba.vocabulary import DRAWS, Normalisation
from wellbehaved import Ranking

KEY = "board_tiers"
NAME = "tiers"

_draw = board.part("tiers", "tiers")


def show(ranking: Ranking) -> None:
    """Hand the tiers to the board once they are known; it draws them, and lets them fade when they no longer hold."""
    view = state.current()
    # Percentile ranks keep no distances, so that no error has a size in them and the service refuses the question.
    if view["normalisation"] == Normalisation.PERCENTILE:
        return
    # Tiers are computed; what is sampled are the ranks beside them, of which nothing is shown here.
    settings = {**source.view_settings(view), "draws": DRAWS.lowest}

    def hand_over(intervals: Any, stale: bool) -> None:  # noqa: ANN401 - what the client answered
        if stale:
            st.empty()  # the board still has them
            return
        tiers = {"scores": board.scores_of(view, ranking.data_version), "view": view.query(), "runs": runs(intervals)}
        _draw(key=KEY, data={"scripts": scripts_path(), "tiers": tiers})

    with st.container(key="tiers"):
        deferred.show(
            NAME,
            source.question(NAME, settings, ranking.data_version),
            lambda: source.client().rankings.intervals(**settings),
            hand_over,
        )


def runs(intervals: pd.DataFrame) -> list[dict[str, int]]:
    """Neighbours in one tier: its number, their first and last place from 0, their best and worst rank.

    A model of unknown error is in no tier; one that stands amid a tier parts it.
    """
    found: list[dict[str, int]] = []
    for place, (tier, rank) in enumerate(zip(intervals["tier"], intervals["rank"], strict=True)):
        if pd.isna(tier):
            continue
        before = found[-1] if found else None
        if before is not None and before["tier"] == tier and before["last"] == place - 1:
            before |= {"last": place, "worst": int(rank)}
        else:
            found.append({"tier": int(tier), "first": place, "last": place, "best": int(rank), "worst": int(rank)})
    return found
