"""Which of the compared models leads at which weight of each dimension."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from dashboard.catalogue import Catalogue
from dashboard.charts.chart import plain
from dashboard.components.comparison import dimensions_on_show
from dashboard.view_state import HIGHEST_ON_SLIDER
from dashboard.wording import enumeration, plain_text
from quba.wording import inline_label

FEW = 3

Answer = Mapping[str, Any]


def show(comparison: Answer, catalogue: Catalogue) -> None:
    """Draw the finding and the table."""
    st.markdown(f"## {plain_text(finding(comparison, catalogue))}")
    st.table(leaders(comparison, catalogue), hide_index=True, border="horizontal", alt="Leader by weight")
    st.caption("One weight moves, the others stay. The weights are exact; ▸ marks the stretch in which yours lies.")


def finding(comparison: Answer, catalogue: Catalogue) -> str:
    """On the weight of which dimensions the lead among these models depends, within the sliders' scale."""
    names = {item["model_id"]: item["name"] for item in comparison["items"]}
    deciding, leader = [], ""
    for key, reigns in comparison["break_points"].items():
        current = next((reign for reign in reigns if reign["current"]), None)
        if current is None:
            continue
        leader = names[current["leader"]]
        # A leader beyond the end of the slider is in no reader's reach.
        if len({reign["leader"] for reign in reigns if reign["from_weight"] < HIGHEST_ON_SLIDER}) > 1:
            deciding.append(inline_label(catalogue.dimensions[key].label))
    if not leader:
        return "None of these models has a score under these weights."
    if not deciding:
        return f"{leader} leads these models at every weight that a slider reaches."
    few = len(deciding) <= FEW
    which = f"the weight of {enumeration(deciding)}" if few else f"each of {len(deciding)} weights alone"
    return f"{leader} leads these models; {which} can change that."


def leaders(comparison: Answer, catalogue: Catalogue) -> pd.DataFrame:
    """A row per dimension: who leads from which weight on."""
    names = {item["model_id"]: item["name"] for item in comparison["items"]}
    reigns = comparison["break_points"]
    rows = [
        {
            "Weight of": dimension.label,
            "Leader": " · ".join(_stretch(reign, names) for reign in reigns[key]) or "–",
        }
        for key, dimension in dimensions_on_show(comparison, catalogue).items()
        if key in reigns
    ]
    return pd.DataFrame(rows, columns=["Weight of", "Leader"])


def _stretch(reign: Mapping[str, Any], names: Mapping[str, str]) -> str:
    start = "" if reign["from_weight"] == 0 else f"from {plain(reign['from_weight'])} "
    return f"{'▸ ' if reign['current'] else ''}{start}{plain_text(names[reign['leader']])}"
