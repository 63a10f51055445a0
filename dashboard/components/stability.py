"""How sure the answer is: the lead under nearby weights, and the weights at which it changes hands."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from typing import Any

import streamlit as st

from dashboard import catalogue as source
from dashboard import deferred, state
from dashboard.charts.chart import plain
from dashboard.listing import listing
from dashboard.view_state import HIGHEST_ON_SLIDER, ViewState
from dashboard.wording import plain_text, unbroken
from quba.vocabulary import ANYTHING, AROUND, AROUND_WEIGHTS, JITTER, TOP_K
from wellbehaved import Ranking

Answer = Mapping[str, Any]
NAME = "stability"
DRAWING = ("around", "jitter", "top_k")
AROUND_LABELS = {AROUND_WEIGHTS: "Around mine", ANYTHING: "Uniform over all"}
_SMALLEST_STEP = 0.01


def ask(draw: Callable[[Answer, bool], None], ranking: Ranking) -> None:
    """Leave room for what rests on the sampled weights."""
    view = state.current()
    settings = {**drawing(view), **listing(view, ranking)}
    deferred.show(
        NAME,
        source.question(NAME, settings, ranking.data_version),
        lambda client: client.rankings.stability(**settings),
        draw,
    )


def drawing(view: ViewState) -> dict[str, Any]:
    """A view as keyword arguments of the client's question about stability."""
    own = {name: view.values[name] for name in DRAWING if name in view.values}
    return {**source.comparing(view), **own}


def show_choices() -> None:
    """How weights are sampled, and which ranks count as the top."""
    around, jitter, top_k = st.columns(3)
    with around:
        around_what = _bound_value("around")
        st.selectbox(
            "Sampled weights",
            AROUND,
            AROUND.index(around_what),
            format_func=AROUND_LABELS.__getitem__,
            key="stability.around",
        )
    with jitter:
        variation = _bound_value("jitter")
        st.number_input(
            "Weight variation (sd of log)",
            # A link may ask for less than one step, and Streamlit refuses a value below the least.
            min(_SMALLEST_STEP, variation),
            JITTER.highest,
            variation,
            step=0.05,
            key="stability.jitter",
            disabled=state.current()["around"] != AROUND_WEIGHTS,
            help="Standard deviation of the logarithm of each weight's random factor: 0.25 is about 25 % up or down.",
        )
    with top_k:
        rank = _bound_value("top_k")
        st.number_input(
            "Top k",
            TOP_K.lowest,
            TOP_K.highest,
            rank,
            step=1,
            key="stability.top_k",
            help="The table says how often a model is among the first k.",
        )


def _bound_value(name: str) -> Any:  # noqa: ANN401 - each parameter has its own type
    return state.bind(f"stability.{name}", state.current()[name], lambda tab, value: tab.change({name: value}))


def show_headline(ranking: Ranking) -> None:
    """In how many nearby weightings the leader leads."""
    with st.container(key="sureness"):
        ask(_headline, ranking)


def _headline(answer: Answer, stale: bool) -> None:
    text = headline(answer)
    if not text:
        st.empty()
        return
    with st.container(key="stale.headline") if stale else nullcontext():
        st.markdown(f"{text} _(previous weights, updating…)_" if stale else text)


def headline(answer: Answer) -> str:
    """The leader's share of the sampled weights, and who takes most of the rest; empty for fewer than two models."""
    sentence = unbroken(plain_text(answer["sentence"]))
    return re.sub(r"first in .*? of (?:nearby|all) weightings", r"**\g<0>**", sentence, count=1)


def reign(answer: Answer, key: str) -> Mapping[str, Any] | None:
    """The stretch of a dimension's weight in which the weight asked with lies; None where nobody leads there."""
    return next((entry for entry in answer["break_points"].get(key, ()) if entry["current"]), None)


def range_words(low: float, high: float | None) -> str:
    """The stretch of a weight in words."""
    if high is None:
        return "at every weight" if low == 0 else f"from {plain(low)} on"
    if high > HIGHEST_ON_SLIDER:
        # A number that no slider reaches tells a reader nothing to try.
        start = "up to" if low == 0 else f"from {plain(low)} to"
        return f"{start} {plain(high)}, past the slider"
    return f"up to {plain(high)}" if low == 0 else f"from {plain(low)} to {plain(high)}"
