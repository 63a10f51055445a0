"""Beside each slider: over which stretch of it the leader stays in the lead."""

from __future__ import annotations

import streamlit as st

from dashboard import state
from dashboard.components.stability import Answer, ask, range_words, reign


def show(key: str, data_version: str) -> None:
    """Leave room below a slider."""
    weight = state.current().weights[key]
    with st.container(key=f"reign.{key}"):
        ask(lambda answer, stale: _show(answer, key, weight, stale=stale), data_version)


def _show(answer: Answer, key: str, weight: float, *, stale: bool) -> None:
    text = words(answer, key, weight)
    # The same room with or without words, so that the sliders below stay where they are.
    st.caption(f"{text} …" if stale else text)


def words(answer: Answer, key: str, weight: float) -> str:
    """E.g. "EVA02-b leads from 0.36 to 1.64", the other weights staying as they are."""
    found = reign(answer, key, weight)
    if found is None:
        return "no leader at this weight"
    names = {item["model_id"]: item["name"] for item in answer["items"]}
    return f"{names.get(found[0], found[0])} leads {range_words(*found[1:])}"
