"""How sure the answer is: the lead over nearby weightings, and the weights at which it changes hands."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from typing import Any

import streamlit as st

from dashboard import catalogue as source
from dashboard import late, session
from dashboard.charts.chart import plain
from wellbehaved import Ranking

Answer = Mapping[str, Any]
NAME = "stability"


def ask(draw: Callable[[Answer, bool], None], data_version: str) -> None:
    """Leave room for what rests on the drawn weightings."""
    settings = source.weighting(session.current())
    late.show(
        NAME,
        source.question(NAME, settings, data_version),
        lambda: source.client().stability(**settings),
        draw,
    )


def show_headline(ranking: Ranking) -> None:
    """In how many nearby weightings the leader leads."""
    ask(_headline, ranking.data_version)


def _headline(answer: Answer, stale: bool) -> None:
    text = headline(answer)
    if not text:
        return
    with st.container(key="stale.headline") if stale else nullcontext():
        st.markdown(f"{text} _(for the weights before; being computed anew)_" if stale else text)


def headline(answer: Answer) -> str:
    """The leader's share of the drawn weightings, and who takes most of the rest."""
    items: Sequence[Mapping[str, Any]] = answer["items"]
    if not items:
        return ""
    leader = items[0]
    text = f"Among all models, {leader['name']} is **first in {leader['p_first']:.0%} of nearby weightings**"
    rival = max(items[1:], key=lambda item: item["p_first"], default=None)
    if rival is not None and rival["p_first"] >= 0.005:
        text += f"; {rival['name']} in {rival['p_first']:.0%}"
    return f"{text}."


def reign(answer: Answer, key: str, weight: float) -> tuple[str, float, float | None] | None:
    """Who leads at this weight, from which weight on and up to which; None where nobody does."""
    for entry in answer["break_points"].get(key, ()):
        end = entry["to_weight"]
        if entry["from_weight"] <= weight and (end is None or weight <= end):
            return entry["leader"], entry["from_weight"], end
    return None


def range_words(low: float, high: float | None) -> str:
    """The stretch of a weight in words."""
    if high is None:
        return "at every weight" if low == 0 else f"from {plain(low)} on"
    return f"up to {plain(high)}" if low == 0 else f"from {plain(low)} to {plain(high)}"
