"""On a phone: a bar at the bottom edge, from which weights, filters and pages come up, each as a sheet of its own."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

KEY = "phone_bar"
SHEETS = {"weights": "Weights", "filters": "Filters", "pages": "Pages"}

_BUTTONS = "".join(
    f'<button type="button" data-sheet="{name}" aria-expanded="false">{label}</button>'
    for name, label in SHEETS.items()
)
_STYLE = """
nav { display: flex; box-sizing: border-box; height: 3.25rem; border-top: 1px solid var(--st-border-color);
  background: var(--st-secondary-background-color); padding-bottom: env(safe-area-inset-bottom); }
button { all: unset; flex: 1; text-align: center; cursor: pointer; font: 600 0.95rem var(--st-font);
  color: var(--st-text-color); border-top: 3px solid transparent; }
button[aria-expanded="true"] { border-top-color: var(--st-primary-color); }
button[aria-expanded="true"]::after { content: " ✕" / ""; font-weight: 400; }
button:focus-visible { outline: 3px solid var(--st-primary-color); outline-offset: -3px; }
"""
_SCRIPT = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
_draw = st.components.v2.component(
    "wellbehaved_phone_bar",
    html=f'<nav aria-label="Weights, filters and pages">{_BUTTONS}</nav>',
    css=_STYLE,
    js=_SCRIPT,
)


def show() -> None:
    """Draw the bar; the style sheet hides it on a wide screen, where the sidebar stands beside the page."""
    _draw(key=KEY)
