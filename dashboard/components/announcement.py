"""The answer in a sentence for screen readers, read aloud when it changes; nothing to see."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import streamlit as st

from wellbehaved import Ranking

KEY = "announcement"

_SCRIPT = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
_STYLE = "p { position: absolute; width: 1px; height: 1px; margin: 0; overflow: hidden; clip-path: inset(50%); }"
_REGION = '<p role="status" aria-live="polite"></p>'
_draw = st.components.v2.component("wellbehaved_announcement", html=_REGION, css=_STYLE, js=_SCRIPT)


def show(ranking: Ranking) -> None:
    """Put the region on the page."""
    _draw(key=KEY, data={"text": text(ranking)})


def text(ranking: Ranking) -> str:
    """Who leads among how many models, or that nobody does."""
    scores = ranking.frame["score"].to_numpy(dtype=float)
    if np.isnan(scores).all():
        return "No model is ranked in this view."
    leader = int(np.nanargmax(scores))
    return f"{ranking.frame['name'].iloc[leader]} leads {ranking.total} models with a score of {scores[leader]:.2f}."
