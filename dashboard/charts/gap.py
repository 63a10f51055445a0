"""The distance between two models as a waterfall: what each dimension adds to it or takes from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from dashboard.catalogue import Dimension
from dashboard.charts.chart import Chart, plain_axis, plain_layout, plotly_figure
from dashboard.charts.palette import NEUTRAL, dimension_colours
from quba.wording import signed_text

ROW_HEIGHT = 28
TOTAL = "Together"


def gap(answer: Mapping[str, Any], dimensions: Mapping[str, Dimension]) -> Chart:
    """A gap of an explanation, from 0 step by step to the difference of the scores."""
    steps = answer["steps"]
    keys = [step["dimension"] for step in steps]
    labels = [dimensions[key].label for key in keys]
    parts = [float(step["end"] - step["start"]) for step in steps]
    difference = float(answer["difference"])
    bars = {
        "type": "bar",
        "orientation": "h",
        "y": [*labels, TOTAL],
        "base": [*(step["start"] for step in steps), 0.0],
        "x": [*parts, difference],
        "marker": {"color": [*map(dimension_colours(dimensions).__getitem__, keys), NEUTRAL]},
        "text": [signed_text(part) for part in (*parts, difference)],
        "textposition": "outside",
        "cliponaxis": False,
        "hovertemplate": "%{y} %{text}<extra></extra>",
    }
    # Steps may lead beyond both ends of the gap before they come back.
    ends = [0.0, difference, *(float(step["end"]) for step in steps)]
    # Two models that tie on everything have no extent, and a range of nothing is none.
    room = 0.2 * (max(ends) - min(ends)) or 1.0
    layout = plain_layout(
        90 + ROW_HEIGHT * (len(keys) + 1),
        showlegend=False,
        xaxis=plain_axis("Difference of the scores", range=[min(ends) - room, max(ends) + room], zerolinewidth=2),
        yaxis={"autorange": "reversed", "automargin": True, "title": None},
    )
    return Chart(
        figure=plotly_figure([bars], layout),
        finding=str(answer["sentence"]),
        alt=f"Waterfall: how {len(keys)} dimensions add up to a difference of {signed_text(difference)}.",
        table=pd.DataFrame({"Dimension": [*labels, TOTAL], "Difference": [*parts, difference]}),
    )
