"""The first lines of the answer, as the service says them, and what they rest on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import streamlit as st

from dashboard import catalogue as source
from dashboard import state
from dashboard.catalogue import Catalogue
from dashboard.components import introduction
from dashboard.wording import plain_text
from quba.vocabulary import ALL_MODELS, SCREENED, Normalisation
from wellbehaved import Ranking

Answer = Mapping[str, Any]


def show(ranking: Ranking, catalogue: Catalogue) -> None:
    """Who leads, what speaks for and against it, what is doubtful or not comparable, what it was computed from."""
    view = state.current()
    answer = source.headline(view, ranking.data_version)
    introduction.show(catalogue)
    with st.container(key="headline", gap="xxsmall"):
        everybody = answer["leader"] is not None and view.filters and view["among"] == ALL_MODELS
        whom = f"Among all {ranking.total_models:,} models, " if everybody else ""
        st.markdown(f"# {whom}{opening(answer)}")
        if answer["reasons"]:
            st.markdown(f"Why: {plain_text(answer['reasons'])}.")
        if answer["doubt"]:
            st.markdown(f":material/flag: **In doubt:** {plain_text(answer['doubt'])}")
        for notice in ranking.notices:
            st.markdown(f":material/info: **Note:** {plain_text(notice)}")
        st.caption(basis(ranking, catalogue))


def opening(answer: Answer) -> str:
    """Who leads, with the leader's name and score in bold."""
    text = plain_text(answer["opening"])
    if answer["leader"] is None:
        return text
    name = plain_text(answer["leader"]["name"])
    bold = text.replace(name, f"**{name}**", 1)
    # The sentence is the service's: should its words change, nothing is bold and nothing is lost.
    return re.sub(r"(leads with )(−?[\d.]*\d)", r"\1**\2**", bold, count=1)


def basis(ranking: Ranking, catalogue: Catalogue) -> str:
    """Which models, weights, scale and data the answer rests on."""
    some = "" if ranking.total == ranking.total_models else f"{ranking.total:,} of "
    classifiers = "classifier" if ranking.total_models == 1 else "classifiers"
    parts = [
        f"{some}{ranking.total_models:,} image {classifiers} on {_coverage(ranking, catalogue)} dimensions",
        _weighting(ranking, catalogue),
        f"normalisation: {Normalisation(ranking.normalisation).label.lower()}",
        f"{ranking.benchmark}, {ranking.protocol}",
        f"data {ranking.data_version}",
    ]
    if ranking.quality == SCREENED:
        parts.insert(3, "flagged values left out")
    return " · ".join(parts)


def _coverage(ranking: Ranking, catalogue: Catalogue) -> str:
    """How many dimensions the benchmark has, of how many where it lacks some."""
    here, all_of_them = len(catalogue.on_show(ranking.weights)), len(catalogue.score_keys(ranking.weights))
    return str(here) if here == all_of_them else f"{here} of {all_of_them}"


def _weighting(ranking: Ranking, catalogue: Catalogue) -> str:
    preset = catalogue.presets.get(ranking.preset or "")
    # Weights come back from the address as text.
    if preset and all(abs(preset.weights[key] - weight) < 1e-9 for key, weight in ranking.weights.items()):
        return f"weights “{preset.label}”"
    return "your own weights"
