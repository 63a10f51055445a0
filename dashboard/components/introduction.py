"""What the product and its score are, for whoever comes for the first time; put away, it stays away in this browser."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboard.catalogue import Catalogue

KEY = "introduction"

_BUTTON = '<button type="button" aria-label="Hide the introduction" title="Hide the introduction">✕</button>'
_STYLE = """
button { all: unset; cursor: pointer; width: 2rem; line-height: 2rem; text-align: center; border-radius: 0.25rem;
  color: var(--st-text-color); }
button:hover { background: var(--st-secondary-background-color); }
button:focus-visible { outline: 3px solid var(--st-primary-color); outline-offset: -3px; }
"""
_SCRIPT = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
_draw = st.components.v2.component("wellbehaved_introduction", html=_BUTTON, css=_STYLE, js=_SCRIPT)


def show(catalogue: Catalogue) -> None:
    """Draw the sentence and the cross that puts it away, which needs no answer from here."""
    with st.container(key=KEY, horizontal=True, vertical_alignment="center", gap="small"):
        st.html(f"<p>{sentence(catalogue)}</p>")
        _draw(key=f"{KEY}.hide", width=32, height=32)


def sentence(catalogue: Catalogue) -> str:
    """The product and QUBA in one sentence, which is shorter on a phone."""
    return (
        "<strong>wellbehaved</strong> ranks image classifiers by how well they behave, not by accuracy alone: their "
        f"<strong>QUBA score</strong> is the weighted mean of {len(catalogue.on_show({}))} qualities"
        '<span class="wide">, put on one scale and turned so that more is better, and the weights are yours</span>.'
    )
