"""A benchmark on which nothing has been measured yet."""

from __future__ import annotations

import streamlit as st

from dashboard import state
from dashboard.components import benchmark_choice, side
from dashboard.view_state import ViewState
from quba.benchmarks import STUDY_BENCHMARK


def show(view: ViewState) -> None:
    """Say so, and lead to where a model is measured."""
    st.markdown(f"# Nothing measured on {view['benchmark']} yet.")
    side.say("Weights and filters appear once a model is measured.")
    st.markdown("The first model that is measured on this benchmark appears here.")
    st.page_link(state.tab().pages["evaluate"], label="Measure a model on the page Evaluate", icon=":material/speed:")
    st.button("Show the default benchmark", on_click=_default)


def _default() -> None:
    state.change(benchmark_choice.on(STUDY_BENCHMARK))
