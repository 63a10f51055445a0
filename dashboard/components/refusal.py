"""The view cannot be answered, and only the reader can change that."""

from __future__ import annotations

import streamlit as st

from dashboard import state
from dashboard.components import benchmark_choice
from dashboard.wording import plain_text
from quba.benchmarks import STUDY_BENCHMARK
from wellbehaved import ApiError

UNKNOWN_BENCHMARK = "unknown_benchmark"


def show(error: ApiError) -> None:
    """The service refused the view: its reason, its advice and a way back."""
    if error.code == UNKNOWN_BENCHMARK:
        _show_no_benchmark(error)
        return
    st.title("This view cannot be shown")
    st.markdown(error.detail)
    if error.next_step:
        st.markdown(f"**What to do.** {error.next_step}")
    st.button("Back to the default view", type="primary", on_click=_start_over)


def _show_no_benchmark(error: ApiError) -> None:
    """The link names a benchmark that was removed, or is that of another store: all else of the link can be kept."""
    st.title(f"The benchmark {plain_text(state.current()['benchmark'])} is not here")
    st.markdown(plain_text(error.detail))
    st.markdown("It may have been removed, or the link is from another installation. Weights and filters stay.")
    st.button("Show ImageNet-1k instead", type="primary", on_click=_leave_benchmark)


def show_no_weights() -> None:
    """All weights are 0."""
    st.markdown("# All weights are 0, so nothing counts and there is no ranking.")
    st.markdown("Raise at least one slider, or start from a preset.")
    st.button("Back to the preset's weights", type="primary", on_click=_restore_preset)


def _restore_preset() -> None:
    dimensions = state.current().vocabulary.dimensions
    state.change({"lock": None, **{f"w.{key}": None for key in dimensions}})


def _leave_benchmark() -> None:
    state.change(benchmark_choice.on(STUDY_BENCHMARK))


def _start_over() -> None:
    # Else what the reader did just before would outlive it.
    state.follow_widgets()
    state.change(dict.fromkeys(state.current().values))
