"""What each dimension adds to the scores of the models that are set side by side, or takes from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from dashboard.catalogue import Dimension
from dashboard.charts.chart import Chart, Trace, plain, plain_axis, plain_layout, plotly_figure
from dashboard.charts.compared_values import row_offset, rows_axis, separators
from dashboard.charts.palette import model_style
from dashboard.wording import enumeration
from quba.wording import inline_label, signed_text

ROW_HEIGHT = 52

Item = Mapping[str, Any]


def compared_contributions(comparison: Mapping[str, Any], dimensions: Mapping[str, Dimension]) -> Chart:
    """A row per dimension that weighs; where the marks of a row lie apart, the scores do.

    Args:
        comparison: of GET /v1/comparisons.
        dimensions: by key, in the order of the rows.
    """
    items: Sequence[Item] = comparison["items"]
    # A dimension without weight contributes 0 for everybody: a row of marks on one spot.
    keys = [key for key in dimensions if comparison["weights"].get(key)]
    layout = plain_layout(
        110 + 22 * len(items) + ROW_HEIGHT * len(keys),
        xaxis=plain_axis("Contribution to the QUBA score<br>(to the right is better)", zeroline=True, zerolinewidth=2),
        yaxis=rows_axis([dimensions[key].label for key in keys]),
        shapes=separators(len(keys)),
    )
    names = enumeration([str(item["name"]) for item in items])
    return Chart(
        figure=plotly_figure([_marks(place, items, keys, dimensions) for place in range(len(items))], layout),
        finding=_finding(items, keys, dimensions),
        alt=f"Dot plot: what {len(keys)} dimensions contribute to the scores of {names}.",
        table=_table(items, keys, dimensions),
    )


def _marks(place: int, items: Sequence[Item], keys: Sequence[str], dimensions: Mapping[str, Dimension]) -> Trace:
    item = items[place]
    colour, symbol, _ = model_style(place)
    known = [(row, key) for row, key in enumerate(keys) if item["contributions"].get(key) is not None]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": item["name"],
        "x": [item["contributions"][key] for _, key in known],
        "y": [row + row_offset(place, len(items)) for row, _ in known],
        "marker": {"size": 11, "color": colour, "symbol": symbol},
        "customdata": [dimensions[key].label for _, key in known],
        "hovertemplate": "%{fullData.name}<br>%{customdata} %{x:+.3f}<extra></extra>",
    }


def _finding(items: Sequence[Item], keys: Sequence[str], dimensions: Mapping[str, Dimension]) -> str:
    scored = sorted((item for item in items if item["score"] is not None), key=lambda item: -item["score"])
    if not scored:
        return "None of these models has a score under these weights."
    if len(scored) == 1:
        return f"Only {scored[0]['name']} has a score under these weights."
    first, second = scored[:2]
    gaps = {key: first["contributions"][key] - second["contributions"][key] for key in keys}
    most, least = max(gaps, key=lambda key: gaps[key]), min(gaps, key=lambda key: gaps[key])
    # The parts sum to the difference, which is 0 or more: no part above 0 means that all are 0.
    if gaps[most] <= 0:
        return f"{first['name']} and {second['name']} have the same score."
    text = f"{first['name']} is {plain(first['score'] - second['score'])} ahead of {second['name']}"
    text += f": {signed_text(gaps[most])} on {inline_label(dimensions[most].label)}"
    if gaps[least] < 0:
        text += f", against {signed_text(gaps[least])} on {inline_label(dimensions[least].label)}"
    return f"{text}."


def _table(items: Sequence[Item], keys: Sequence[str], dimensions: Mapping[str, Dimension]) -> pd.DataFrame:
    columns: dict[str, list[Any]] = {"Dimension": [*(dimensions[key].label for key in keys), "Score"]}
    for item in items:
        columns[str(item["name"])] = [*(item["contributions"].get(key) for key in keys), item["score"]]
    return pd.DataFrame(columns)
