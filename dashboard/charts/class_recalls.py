"""How often each class is recognised, with the interval that its images allow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from dashboard.charts.chart import Chart, plain_axis, plain_layout, plotly_figure
from dashboard.charts.palette import NEUTRAL
from quba.wording import percent

ROW_HEIGHT = 24
MOST = 40

Row = Mapping[str, Any]


def class_recalls(report: Mapping[str, Any]) -> Chart:
    """A point with its 95 % interval for each class, the least recognised first.

    Args:
        report: of GET /v1/models/{model_id}/class-report.
    """
    known = sorted((row for row in report["classes"] if row["recall"] is not None), key=lambda row: row["recall"])
    shown = known[:MOST]
    points = {
        "type": "scatter",
        "mode": "markers",
        "x": [100 * row["recall"] for row in shown],
        "y": [row["name"] for row in shown],
        "marker": {"color": NEUTRAL, "size": 9},
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [100 * (row["recall_interval"][1] - row["recall"]) for row in shown],
            "arrayminus": [100 * (row["recall"] - row["recall_interval"][0]) for row in shown],
            "color": NEUTRAL,
            "thickness": 1.5,
        },
        "customdata": [[row["right"], row["count"]] for row in shown],
        "hovertemplate": "%{y}: %{customdata[0]} of %{customdata[1]} images<extra></extra>",
    }
    layout = plain_layout(
        90 + ROW_HEIGHT * len(shown),
        showlegend=False,
        xaxis=plain_axis("Recall (% of the images of the class, higher is better)", range=[-3, 103]),
        yaxis={"autorange": "reversed", "automargin": True, "title": None, "ticks": ""},
    )
    cut = f" Of {len(known):,} classes the {MOST} with the lowest recall are drawn." if len(known) > MOST else ""
    return Chart(
        figure=plotly_figure([points], layout),
        finding=_finding(known),
        alt=f"Points with intervals: the recall of {len(shown)} classes, the lowest first.",
        table=pd.DataFrame(
            {
                "Class": [row["name"] for row in report["classes"]],
                "Images": [row["count"] for row in report["classes"]],
                "Recall": [row["recall"] for row in report["classes"]],
                "Precision": [row["precision"] for row in report["classes"]],
            }
        ),
        note=f"The lines are 95 % Wilson intervals; few images of a class make them long.{cut}",
    )


def _finding(known: Sequence[Row]) -> str:
    if not known:
        return "No class has an image."
    low, high = known[0], known[-1]
    if low["recall"] == high["recall"]:
        return f"Every class has the same recall, {percent(low['recall'])}."
    level = sum(row["recall"] == low["recall"] for row in known)
    worst = f"{level} classes have" if level > 1 else f"{low['name']} has"
    of = "" if level > 1 else f" of {low['count']:,} {'image' if low['count'] == 1 else 'images'}"
    # The sentence names what was counted; whether classes differ at all is what the intervals say.
    return f"{worst} the lowest recall, {percent(low['recall'])}{of}; the highest is {percent(high['recall'])}."
