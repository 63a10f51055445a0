"""Where one model stands among all: its percentile on each dimension, to both sides of the middle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from dashboard.catalogue import Dimension
from dashboard.charts.chart import Chart, drawn, plain_axis, plain_layout
from dashboard.charts.palette import BLUE, ORANGE, ZERO
from dashboard.wording import spoken


def standing(name: str, percentiles: Mapping[str, float | None], dimensions: Mapping[str, Dimension]) -> Chart:
    """Bars from the middle: to the right better than half of the models, to the left worse."""
    keys = [key for key in dimensions if percentiles.get(key) is not None]
    shares = [float(percentiles[key] or 0.0) for key in keys]
    labels = [dimensions[key].label for key in keys]
    bars = {
        "type": "bar",
        "x": [100 * share - 50 for share in shares],
        "base": 50,
        "y": labels,
        "orientation": "h",
        "marker": {"color": [BLUE if share >= 0.5 else ORANGE for share in shares]},
        "text": [f"{share:.0%}" for share in shares],
        "textposition": "outside",
        "cliponaxis": False,
        "hovertemplate": "%{y}: better than %{text} of the models<extra></extra>",
    }
    middle = {
        "type": "line",
        "x0": 50,
        "x1": 50,
        "yref": "paper",
        "y0": 0,
        "y1": 1,
        "line": {"color": ZERO, "width": 2},
    }
    layout = plain_layout(
        90 + 28 * len(keys),
        shapes=[middle],
        showlegend=False,
        xaxis=plain_axis("Share of models that are worse (%)", range=[-8, 112], tickvals=[0, 25, 50, 75, 100]),
        yaxis={"autorange": "reversed", "automargin": True, "title": None},
    )
    return Chart(
        figure=drawn([bars], layout),
        finding=_finding(name, keys, shares, dimensions),
        alt=f"Bars: the percentile of {name} on each dimension, to the right is better.",
        table=pd.DataFrame({"Dimension": labels, "Better than": shares}),
    )


def _finding(name: str, keys: Sequence[str], shares: Sequence[float], dimensions: Mapping[str, Dimension]) -> str:
    if not keys:
        return f"Nothing has been measured for {name} yet."
    ranked = sorted(zip(shares, keys, strict=True))
    (low, weakest), (high, strongest) = ranked[0], ranked[-1]
    return (
        f"Strongest on {spoken(dimensions[strongest].label)} (better than {high:.0%}), "
        f"weakest on {spoken(dimensions[weakest].label)} (better than {low:.0%})."
    )
