"""What the limits in force cost in score, each alone and given the others, and what would help where nothing fits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import catalogue as source
from dashboard import state
from dashboard.catalogue import Catalogue
from dashboard.charts.chart import plain
from dashboard.view_state import SCORE
from dashboard.wording import model_count, plain_text
from quba.vocabulary import FACTS
from quba.wording import inline_label

Answer = Mapping[str, Any]


def show(data_version: str, catalogue: Catalogue) -> None:
    """Draw it; without a limit, how to set one."""
    st.markdown("## What do limits cost?")
    limits = in_force()
    if not limits:
        st.caption(
            "Set a limit among the filters, such as 30 million parameters at most, or under More filters an accuracy "
            "of at least 0.8: this table then shows what each costs in score."
        )
        return
    answer = source.constraints(state.current(), data_version)
    st.markdown(verdict(answer, catalogue))
    st.table(cost_table(answer, catalogue), hide_index=True, border="horizontal", alt="The cost of each limit")
    st.caption(
        "Cost: the score that the best model loses by this limit. Cost given the others: what removing this limit "
        "alone would gain."
    )
    if answer["relaxations"]:
        st.markdown("**Relaxing one of these limits is enough:**")
        st.table(relaxations(answer, catalogue), hide_index=True, border="horizontal", alt="The smallest relaxations")


def in_force() -> dict[str, Any]:
    """The limits on dimensions among the filters of the view; those on the score or a fact leave models out alone."""
    others = tuple(f"{key}." for key in (SCORE, *FACTS))
    filters = state.current().filters
    return {
        name: value
        for name, value in filters.items()
        if name.endswith((".gte", ".lte")) and not name.startswith(others)
    }


def verdict(answer: Answer, catalogue: Catalogue) -> str:
    """How many models fit, and who comes nearest where none does."""
    if answer["total"]:
        return f"**{model_count(answer['total'])} of {answer['candidates']:,} fit all limits.**"
    miss = answer["nearest_miss"]
    if miss is None:
        return f"**None of {answer['candidates']} models fits all limits.**"
    breaks = ", ".join(
        f"{inline_label(catalogue.dimensions[each['dimension']].label)} "
        f"{plain(each['needed'], catalogue.dimensions[each['dimension']].decimals)}"
        for each in miss["breaks"]
    )
    nearest = f"{plain_text(miss['name'])} comes nearest, with {breaks}."
    return f"**None of {answer['candidates']} models fits all limits.** {nearest}"


def cost_table(answer: Answer, catalogue: Catalogue) -> pd.DataFrame:
    """Per limit: how many models it leaves, and its cost."""
    rows = [
        {
            "Limit": _limit(each, each["bound"], catalogue),
            "Models left": each["fitting"],
            "Cost alone": "–" if each["alone"] is None else plain(each["alone"], 4),
            "Cost given the others": "–" if each["in_company"] is None else plain(each["in_company"], 4),
        }
        for each in answer["prices"]
    ]
    return pd.DataFrame(rows)


def relaxations(answer: Answer, catalogue: Catalogue) -> pd.DataFrame:
    """Per limit: to what it would have to move, the others staying, for one model to fit."""
    rows = [
        {
            "Limit": _limit(each, each["bound"], catalogue),
            "Relax to": _limit(each, each["needed"], catalogue),
            "First model": plain_text(each["name"]),
        }
        for each in answer["relaxations"]
    ]
    return pd.DataFrame(rows)


def _limit(each: Answer, bound: float, catalogue: Catalogue) -> str:
    dimension = catalogue.dimensions[each["dimension"]]
    return f"{dimension.label} {'at most' if each['at_most'] else 'at least'} {bound:g}"
