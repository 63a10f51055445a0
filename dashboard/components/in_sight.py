"""A chart or table far down the page is drawn when the reader comes near it: it costs seconds, and few go there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard import state
from dashboard.state import Tab

_SCRIPT = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
_draw = st.components.v2.component("wellbehaved_in_sight", html="<div></div>", js=_SCRIPT)


def show(name: str, height: int, draw: Callable[[], None]) -> None:
    """Draw a chart or table once its place has been in sight in this tab; until then keep its room.

    Args:
        name: of the chart.
        height: of the room, in pixels.
        draw: draws it.
    """
    if name in state.tab().seen:
        draw()
        return
    key = f"{name}.room"

    def note(tab: Tab, told: Any) -> None:  # noqa: ANN401 - what the browser sent
        if (told or {}).get("seen"):
            tab.seen.add(name)

    _draw(key=key, data={"height": height}, on_seen_change=_heard)
    state.watch(key, note)


def _heard() -> None:
    """Nothing yet: the next run finds it, also where this one is overtaken."""
