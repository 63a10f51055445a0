"""Beside each slider: over which stretch of it the leader stays in the lead."""

from __future__ import annotations

import streamlit as st

from dashboard.components.stability import Answer, ask, range_words, reign


def show(key: str, data_version: str) -> None:
    """Leave room below a slider."""
    with st.container(key=f"reign.{key}"):
        ask(lambda answer, stale: _show(answer, key, stale=stale), data_version)


def _show(answer: Answer, key: str, *, stale: bool) -> None:
    text = words(answer, key)
    # The same room with or without words, so that the sliders below stay where they are.
    st.caption(f"{text} …" if stale else text)


def words(answer: Answer, key: str) -> str:
    """E.g. "EVA02-b leads from 0.36 to 1.64", the other weights staying as they are."""
    found = reign(answer, key)
    if found is None:
        return "no leader at this weight"
    names = {item["model_id"]: item["name"] for item in answer["items"]}
    leader = names.get(found["leader"], found["leader"])
    return f"{leader} leads {range_words(found['from_weight'], found['to_weight'])}"
