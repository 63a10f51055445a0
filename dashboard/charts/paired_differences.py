"""Two models on the images that both saw, as a forest plot: a difference with its interval for each dimension.

The page Compare draws it, and a notebook (`wellbehaved.Difference.chart`), which is why nothing of Streamlit is loaded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from dashboard.charts.chart import Chart, Trace, plain_axis, plain_layout, plotly_figure
from dashboard.charts.compared_values import rows_axis, separators
from dashboard.charts.forest import Scaled, turn
from dashboard.charts.palette import ZERO, verdict_colour
from dashboard.wording import enumeration
from quba.wording import inline_label, signed_text
from wellbehaved.difference_words import difference_words, is_gain, is_shown

ROW_HEIGHT = 34
_COLUMNS = ("Dimension", "Difference", "Interval", "p (Holm)", "In words")

Item = Mapping[str, Any]


def paired_differences(answer: Mapping[str, Any], dimensions: Mapping[str, Scaled]) -> Chart:
    """A row per dimension that both were measured on, in standard deviations of the published models.

    Args:
        answer: of /v1/differences, or the same of two profiles.
        dimensions: by key; differences on others are left out.
    """
    items = [item for item in answer["items"] if item["dimension"] in dimensions]
    # Without a difference there is nothing to draw; the table says why.
    drawn = [item for item in items if item["difference"] is not None]
    middle = {"type": "line", "x0": 0, "x1": 0, "yref": "paper", "y0": 0, "y1": 1, "line": {"color": ZERO, "width": 2}}
    layout = plain_layout(
        90 + ROW_HEIGHT * len(drawn),
        showlegend=False,
        shapes=[middle, *separators(len(drawn))],
        xaxis=plain_axis(
            "Difference in standard deviations of the<br>published models (to the right is better)", zeroline=False
        ),
        yaxis=rows_axis([dimensions[item["dimension"]].label for item in drawn]),
    )
    a, b = answer["a"]["name"], answer["b"]["name"]
    return Chart(
        figure=plotly_figure([_marks(drawn, dimensions, answer)], layout),
        finding=finding(answer, dimensions),
        alt=f"Forest plot of {len(drawn)} dimensions: {b} minus {a}, with intervals.",
        table=table(items, dimensions, answer),
        note=f"Marks: differences with their {_share(answer)} intervals, each turned so that larger is better. Blue: "
        "better, orange: worse, by more than chance after Holm's correction; hollow and grey: not shown to differ.",
    )


def finding(answer: Mapping[str, Any], dimensions: Mapping[str, Scaled]) -> str:
    """On which dimensions the second model is better or worse by more than chance."""
    shown = [item for item in answer["items"] if item["dimension"] in dimensions and is_shown(item, answer)]
    better, worse = (
        [
            inline_label(dimensions[item["dimension"]].label)
            for item in shown
            if is_gain(item, dimensions[item["dimension"]].higher_is_better) is gain
        ]
        for gain in (True, False)
    )
    a, b = answer["a"]["name"], answer["b"]["name"]
    if not shown:
        return f"On the same images, {b} is not shown to differ from {a}."
    first = f"better on {enumeration(better)}" if better else f"worse on {enumeration(worse)}"
    but = f", but worse on {enumeration(worse)}" if better and worse else ""
    return f"On the same images, {b} is {first} than {a}{but}."


def table(items: Sequence[Item], dimensions: Mapping[str, Scaled], answer: Mapping[str, Any]) -> pd.DataFrame:
    """A line per dimension that one of the two was measured on, in the dimension's own unit."""
    rows = []
    for item in items:
        dimension = dimensions[item["dimension"]]
        if item["value_a"] is None and item["value_b"] is None:
            continue
        # One more than a value has: on the same images differences are known that much better.
        decimals = dimension.decimals + 1
        arrow = "↑" if dimension.higher_is_better else "↓"
        interval = (signed_text(item[end], decimals) for end in ("low", "high")) if item["low"] is not None else ()
        cells = (
            f"{dimension.label} {arrow}",
            "–" if item["difference"] is None else signed_text(item["difference"], decimals),
            " to ".join(interval) or "–",
            "–" if item["p_holm"] is None else f"{item['p_holm']:.2g}",
            difference_words(item, dimension.higher_is_better, answer),
        )
        rows.append(dict(zip(_COLUMNS, cells, strict=True)))
    found = pd.DataFrame(rows, columns=list(_COLUMNS))
    return found.rename(columns={"Interval": f"{_share(answer)} interval"})


def _marks(drawn: Sequence[Item], dimensions: Mapping[str, Scaled], answer: Mapping[str, Any]) -> Trace:
    ends = [turn(item, dimensions[item["dimension"]]) for item in drawn]
    shown = [is_shown(item, answer) for item in drawn]
    # 0 is neutral: colour stands for what is more than chance, not for which side of 0 the mark is.
    colours = [verdict_colour(middle if each else 0.0) for (_, middle, _), each in zip(ends, shown, strict=True)]
    words = [
        [
            dimensions[item["dimension"]].label,
            signed_text(item["difference"], dimensions[item["dimension"]].decimals + 1),
            difference_words(item, dimensions[item["dimension"]].higher_is_better, answer),
        ]
        for item in drawn
    ]
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [middle for _, middle, _ in ends],
        "y": list(range(len(drawn))),
        "error_x": {
            "type": "data",
            "array": [high - middle for _, middle, high in ends],
            "arrayminus": [middle - low for low, middle, _ in ends],
            "color": ZERO,
            "thickness": 1.5,
            "width": 3,
        },
        "marker": {
            "size": 10,
            "color": colours,
            "symbol": ["circle" if each else "circle-open" for each in shown],
            "line": {"width": 2, "color": colours},
        },
        "customdata": words,
        "hovertemplate": "%{customdata[0]} %{customdata[1]}<br>%{customdata[2]}<extra></extra>",
    }


def _share(answer: Mapping[str, Any]) -> str:
    return f"{100 * answer['confidence']:g} %"
