"""The address across a change of the page: one entry in the browser's history, with the view in it."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

KEY = "address"

_SCRIPT = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
_draw = st.components.v2.component("wellbehaved_address", js=_SCRIPT)


def show() -> None:
    """Add the script to the page; there is nothing to see."""
    _draw(key=KEY)
