"""Which benchmark the page speaks of, chosen at the top of every page."""

from __future__ import annotations

import streamlit as st

from dashboard import benchmarks, state
from dashboard.state import Tab
from quba.benchmarks import STUDY_BENCHMARK

KEY = "benchmark.choice"
# What was chosen among the models of one benchmark names none of another.
_OF_ONE_BENCHMARK = ("select", "models", "protocol")


def show() -> None:
    """Draw the choice; a benchmark that the link names and the service does not have stays to be seen."""
    labels = {str(each["key"]): str(each["label"]) for each in benchmarks.benchmarks()}
    chosen = state.current()["benchmark"] or STUDY_BENCHMARK
    labels.setdefault(chosen, f"{chosen} (not here)")
    with st.container(key="benchmark"):
        marked = state.bind(KEY, chosen, _choose)
        st.selectbox(
            "Benchmark",
            list(labels),
            index=list(labels).index(marked),
            format_func=lambda key: labels[key],
            key=KEY,
        )


def _choose(tab: Tab, key: str) -> None:
    tab.change(on(key))


def on(key: str) -> dict[str, str | None]:
    """What to change in a view so that it stands on a benchmark; weights and filters stay."""
    return {"benchmark": None if key == STUDY_BENCHMARK else key, **dict.fromkeys(_OF_ONE_BENCHMARK)}
