"""The models that no other dominates on a few dimensions, best score first."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from dashboard import catalogue as source
from dashboard import state
from dashboard.catalogue import Catalogue, Dimension
from dashboard.components import in_sight
from dashboard.view_state import FEWEST_IN_FRONT, MOST_IN_FRONT
from dashboard.wording import enumeration
from quba.vocabulary import LAYERS, TOLERANCE
from quba.wording import inline_label
from wellbehaved import Ranking

KEY, TABLE = "front.dimensions", "chart.front"
# Of the table, in pixels: as tall as Streamlit draws more rows than ten.
ROOM = 400


def show(ranking: Ranking, catalogue: Catalogue) -> None:
    """Choose the dimensions, see who is left."""
    st.markdown("## Pareto front")
    asked: tuple[str, ...] = state.current()["front"] or _start(catalogue)
    marked = state.bind(KEY, list(asked), lambda tab, keys: tab.change({"front": tuple(keys)}))
    chosen = st.multiselect(
        f"Dimensions ({FEWEST_IN_FRONT} to {MOST_IN_FRONT})",
        list(catalogue.dimensions),
        marked,
        format_func=lambda key: catalogue.dimensions[key].label,
        key=KEY,
        max_selections=MOST_IN_FRONT,
    )
    if len(chosen) < FEWEST_IN_FRONT:
        st.caption(f"Choose at least {FEWEST_IN_FRONT}.")
        return
    _breadth()
    shown = source.front(state.current(), tuple(chosen), ranking.data_version)
    members = shown[shown["on_front"].astype(bool)]
    names = enumeration([inline_label(catalogue.dimensions[key].label) for key in chosen])
    if members.empty:
        st.markdown(f"No model has a value on each of {names}, so that there is no front.")
        return
    st.markdown(
        f"**{len(members):,} of {ranking.total:,} models** are not dominated on {names}: "
        "no other is better on one and at least as good on the rest."
    )
    if len(chosen) == MOST_IN_FRONT:
        st.caption("The more dimensions, the more models are not dominated: on all dimensions, it is most models.")
    table = _table(shown, ranking.frame, chosen, catalogue)
    alt = f"Models on or near the Pareto front of {names}"
    # The code of the grid would come before the scatter plot is drawn, and hardly anybody scrolls to it.
    in_sight.show(TABLE, ROOM, lambda: _draw(table, alt, [catalogue.dimensions[key] for key in chosen]))


def _draw(table: pd.DataFrame, alt: str, dimensions: Sequence[Dimension]) -> None:
    values = {each.label: st.column_config.NumberColumn(format=f"%.{each.decimals}f") for each in dimensions}
    st.dataframe(
        table,
        key=TABLE,
        hide_index=True,
        alt=alt,
        column_config={**values, "Score": st.column_config.NumberColumn(format="%.4f")},
    )


def _breadth() -> None:
    layers, tolerance = st.columns(2)
    with layers:
        count = state.bind(
            "front.layers", state.current()["layers"], lambda tab, number: tab.change({"layers": number})
        )
        st.number_input(
            "Layers",
            LAYERS.lowest,
            LAYERS.highest,
            count,
            step=1,
            key="front.layers",
            help="How many layers to show. 2 = also the front after removing layer 1.",
        )
    with tolerance:
        margin = state.bind(
            "front.tolerance", state.current()["tolerance"], lambda tab, number: tab.change({"tolerance": number})
        )
        st.number_input(
            "Tolerance",
            TOLERANCE.lowest,
            TOLERANCE.highest,
            margin,
            step=0.05,
            key="front.tolerance",
            help="Also show models within this many standard deviations of the front on every dimension.",
        )


def _start(catalogue: Catalogue) -> tuple[str, ...]:
    """The axes where they are dimensions, filled up with the first ones."""
    view = state.current()
    # Those of the chart above, so that both speak of the same before anything is chosen.
    axes = [key for key in (view["y"], view["x"]) if key in catalogue.dimensions]
    return tuple(dict.fromkeys([*axes, *catalogue.dimensions]))[:FEWEST_IN_FRONT]


def _table(members: pd.DataFrame, frame: pd.DataFrame, chosen: list[str], catalogue: Catalogue) -> pd.DataFrame:
    behind = members[["model_id", "layer", "dominated_by"]]
    rows = frame[frame["model_id"].isin(members["model_id"])].merge(behind, on="model_id")
    names = frame.set_index("model_id")["name"]
    rows["dominated"] = ["–" if pd.isna(each) else names.get(each, each) for each in rows["dominated_by"]]
    labels = {"rank": "Rank", "name": "Model", "score": "Score"}
    labels |= {key: catalogue.dimensions[key].label for key in chosen}
    labels |= {"layer": "Layer", "dominated": "Dominated by, e.g."}
    return rows[list(labels)].sort_values("rank").rename(columns=labels)
