"""The answer for people who do not see the page change: a live region that says the new headline."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

KEY = "announcement"

_SCRIPT = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
_draw = st.components.v2.component("wellbehaved_announcement", js=_SCRIPT)


def show() -> None:
    """Add the script to the page; there is nothing to see."""
    _draw(key=KEY)
