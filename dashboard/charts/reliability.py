"""How far a model's confidence holds: the reliability diagram."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from dashboard.charts.chart import Chart, plain, plain_axis, plain_layout, plotly_figure
from dashboard.charts.palette import GRID, NEUTRAL, ZERO

LARGEST = 22
SMALLEST = 5

Bin = Mapping[str, Any]


def reliability(report: Mapping[str, Any]) -> Chart:
    """Accuracy against confidence in bins of confidence; a point is as large as its share of the images.

    Args:
        report: of GET /v1/models/{model_id}/class-report.
    """
    # An empty bin has no accuracy; a point at 0 would be an invented one.
    bins = [each for each in report["reliability"] if each["count"]]
    most = max((each["count"] for each in bins), default=1)
    ideal = {
        "type": "scatter",
        "mode": "lines",
        "x": [0, 1],
        "y": [0, 1],
        "line": {"color": ZERO, "dash": "dot", "width": 1.5},
        "name": "as sure as right",
        "hoverinfo": "skip",
    }
    points = {
        "type": "scatter",
        "mode": "markers+lines",
        "x": [each["confidence"] for each in bins],
        "y": [each["accuracy"] for each in bins],
        "marker": {
            "color": NEUTRAL,
            # By the root, so that areas and not diameters compare; the smallest can still be seen and touched.
            "size": [max(SMALLEST, LARGEST * (each["count"] / most) ** 0.5) for each in bins],
            "line": {"width": 0},
        },
        "line": {"color": GRID, "width": 1.5},
        "name": "the model",
        "customdata": [each["count"] for each in bins],
        "hovertemplate": "confidence %{x:.2f}, accuracy %{y:.2f}, %{customdata} images<extra></extra>",
    }
    layout = plain_layout(
        420,
        xaxis=plain_axis("Mean confidence of the bin", range=[-0.03, 1.03]),
        yaxis=plain_axis("Accuracy in the bin", range=[-0.03, 1.03]),
    )
    return Chart(
        figure=plotly_figure([ideal, points], layout),
        finding=_finding(bins),
        alt=f"Points: accuracy against confidence in {len(bins)} bins, beside the diagonal.",
        table=pd.DataFrame(
            {
                "From": [each["low"] for each in bins],
                "To": [each["high"] for each in bins],
                "Images": [each["count"] for each in bins],
                "Confidence": [each["confidence"] for each in bins],
                "Accuracy": [each["accuracy"] for each in bins],
            }
        ),
        note="Below the dotted line a model is surer than it is right. The larger the point, the more images.",
    )


def _finding(bins: Sequence[Bin]) -> str:
    images = sum(each["count"] for each in bins)
    if not images:
        return "No image was decided."
    confidence = sum(each["count"] * each["confidence"] for each in bins) / images
    accuracy = sum(each["count"] * each["accuracy"] for each in bins) / images
    told = f"mean confidence {plain(confidence)}, accuracy {plain(accuracy)}"
    # Judged by the numbers that the sentence shows: "surer: confidence 0.80, accuracy 0.80" would contradict itself.
    gap = round(confidence, 2) - round(accuracy, 2)
    if abs(gap) < 0.005:
        return f"On average the model is as sure as it is right: {told}."
    return f"On average the model is {'surer' if gap > 0 else 'less sure'} than it is right: {told}."
