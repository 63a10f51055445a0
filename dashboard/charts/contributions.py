"""Scores drawn as what they are made of: one stack of contributions per model, to both sides of zero."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from dashboard.catalogue import Dimension
from dashboard.charts.chart import Chart, Trace, plain, plain_axis, plain_layout, plotly_figure
from dashboard.charts.palette import DARK, LIGHT, dimension_colours
from quba.wording import inline_label, signed_text
from wellbehaved.percent_text import percent

ROW_HEIGHT = 28
AXIS = 70


def contributions(
    frame: pd.DataFrame, dimensions: Mapping[str, Dimension], selected: str = "", count: int = 12
) -> Chart:
    """The leaders' scores as stacked contributions; a selected model that is not among them comes last."""
    scored = frame[frame["score"].notna()].sort_values(["rank", "name"])
    shown = scored.head(count)
    if selected and selected not in set(shown["model_id"]):
        shown = pd.concat([shown, scored[scored["model_id"] == selected]])
    keys = [key for key in dimensions if scored[f"contribution.{key}"].notna().any()]
    labels = [f"{rank}  {name}" for rank, name in zip(shown["rank"], shown["name"], strict=True)]
    colours = dimension_colours(dimensions)
    traces = [_stack(shown, labels, dimensions[key], colours[key]) for key in keys]
    layout = plain_layout(
        AXIS + ROW_HEIGHT * len(shown),
        barmode="relative",
        showlegend=False,  # the colour key above the table serves both
        bargap=0.3,
        xaxis=plain_axis("Contribution to the score", zeroline=True, zerolinewidth=2),
        yaxis={"autorange": "reversed", "automargin": True, "title": None, "ticks": ""},
    )
    return Chart(
        figure=plotly_figure([*traces, _totals(shown, labels)], layout),
        finding=_finding(shown.head(count), keys, dimensions),
        alt=f"Stacked bars: what each dimension adds to or takes from the score of {len(shown)} models.",
        table=_table(shown, keys, dimensions),
    )


def _stack(shown: pd.DataFrame, labels: Sequence[str], dimension: Dimension, colour: str) -> Trace:
    return {
        "type": "bar",
        "x": shown[f"contribution.{dimension.key}"].to_list(),
        "y": labels,
        "name": dimension.label,
        "orientation": "h",
        "marker": {"color": colour, "line": {"width": 0}},
        "customdata": shown["model_id"].to_list(),
        "hovertemplate": f"%{{y}}<br>{dimension.label} %{{x:+.3f}}<extra></extra>",
    }


def _totals(shown: pd.DataFrame, labels: Sequence[str]) -> Trace:
    return {
        "type": "scatter",
        "x": shown["score"].to_list(),
        "y": labels,
        "name": "Score",
        "mode": "markers",
        "marker": {"symbol": "diamond", "size": 9, "color": LIGHT, "line": {"color": DARK, "width": 2}},
        "customdata": shown["model_id"].to_list(),
        "hovertemplate": "%{y}<br>Score %{x:.4f}<extra></extra>",
    }


def _finding(leaders: pd.DataFrame, keys: Sequence[str], dimensions: Mapping[str, Dimension]) -> str:
    if leaders.empty or not keys:
        return "No model has a score under these weights."
    means = leaders[[f"contribution.{key}" for key in keys]].mean()
    most, least = (str(name).partition(".")[2] for name in (means.idxmax(), means.idxmin()))
    who = "The leader gains" if len(leaders) == 1 else f"The first {len(leaders)} gain"
    text = f"{who} most from {inline_label(dimensions[most].label)} ({signed_text(means.max())}"
    text += " on average)" if len(leaders) > 1 else ")"
    if means.min() < 0:
        text += f" and lose most on {inline_label(dimensions[least].label)} ({signed_text(means.min())})"
    return text + "."


def _table(shown: pd.DataFrame, keys: Sequence[str], dimensions: Mapping[str, Dimension]) -> pd.DataFrame:
    table = shown[["rank", "name", "score", *(f"contribution.{key}" for key in keys)]]
    return table.rename(
        columns={"rank": "Rank", "name": "Model", "score": "Score"}
        | {f"contribution.{key}": dimensions[key].label for key in keys}
    )


def own_contributions(row: pd.Series, dimensions: Mapping[str, Dimension], shares: Mapping[str, float]) -> Chart:
    """One model's score taken apart: a bar per dimension with weight, largest effect first."""
    values = {key: float(row[f"contribution.{key}"]) for key in dimensions if pd.notna(row[f"contribution.{key}"])}
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
