"""What a link asked for and could not be shown."""

from __future__ import annotations

import streamlit as st

from dashboard import session


def show() -> None:
    """One box for all of them, until the reader dismisses it."""
    found = session.tab().notices
    if not found:
        return
    lines = "\n".join(f"- `{notice.parameter}={notice.value}` was ignored: {notice.rule}" for notice in found)
    with st.container(key="notices"):
        st.warning(f"Part of this link could not be used; the default is shown in its place.\n\n{lines}")
        st.button("Dismiss", on_click=session.dismiss_notices)
