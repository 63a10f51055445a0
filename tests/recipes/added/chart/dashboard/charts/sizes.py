"""How large the models are."""

from __future__ import annotations

import pandas as pd

from dashboard.charts.chart import Chart, plain_axis, plain_layout, plotly_figure
from dashboard.charts.palette import NEUTRAL


def sizes(frame: pd.DataFrame) -> Chart:
    """A histogram of the parameters of the models shown."""
    values = frame["parameters_millions"].dropna()
    bars = {"type": "histogram", "x": list(values), "marker": {"color": NEUTRAL}}
    layout = plain_layout(300, xaxis=plain_axis("Parameters (millions, lower is better)"), yaxis=plain_axis("Models"))
    return Chart(
        figure=plotly_figure([bars], layout),
        finding=f"Half of these {len(values)} models have at most {values.median():.0f} million parameters.",
        alt=f"Histogram of the parameters of {len(values)} models.",
        table=frame[["name", "parameters_millions"]],
    )
