"""Brackets at the ranks of the table: which neighbours the measurement error cannot tell apart, within the filters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from dashboard import catalogue as source
from dashboard import deferred, state
from dashboard.board_files import scripts_path
from dashboard.components import board
from quba.vocabulary import Normalisation
from wellbehaved import Ranking
from wellbehaved.client.answers.decisions import TierItem

KEY = "board_tiers"
NAME = "tiers"

_draw = board.part("tiers", "tiers")


def show(ranking: Ranking) -> None:
    """Hand the tiers to the board once they are known; it draws them, and lets them fade when they no longer hold."""
    view = state.current()
    # Percentile ranks keep no distances, so that no error has a size in them and the service refuses the question.
    if view["normalisation"] == Normalisation.PERCENTILE:
        return
    settings = source.view_settings(view)

    def hand_over(found: Any, stale: bool) -> None:  # noqa: ANN401 - what the client answered
        if stale:
            st.empty()  # the board still has them
            return
        tiers = {"scores": board.scores_of(view, ranking.data_version), "view": view.query(), "runs": runs(found)}
        _draw(key=KEY, data={"scripts": scripts_path(), "tiers": tiers})

    with st.container(key="tiers"):
        deferred.show(
            NAME,
            source.question(NAME, settings, ranking.data_version),
            lambda client: client.rankings.tiers(**settings),
            hand_over,
        )


def runs(found: Sequence[TierItem]) -> list[dict[str, int]]:
    """Neighbours in one tier as the board takes them: first and last place from 0, best and worst rank."""
    return [
        {
            "tier": each["tier"],
            # From 0, as the board counts its rows.
            "first": each["first_place"] - 1,
            "last": each["last_place"] - 1,
            "best": each["best_rank"],
            "worst": each["worst_rank"],
        }
        for each in found
    ]
