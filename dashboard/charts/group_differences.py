"""Two groups on every dimension: how often a model of one is better than a model of the other, and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from dashboard.catalogue import Dimension
from dashboard.charts.chart import Chart, plain, plain_axis, plain_layout, plotly_figure
from dashboard.charts.palette import ZERO, verdict_colour
from dashboard.wording import enumeration
from quba.wording import inline_label, signed_text

ROW_HEIGHT = 34

Item = Mapping[str, Any]


def group_differences(answer: Mapping[str, Any], dimensions: Mapping[str, Dimension]) -> Chart:
    """Bars of Cliff's delta, turned so that to the right the second group is better.

    Args:
        answer: of POST /v1/group-comparisons.
        dimensions: by key.
    """
    items = [item for item in answer["items"] if item["effect_size"] is not None]
    turned = [_oriented_effect(item, dimensions[item["dimension"]]) for item in items]
    bars = {
        "type": "bar",
        "orientation": "h",
        "y": [dimensions[item["dimension"]].label for item in items],
        "x": turned,
        "marker": {
            "color": [verdict_colour(value) for value in turned],
            # What is not significant is hatched, not only paler.
            "pattern": {"shape": ["" if item["significant"] else "/" for item in items]},
        },
        "text": [_difference_text(item, dimensions[item["dimension"]]) for item in items],
        "textposition": "outside",
        "cliponaxis": False,
        "hovertemplate": "%{y}: %{text}<extra></extra>",
    }
    middle = {"type": "line", "x0": 0, "x1": 0, "yref": "paper", "y0": 0, "y1": 1, "line": {"color": ZERO, "width": 2}}
    layout = plain_layout(
        100 + ROW_HEIGHT * len(items),
        shapes=[middle],
        showlegend=False,
        xaxis=plain_axis("Cliff's delta: how often B is better,<br>minus how often A is better", range=[-1.5, 1.5]),
        yaxis={"autorange": "reversed", "automargin": True, "title": None},
    )
    return Chart(
        figure=plotly_figure([bars], layout),
        finding=finding(answer["items"], dimensions),
        alt="Bars: Cliff's delta on each dimension; to the right group B is better. Hatched where not significant.",
        table=table(answer, dimensions),
        note=(
            "Beside each bar: the difference, B − A, in the dimension's own unit. Hatched: not significant after "
            f"Holm's correction at {answer['alpha']:g}."
        ),
    )


def _oriented_effect(item: Item, dimension: Dimension) -> float:
    delta = float(item["effect_size"])
    return delta if dimension.higher_is_better else -delta


def _difference_text(item: Item, dimension: Dimension) -> str:
    return signed_text(item["difference"], dimension.decimals)


def finding(items: Sequence[Item], dimensions: Mapping[str, Dimension]) -> str:
    """On what B is better and on what worse, where it is significant."""
    parts = []
    for better, word in (("b", "better"), ("a", "worse")):
        names = [inline_label(dimensions[item["dimension"]].label) for item in items if item["better"] == better]
        if names:
            parts.append(f"{word} on {enumeration(names)}")
    if not parts:
        return "No difference between the groups is significant."
    return f"B is {'; '.join(parts)}."


def table(answer: Mapping[str, Any], dimensions: Mapping[str, Dimension]) -> pd.DataFrame:
    """All figures of the comparison."""
    rows = []
    for item in answer["items"]:
        dimension = dimensions[item["dimension"]]
        decimals = dimension.decimals
        counted = f"{item['n_pairs']} pairs" if item["n_pairs"] is not None else f"{item['n_a']} and {item['n_b']}"
        compared = item["refusal"] is None
        rows.append(
            {
                "Dimension": f"{dimension.label} {'↑' if dimension.higher_is_better else '↓'}",
                "Models": counted,
                "A": plain(item["mean_a"], decimals) if compared else "–",
                "B": plain(item["mean_b"], decimals) if compared else "–",
                "B − A": signed_text(item["difference"], decimals) if compared else "–",
                "Interval": f"{signed_text(item['low'], decimals)} to {signed_text(item['high'], decimals)}"
                if compared
                else "–",
                "Cliff's delta": signed_text(item["effect_size"]) if compared else "–",
                "p": f"{item['p']:.2g}" if compared else "–",
                "p (Holm)": f"{item['p_holm']:.2g}" if compared else "–",
                "How": item["test_meaning"] if compared else item["refusal"],
            }
        )
    return pd.DataFrame(rows)
