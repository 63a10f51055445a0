"""The answer in a sentence for screen readers, read aloud when it changes; nothing to see."""

from __future__ import annotations

from pathlib import Path

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
    scores = ranking.frame["score"].dropna()
    if scores.empty:
        return "No model is ranked in this view."
    name = ranking.frame["name"].loc[scores.idxmax()]
    return f"{name} leads {ranking.total} models with a score of {scores.max():.2f}."
