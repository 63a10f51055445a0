"""A score drawn as what it is made of: one bar per dimension, to both sides of zero."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from dashboard.catalogue import Dimension
from dashboard.charts.chart import Chart, Trace, plain, plain_axis, plain_layout, plotly_figure
from dashboard.charts.palette import dimension_colours
from quba.wording import inline_label, percent, signed_text

ROW_HEIGHT = 28
AXIS = 70


def own_contributions(row: pd.Series, dimensions: Mapping[str, Dimension], shares: Mapping[str, float]) -> Chart:
    """One model's score taken apart: a bar per dimension with weight, largest effect first."""
    values = {key: float(row[f"contribution.{key}"]) for key in dimensions if pd.notna(row[f"contribution.{key}"])}
    # By size whatever the sign: what costs much explains a score as well as what gives much.
    order = sorted(values, key=lambda key: -abs(values[key]))
    colours = dimension_colours(dimensions)
    labels = [f"{dimensions[key].label} · {percent(shares[key])}" for key in order]
    bars: Trace = {
        "type": "bar",
        "x": [values[key] for key in order],
        "y": labels,
        "orientation": "h",
        "marker": {"color": [colours[key] for key in order]},
        "text": [signed_text(values[key]) for key in order],
        "textposition": "outside",
        "cliponaxis": False,
        "hovertemplate": "%{y}<br>%{x:+.4f}<extra></extra>",
    }
    # Half as much again for the numbers, which stand outside the bars.
    reach = max((abs(value) for value in values.values()), default=1.0) * 1.5
    low = -reach if any(value < 0 for value in values.values()) else 0
    layout = plain_layout(
        90 + ROW_HEIGHT * len(order),
        showlegend=False,
        xaxis=plain_axis("Contribution to the score", range=[low, reach], zeroline=True, zerolinewidth=2),
        yaxis={"autorange": "reversed", "automargin": True, "title": None},
    )
    return Chart(
        figure=plotly_figure([bars], layout),
        finding=_own_finding(str(row["name"]), values, dimensions),
        alt=f"Bars: what each dimension adds to or takes from the score of {row['name']}.",
        table=pd.DataFrame(
            {"Dimension": [dimensions[key].label for key in order], "Contribution": [values[key] for key in order]}
        ),
    )


def _own_finding(name: str, values: Mapping[str, float], dimensions: Mapping[str, Dimension]) -> str:
    if not values:
        return f"{name} has no score under these weights."
    best, worst = max(values, key=lambda key: values[key]), min(values, key=lambda key: values[key])
    text = f"{plain(sum(values.values()))} in all"
    if values[best] > 0:
        text += f": {inline_label(dimensions[best].label)} gives most ({signed_text(values[best])})"
    if values[worst] < 0:
        sign, label = "," if values[best] > 0 else ":", inline_label(dimensions[worst].label)
        text += f"{sign} {label} costs most ({signed_text(values[worst])})"
    return text + "."
