"""How ranks hold when the weights change a little: an interval of ranks per model, with its rank as a point."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from dashboard.charts.chances import sampling
from dashboard.charts.chart import Chart, listed_note, plain_axis, plain_layout, plotly_figure
from dashboard.charts.palette import DARK, LIGHT, NEUTRAL
from quba.wording import percent

ROW_HEIGHT = 26
# As many as a screen has room for; the table has all that are listed.
MOST = 20


def acceptability(answer: Mapping[str, Any], count: int = MOST) -> Chart:
    """The first models: between which ranks they lie under most of the sampled weights."""
    items: Sequence[Mapping[str, Any]] = answer["items"][:count]
    labels = [f"{item['rank']}  {item['name']}" for item in items]
    bars = {
        "type": "bar",
        "orientation": "h",
        "y": labels,
        "base": [item["rank_low"] for item in items],
        # A model that keeps its rank still needs a mark.
        "x": [max(item["rank_high"] - item["rank_low"], 0.15) for item in items],
        "marker": {"color": NEUTRAL},
        "customdata": [[item["rank_low"], item["rank_high"], 100 * item["p_first"]] for item in items],
        "hovertemplate": "%{y}<br>ranks %{customdata[0]} to %{customdata[1]}<br>"
        "first in %{customdata[2]:.1f} %<extra></extra>",
    }
    points = {
        "type": "scatter",
        "mode": "markers",
        "x": [item["rank"] for item in items],
        "y": labels,
        "marker": {"symbol": "diamond", "size": 10, "color": LIGHT, "line": {"color": DARK, "width": 2}},
        "hovertemplate": "%{y}<extra></extra>",
    }
    layout = plain_layout(
        80 + ROW_HEIGHT * len(items),
        showlegend=False,
        bargap=0.35,
        xaxis=plain_axis("Rank", zeroline=False, rangemode="tozero"),
        yaxis={"autorange": "reversed", "automargin": True, "title": None, "ticks": ""},
    )
    return Chart(
        figure=plotly_figure([bars, points], layout),
        finding=_finding(answer["items"], answer["confidence"]),
        alt=f"Bars: the interval of ranks of the first {len(items)} models over {answer['draws']} sampled weights.",
        table=_table(answer["items"], answer["top_k"]),
        note=f"Bar: the ranks in {percent(answer['confidence'])} of the sampled weights. "
        f"Diamond: the rank under your weights. {sampling(answer)}"
        + listed_note(len(answer["items"]), answer["scored"]),
    )


def _finding(items: Sequence[Mapping[str, Any]], confidence: float) -> str:
    if not items:
        return "No model here has a score."
    leader = items[0]
    low, high = leader["rank_low"], leader["rank_high"]
    ranks = f"keeps rank {low}" if low == high else f"has ranks {low} to {high}"
    return f"{leader['name']} {ranks} in {percent(confidence)} of the sampled weights."


def _table(items: Sequence[Mapping[str, Any]], top_k: int) -> pd.DataFrame:
    columns = {
        "rank": "Rank",
        "name": "Model",
        "p_first": "First",
        "p_top_k": f"In the top {top_k}",
        "rank_low": "Best rank",
        "rank_high": "Worst rank",
    }
    return pd.DataFrame(items, columns=list(columns)).rename(columns=columns)
