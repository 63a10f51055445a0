"""What a link asked for and could not be shown."""

from __future__ import annotations

import streamlit as st

from dashboard import state
from dashboard.view_state import Notice


def show() -> None:
    """One box for all of them, until the reader dismisses it."""
    found = state.tab().notices
    if not found:
        return
    lines = "\n".join(f"- `{_parameter_text(notice)}` was ignored: {notice.rule}" for notice in found)
    with st.container(key="notices"):
        st.warning(f"Part of this link could not be used; the default is shown in its place.\n\n{lines}")
        st.button("Dismiss", on_click=state.dismiss_notices)


def _parameter_text(notice: Notice) -> str:
    return f"{notice.parameter}={notice.value}" if notice.parameter else notice.value
