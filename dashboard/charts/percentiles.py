"""Where one model stands among all: the share of the others that it beats on each dimension."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from dashboard.catalogue import Dimension
from dashboard.charts.chart import Chart, plain_axis, plain_layout, plotly_figure
from dashboard.charts.palette import ZERO, verdict_colour
from quba.wording import inline_label
from wellbehaved.standing_text import standing_text

Standing = Mapping[str, int]


def standing(name: str, standings: Mapping[str, Standing | None], dimensions: Mapping[str, Dimension]) -> Chart:
    """Bars from the middle: to the right better than half of the other models, to the left worse.

    Args:
        name: of the model.
        standings: by dimension, against how many others its value wins; None where it has none.
        dimensions: by key, in the order of the bars.
    """
    found = {key: standings.get(key) for key in dimensions}
    # The only model with a value beats 0 of 0 others, which is no share.
    known = {key: one for key, one in found.items() if one is not None and one["others"]}
    shares = [one["better_than"] / one["others"] for one in known.values()]
    labels = [dimensions[key].label for key in known]
    words = [standing_text(one) for one in known.values()]
    bars = {
        "type": "bar",
        "x": [100 * share - 50 for share in shares],
        "base": 50,
        "y": labels,
        "orientation": "h",
        "marker": {"color": [verdict_colour(share - 0.5) for share in shares]},
        "text": [f"{one['better_than']:,} of {one['others']:,}" for one in known.values()],
        "textposition": "outside",
        "cliponaxis": False,
        "customdata": words,
        "hovertemplate": "%{y}: %{customdata}<extra></extra>",
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
        90 + 28 * len(known),
        shapes=[middle],
        showlegend=False,
        # Beyond 0 and 100, because the counts stand outside the bars.
        xaxis=plain_axis("Other models with a worse value (%)", range=[-25, 140], tickvals=[0, 25, 50, 75, 100]),
        yaxis={"autorange": "reversed", "automargin": True, "title": None},
    )
    measured = any(one is not None for one in found.values())
    return Chart(
        figure=plotly_figure([bars], layout),
        finding=_finding(name, known, dimensions, measured=measured),
        alt=f"Bars: the share of the other models with a worse value than {name} on each dimension.",
        table=pd.DataFrame({"Dimension": labels, "Compared": words}),
    )


def _finding(name: str, known: Mapping[str, Standing], dimensions: Mapping[str, Dimension], *, measured: bool) -> str:
    if not known:
        return (
            f"There is no other model to compare {name} with."
            if measured
            else f"Nothing has been measured for {name} yet."
        )
    keys: Sequence[str] = sorted(known, key=lambda key: known[key]["better_than"] / known[key]["others"])
    weakest, strongest = keys[0], keys[-1]
    return (
        f"Strongest on {inline_label(dimensions[strongest].label)} ({standing_text(known[strongest])}), "
        f"weakest on {inline_label(dimensions[weakest].label)} ({standing_text(known[weakest])})."
    )
