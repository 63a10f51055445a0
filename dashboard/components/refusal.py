"""The view cannot be answered, and only the reader can change that."""

from __future__ import annotations

import streamlit as st

from dashboard import state
from wellbehaved import ApiError


def show(error: ApiError) -> None:
    """The service refused the view: its reason, its advice and a way back."""
    st.title("This view cannot be shown")
    st.markdown(error.detail)
    if error.next_step:
        st.markdown(f"**What to do.** {error.next_step}")
    st.button("Back to the default view", type="primary", on_click=_start_over)


def show_no_weights() -> None:
    """All weights are 0."""
    st.markdown("# All weights are 0, so nothing counts and there is no ranking.")
    st.markdown("Raise at least one slider, or start from a preset.")
    st.button("Back to the preset's weights", type="primary", on_click=_restore_preset)


def _restore_preset() -> None:
    dimensions = state.current().vocabulary.dimensions
    state.change({"lock": None, **{f"w.{key}": None for key in dimensions}})


def _start_over() -> None:
    state.follow_widgets()
    state.change(dict.fromkeys(state.current().values))
