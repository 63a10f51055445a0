"""Which class is taken for which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from dashboard.charts.chart import Chart, Trace, plain_axis, plain_layout, plotly_figure
from dashboard.charts.palette import CLEAR, NEUTRAL, SHADE

# More rows would not fit on a screen, nor their numbers into the cells.
MOST_CLASSES = 30
MOST_PAIRS = 20
ROW_HEIGHT = 26

Pair = tuple[str, str, int, int]


def confusion(report: Mapping[str, Any]) -> Chart:
    """The confusion matrix; of many classes the most frequent mistakes.

    Args:
        report: of GET /v1/models/{model_id}/class-report.
    """
    classes = report["classes"]
    names = [row["name"] for row in classes]
    mistakes: list[Pair] = sorted(
        ((names[right], names[taken], count, classes[right]["count"]) for right, taken, count in report["confusion"]
         if right != taken),
        key=lambda each: (-each[2], each[0], each[1]),
    )  # fmt: skip
    whole = len(names) <= MOST_CLASSES
    return Chart(
        figure=_matrix(report, names) if whole else _bars(mistakes[:MOST_PAIRS]),
        finding=_finding(mistakes, report["image_count"]),
        alt=f"A matrix of {len(names)} classes: how many images of each were decided to be of which."
        if whole
        else f"Bars: the {min(len(mistakes), MOST_PAIRS)} most frequent mistakes among {len(names):,} classes.",
        table=pd.DataFrame(mistakes, columns=["Class", "Decided", "Images", "Of"]),
        note="Each row is a class, and its cells are where its images went; the shade is the share of the row."
        if whole
        else f"Of {len(names):,} classes the {MOST_PAIRS} most frequent mistakes are drawn.",
    )


def _matrix(report: Mapping[str, Any], names: Sequence[str]) -> Any:  # noqa: ANN401 - plotly's figure
    counts = [[0] * len(names) for _ in names]
    for right, taken, count in report["confusion"]:
        counts[right][taken] = count
    # A class without images has a row of nothing.
    shares = [[count / max(sum(row), 1) for count in row] for row in counts]
    trace: Trace = {
        "type": "heatmap",
        "x": names,
        "y": names,
        "z": shares,
        # Fixed ends, so that a shade means the same for every model.
        "zmin": 0,
        "zmax": 1,
        "text": [[str(count or "") for count in row] for row in counts],
        "texttemplate": "%{text}",
        "colorscale": [[0, CLEAR], [1, SHADE]],
        "showscale": False,
        "xgap": 1,
        "ygap": 1,
        "hovertemplate": "%{y} decided to be %{x}: %{text} images<extra></extra>",
    }
    return plotly_figure(
        [trace],
        plain_layout(
            140 + ROW_HEIGHT * len(names),
            xaxis=plain_axis("Decided class", type="category", tickangle=-45, showgrid=False),
            yaxis=plain_axis("Class", type="category", autorange="reversed", showgrid=False),
        ),
    )


def _bars(mistakes: Sequence[Pair]) -> Any:  # noqa: ANN401 - plotly's figure
    trace: Trace = {
        "type": "bar",
        "orientation": "h",
        "x": [count for _, _, count, _ in mistakes],
        "y": [f"{right} → {taken}" for right, taken, _, _ in mistakes],
        "marker": {"color": NEUTRAL},
        "hovertemplate": "%{y}: %{x} images<extra></extra>",
    }
    return plotly_figure(
        [trace],
        plain_layout(
            90 + ROW_HEIGHT * len(mistakes),
            xaxis=plain_axis("Images"),
            yaxis={"autorange": "reversed", "automargin": True, "title": None, "ticks": ""},
        ),
    )


def _finding(mistakes: Sequence[Pair], image_count: int) -> str:
    if not mistakes:
        return f"None of {image_count:,} images was decided wrong."
    right, taken, count, of = mistakes[0]
    wrong = sum(each[2] for each in mistakes)
    images = "image" if of == 1 else "images"
    mistakes_in_all = "1 mistake" if wrong == 1 else f"{wrong:,} mistakes"
    return f"Most often, {right} is taken for {taken}: {count} of {of:,} {images}; {mistakes_in_all} in all."
