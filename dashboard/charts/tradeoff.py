"""Two dimensions against each other, with the models that no other dominates."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from dashboard.catalogue import Dimension
from dashboard.charts.chart import Chart, Trace, drawn_text, plain_axis, plain_layout, plotly_figure
from dashboard.charts.palette import DARK, LIGHT, ZERO, category_styles
from dashboard.wording import value_label
from quba.wording import inline_label

POINT_SIZE = 8
# How far apart names must be, as shares of the front's own width and height.
NAME_WIDTH, NAME_HEIGHT = 0.16, 0.07
# How far the axis goes on past the points, as shares of their span: where names stand, and at the other end.
ROOM_FOR_NAMES, ROOM = 0.12, 0.04
# More points than that are drawn by WebGL: a browser takes seconds over so many shapes.
MOST_SHAPES = 5_000


def front(frame: pd.DataFrame, x: Dimension, y: Dimension) -> pd.Series:
    """Which models are on the Pareto front of two axes: no other is better on one and at least as good on both."""
    good_x = frame[x.key].to_numpy(float, na_value=np.nan) * (1 if x.higher_is_better else -1)
    good_y = frame[y.key].to_numpy(float, na_value=np.nan) * (1 if y.higher_is_better else -1)
    usable = np.flatnonzero(~np.isnan(good_x) & ~np.isnan(good_y))
    order = usable[np.lexsort((-good_y[usable], -good_x[usable]))]
    ahead = np.maximum.accumulate(good_y[order])
    before = np.concatenate(([-np.inf], ahead[:-1])) if order.size else ahead
    on_front = np.zeros(len(frame), dtype=bool)
    on_front[order] = good_y[order] > before
    # Equal points do not dominate each other: a twin of a front point is on the front too.
    twins = pd.Series(list(zip(good_x, good_y, strict=True)), index=frame.index)
    return twins.isin(set(twins[on_front])) & pd.Series(~np.isnan(good_x) & ~np.isnan(good_y), index=frame.index)


def tradeoff(
    frame: pd.DataFrame, x: Dimension, y: Dimension, architectures: Sequence[str], selected: str = "", height: int = 460
) -> Chart:
    """The scatter of two axes, one symbol and colour per architecture, the front as a line.

    Args:
        frame: a ranking's frame.
        x: across.
        y: upwards.
        architectures: all there are, in a fixed order, so that a colour keeps its meaning when filters change.
        selected: the model_id to ring and name.
        height: in pixels.
    """
    shown = frame[frame[x.key].notna() & frame[y.key].notna()]
    on_front = front(shown, x, y)
    kind = "scatter" if len(shown) <= MOST_SHAPES else "scattergl"
    # Those that the service lists first: an architecture of one's own must not move the colours of the others.
    styles = category_styles(list(dict.fromkeys([*architectures, *sorted(frame["architecture"].unique())])))
    traces = [
        {**_points(group, x, y, str(architecture), styles[str(architecture)]), "type": kind}
        for architecture, group in shown.groupby("architecture", sort=True)
    ]
    # On one axis twice every model is on a diagonal, and its front is a single point.
    if x.key != y.key:
        traces.append(_front_line(shown[on_front], x, y))
        traces.append(_front_names(shown[on_front], x, y))
    selection = shown[shown["model_id"] == selected]
    if not selection.empty:
        # Dark on light: one of the two shows on any page and on any point.
        traces += [_ring(selection, x, y, LIGHT, 6), _ring(selection, x, y, DARK, 3)]
    layout = plain_layout(
        height,
        clickmode="event+select",
        dragmode="pan",
        xaxis=_across(x) | _span(shown, x),
        yaxis=_axis(y),
        annotations=[_name_tag(row, x, y) for row in selection.to_dict("records")],
    )
    return Chart(
        figure=plotly_figure(traces, layout),
        finding=_finding(shown, int(on_front.sum()), x, y),
        alt=f"Scatter plot of {len(shown)} models: {inline_label(x.label)} across, {inline_label(y.label)} upwards.",
        table=_table(shown, on_front, x, y),
        note="Hollow points rest on a value with a quality flag. Click a point to select its model.",
    )


def _axis(dimension: Dimension) -> Trace:
    axis = plain_axis(dimension.axis_title, zeroline=False)
    if dimension.logarithmic:
        # Powers of ten leave half a decade unlabelled, so name the sizes that people speak of.
        sizes = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000]
        axis |= {"type": "log", "tickvals": sizes, "ticktext": [str(size) for size in sizes]}
        axis["title"]["text"] = dimension.axis_title.replace(")", ", log scale)")
    if dimension.key == "rank":
        axis["autorange"] = "reversed"
    return axis


def _across(dimension: Dimension) -> Trace:
    """The axis with its unit on a line of its own, as a phone has no room for both on one."""
    axis = _axis(dimension)
    axis["title"]["text"] = axis["title"]["text"].replace(" (", "<br>(", 1)
    return axis


def _span(shown: pd.DataFrame, x: Dimension) -> Trace:
    """From where to where the axis goes, with room on the outer side of the front for the names of its models."""
    values = _numbers(shown, x)
    if x.logarithmic:
        values = [math.log10(value) for value in values if value > 0]
    if x.key == "rank" or not values:
        return {}
    low, high = min(values), max(values)
    before, behind = (ROOM, ROOM_FOR_NAMES) if x.higher_is_better else (ROOM_FOR_NAMES, ROOM)
    return {"range": [low - before * (high - low), high + behind * (high - low)]} if low < high else {}


def _name_tag(row: Mapping[Any, Any], x: Dimension, y: Dimension) -> Trace:
    across, upwards = (math.log10(row[axis.key]) if axis.logarithmic else float(row[axis.key]) for axis in (x, y))
    return {
        "x": across,
        "y": upwards,
        "text": drawn_text(row["name"]),
        "showarrow": False,
        "yshift": 22,
        "bgcolor": DARK,
        "borderpad": 3,
        "font": {"color": LIGHT, "size": 12},
    }


def _points(group: pd.DataFrame, x: Dimension, y: Dimension, label: str, style: tuple[str, str]) -> Trace:
    colour, symbol = style
    doubtful = [_doubtful(flagged, x) or _doubtful(flagged, y) for flagged in group["flagged"]]
    # The legend shows the first point's symbol, which should be a full one.
    order = sorted(range(len(doubtful)), key=doubtful.__getitem__)
    group, doubtful = group.iloc[order], [doubtful[place] for place in order]
    return {
        "x": _numbers(group, x),
        "y": _numbers(group, y),
        "name": value_label(label),
        "mode": "markers",
        "marker": {
            "symbol": [f"{symbol}-open" if doubt else symbol for doubt in doubtful],
            "color": colour,
            "size": POINT_SIZE,
            "opacity": 0.8,
        },
        "customdata": group["model_id"].to_list(),
        "text": group["name"].to_list(),
        "hovertemplate": f"<b>%{{text}}</b><br>{x.label} %{{x}}<br>{y.label} %{{y}}<extra></extra>",
        # A selection is shown by the ring; dimming all other points would hide the trade-off.
        "unselected": {"marker": {"opacity": 0.8}},
    }


def _numbers(frame: pd.DataFrame, axis: Dimension) -> list[float]:
    return frame[axis.key].to_numpy(float, na_value=np.nan).tolist()


def _doubtful(flagged: Mapping[str, Any], axis: Dimension) -> bool:
    """Whether the axis' value carries a flag; score and rank rest on all values."""
    return axis.key in flagged or (axis.theme == "score" and bool(flagged))


def _front_line(members: pd.DataFrame, x: Dimension, y: Dimension) -> Trace:
    members = members.sort_values([x.key, y.key])
    return {
        "type": "scatter",
        "x": _numbers(members, x),
        "y": _numbers(members, y),
        "name": "Pareto front",
        "mode": "lines",
        "line": {"color": ZERO, "width": 2, "dash": "dot"},
        "hoverinfo": "skip",
    }


def _front_names(members: pd.DataFrame, x: Dimension, y: Dimension) -> Trace:
    """The names of the front's models on its outer side, where no other point lies; none where they would overlap."""
    named = apart(members.sort_values([x.key, y.key]), x, y)
    high, right = ("top" if y.higher_is_better else "bottom"), ("right" if x.higher_is_better else "left")
    return {
        "type": "scatter",
        "x": _numbers(named, x),
        "y": _numbers(named, y),
        "mode": "text",
        "text": named["name"].to_list(),
        "textposition": f"{high} {right}",
        "textfont": {"size": 11},
        "cliponaxis": False,
        "hoverinfo": "skip",
        "showlegend": False,
    }


def apart(members: pd.DataFrame, x: Dimension, y: Dimension) -> pd.DataFrame:
    """Members of the front, along it, whose names do not lie on each other: the ends first, then what still fits."""
    if len(members) < 2:
        return members
    places = np.column_stack([_share_of_axis(members, axis) for axis in (x, y)])
    kept: list[int] = []
    for number in [0, len(members) - 1, *range(1, len(members) - 1)]:
        gaps = np.abs(places[kept] - places[number]) if kept else np.ones((1, 2))
        # A name is wide and low: two of them are apart where either distance is enough.
        if ((gaps[:, 0] > NAME_WIDTH) | (gaps[:, 1] > NAME_HEIGHT)).all():
            kept.append(number)
    return members.iloc[sorted(kept)]


def _share_of_axis(members: pd.DataFrame, axis: Dimension) -> np.ndarray:
    values = members[axis.key].to_numpy(float)
    if axis.logarithmic:
        values = np.log10(values)
    length = values.max() - values.min()
    shares: np.ndarray = (values - values.min()) / length if length else np.zeros(len(values))
    return shares


def _ring(selection: pd.DataFrame, x: Dimension, y: Dimension, colour: str, width: int) -> Trace:
    return {
        "type": "scatter",
        "x": _numbers(selection, x),
        "y": _numbers(selection, y),
        "mode": "markers",
        "marker": {"symbol": "circle-open", "size": 18, "color": colour, "line": {"width": width}},
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _finding(shown: pd.DataFrame, members: int, x: Dimension, y: Dimension) -> str:
    if shown.empty:
        return f"No model has both {inline_label(x.label)} and {inline_label(y.label)}."
    if x.key == y.key:
        return f"{x.label} on both axes: choose two different ones to see a trade-off."
    verb = "is" if members == 1 else "are"
    axes = f"{inline_label(x.label)} and {inline_label(y.label)}"
    return f"{members} of {len(shown)} models {verb} not dominated on {axes} together."


def _table(shown: pd.DataFrame, on_front: pd.Series, x: Dimension, y: Dimension) -> pd.DataFrame:
    columns = {"name": "Model", "architecture": "Architecture", x.key: x.label, y.key: y.label}
    table = shown[list(columns)].rename(columns=columns)
    table["On the Pareto front"] = ["yes" if member else "" for member in on_front]
    return table
