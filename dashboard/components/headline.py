"""The answer in one sentence, from the data on screen."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from dashboard.catalogue import Catalogue, Dimension
from dashboard.charts.chart import plain, signed
from dashboard.components import stylesheet
from dashboard.wording import NORMALISATION_LABELS, spoken
from wellbehaved import Ranking

TIE = 5e-13  # the ranking's own tolerance: scores equal to 12 decimals share a place


def show(ranking: Ranking, catalogue: Catalogue) -> None:
    """The sentence, and below it what it was computed from."""
    with st.container(key="headline", gap="xxsmall"):
        st.markdown(f"# {sentence(ranking.frame, catalogue.dimensions)}")
        st.caption(basis(ranking, catalogue))
        stylesheet.show_phone_hint()


def sentence(frame: pd.DataFrame, dimensions: Mapping[str, Dimension]) -> str:
    """Who leads with which score, how far ahead of whom, and thanks to what."""
    scored = frame[frame["score"].notna()].sort_values(["rank", "name"])
    if scored.empty:
        return "No model has a value for everything that these weights ask for."
    leader = scored.iloc[0]
    if len(scored) == 1:
        return f"**{leader['name']}** is the only ranked model here, with {plain(leader['score'])}."
    second = scored.iloc[1]
    lead = float(leader["score"] - second["score"])
    if abs(lead) <= TIE:
        tied = int((scored["rank"] == 1).sum())
        others = second["name"] if tied == 2 else f"{tied - 1} others"
        return f"**{leader['name']}** and {others} share the lead with {plain(leader['score'])}."
    ahead = f"ahead of {second['name']} by {plain(lead)}" if lead >= 0.005 else f"just ahead of {second['name']}"
    return (
        f"**{leader['name']}** leads with **{plain(leader['score'])}**, {ahead}{_reason(leader, second, dimensions)}."
    )


def _reason(leader: pd.Series, second: pd.Series, dimensions: Mapping[str, Dimension]) -> str:
    gaps = {
        key: float(leader[f"contribution.{key}"] - second[f"contribution.{key}"])
        for key in dimensions
        if pd.notna(leader[f"contribution.{key}"]) and pd.notna(second[f"contribution.{key}"])
    }
    if not gaps:
        return ""
    best = max(gaps, key=lambda key: gaps[key])
    return f", mostly on {spoken(dimensions[best].label)} ({signed(gaps[best])})"


def basis(ranking: Ranking, catalogue: Catalogue) -> str:
    """Which models, weights, scale and data the answer rests on."""
    some = "" if ranking.total == ranking.total_models else f"{ranking.total} of "
    parts = [
        f"{some}{ranking.total_models} image classifiers on {len(catalogue.dimensions)} qualities",
        _weighting(ranking, catalogue),
        f"scale: {NORMALISATION_LABELS.get(ranking.normalisation, (ranking.normalisation, ''))[0].lower()}",
        f"{ranking.benchmark}, {ranking.protocol}",
        f"data {ranking.data_version}",
    ]
    if ranking.quality == "screened":
        parts.insert(3, "flagged values left out")
    return " · ".join(parts)


def _weighting(ranking: Ranking, catalogue: Catalogue) -> str:
    preset = catalogue.presets.get(ranking.preset or "")
    if preset and all(abs(preset.weights[key] - weight) < 1e-9 for key, weight in ranking.weights.items()):
        return f"weights “{preset.label}”"
    return "your own weights"
