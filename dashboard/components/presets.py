"""One-click weightings."""

from __future__ import annotations

import streamlit as st

from dashboard import state
from dashboard.catalogue import Catalogue
from dashboard.state import Tab

KEY = "preset"


def show(catalogue: Catalogue) -> None:
    """The presets as buttons; none is marked once a slider has been moved away from it."""
    view = state.current()
    chosen = None if view.own_weights else view["preset"]
    marked = state.bind(KEY, chosen, _choose)
    st.pills(
        "Start from",
        list(catalogue.presets),
        format_func=lambda key: catalogue.presets[key].label,
        default=marked,
        key=KEY,
        help="\n\n".join(f"**{preset.label}**: {preset.description}" for preset in catalogue.presets.values()),
    )


def _choose(tab: Tab, preset: str | None) -> None:
    # Clicking the marked preset again unmarks it; that should restore the preset, not leave a view without one.
    apply(tab, preset)


def apply(tab: Tab, preset: str | None = None) -> None:
    """Take the weights of a preset, or of the view's own one, except for the locked weights: those stay."""
    if tab.view is None:
        return
    own = {f"w.{key}": None for key in tab.view.vocabulary.dimensions}
    kept = {f"w.{key}": tab.view.weights[key] for key in tab.view["lock"]}
    tab.change({"preset": preset or tab.view["preset"], **own, **kept})
