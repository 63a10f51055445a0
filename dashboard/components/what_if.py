"""What would bring a model to rank 1: other weights, or better values."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import catalogue as source
from dashboard import deferred, state
from dashboard.catalogue import Catalogue
from dashboard.charts.chart import plain
from dashboard.wording import enumeration, model_count, plain_text
from quba.wording import inline_label, percent, signed_text
from wellbehaved import Ranking

Answer = Mapping[str, Any]


def show(model_id: str, ranking: Ranking, catalogue: Catalogue) -> None:
    """Leave room for the nearest weights, which may take a moment."""
    view, version = state.current(), ranking.data_version
    settings, weights = source.comparing(view), view.weights
    names = {str(model): plain_text(str(label)) for model, label in source.models(view, version)["name"].items()}
    deferred.show(
        f"what-if {model_id}",
        source.question(f"what-if {model_id}", settings, version),
        lambda client: client.rankings.what_if(model_id, **settings),
        lambda answer, stale: _show_weights(answer, weights, (catalogue, names), stale=stale),
    )


def show_improvements(model_id: str, ranking: Ranking, catalogue: Catalogue) -> None:
    """Leave room for what the model must improve."""
    settings = source.comparing(state.current())
    deferred.show(
        f"improvements {model_id}",
        source.question(f"improvements {model_id}", settings, ranking.data_version),
        lambda client: client.rankings.improvements(model_id, **settings),
        lambda answer, stale: _show_improvements(answer, catalogue, stale=stale),
    )


def _show_weights(
    nearest: Answer, weights: Mapping[str, float], known: tuple[Catalogue, Mapping[str, str]], *, stale: bool
) -> None:
    catalogue, names = known
    with st.container(key="stale.what_if") if stale else nullcontext():
        st.markdown("## What would make it first?")
        st.markdown(_verdict(nearest, names))
        if nearest["weights"] and nearest["distance"]:
            _table(new_weights(nearest["weights"], weights, catalogue), "The nearest weights that make it first")


def _show_improvements(ascent: Answer, catalogue: Catalogue, *, stale: bool) -> None:
    if ascent["score_gap"] == 0 and not ascent["reason"]:
        st.empty()  # said once, above: neither a weight nor a value has to change
        return
    with st.container(key="stale.improvements") if stale else nullcontext():
        st.markdown("## What must it improve?")
        st.markdown(_distance(ascent))
        if ascent["alone"] and ascent["score_gap"]:
            _table(ways(ascent, catalogue), "What each dimension would have to become, and what the best model has")
            st.caption(
                "Change one dimension by itself (Alone) or all at once (Together). The scale and the other models stay "
                "as they are. A ratio to the clean accuracy a, as robustness is, is at most 1/a; object focus is at "
                "most 1 + 1/a. "
                "⚑ marks a best value that is flagged."
            )


def _table(table: pd.DataFrame, alt: str) -> None:
    st.table(table, hide_index=True, border="horizontal", alt=alt)


def _verdict(nearest: Answer, names: Mapping[str, str]) -> str:
    if nearest["feasible"]:
        if not nearest["distance"]:
            return "Under your weights it is first already: no weight has to change and no value to improve."
        return f"Smallest change of your weights that puts it first ({percent(nearest['distance'])} on average)."
    if nearest["feasible"] is None:
        return "The search ended without an answer."
    dominating = [names.get(model, model) for model in nearest["beaten_by"]]
    if dominating:
        verb = "is" if len(dominating) == 1 else "are"
        return (
            f"**No weights put it first:** {model_count(len(dominating))} {verb} at least as good on every weighted "
            f"dimension, such as {enumeration(dominating[:3])}."
        )
    group = sorted({names.get(model, model) for mixture in nearest["mixtures"] for model in mixture["shares"]})
    return f"**No weights put it first:** one of {enumeration(group)} is always ahead, whatever the weights."


def _distance(ascent: Answer) -> str:
    if ascent["reason"]:
        return str(ascent["reason"])
    return f"It is {plain(ascent['score_gap'], 3)} points short."


def new_weights(nearest: Mapping[str, float], weights: Mapping[str, float], catalogue: Catalogue) -> pd.DataFrame:
    """Yours and the nearest weights side by side."""
    rows = [
        {
            "Dimension": dimension.label,
            "Yours": plain(weights[key]),
            # What the answer leaves out has no weight.
            "Nearest": plain(nearest.get(key, 0.0)),
            "Change": signed_text(nearest.get(key, 0.0) - weights[key]),
        }
        for key, dimension in catalogue.dimensions.items()
    ]
    return pd.DataFrame(rows)


def ways(ascent: Answer, catalogue: Catalogue) -> pd.DataFrame:
    """Per dimension what it has, what it needs alone or together with all others, and what the best model has."""
    together = {way["dimension"]: way for way in ascent["together"]}
    rows = []
    for way in ascent["alone"]:
        dimension = catalogue.dimensions[way["dimension"]]
        best = f"{plain(way['best_value'], dimension.decimals)}, {plain_text(way['best_name'])}"
        rows.append(
            {
                "Dimension": f"{dimension.label} {'↑' if dimension.higher_is_better else '↓'}",
                "Value": plain(way["value"], dimension.decimals),
                "Alone": _needed_text(way, dimension.decimals, ascent["pool"]),
                "Together": _needed_text(together[way["dimension"]], dimension.decimals, ascent["pool"]),
                f"Best of all {ascent['pool']}": f"{best}{' ⚑' if way['best_flags'] else ''}",
            }
        )
    return pd.DataFrame(rows)


def _needed_text(way: Answer, decimals: int, pool: int) -> str:
    if way["reach"] == "impossible":
        return f"impossible: {inline_label(way['rule'])}"
    needed = plain(way["needed"], decimals)
    return needed if way["reach"] == "possible" else f"{needed}: no model of the {pool} reaches this"
