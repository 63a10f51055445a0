"""All dimensions side by side: one line for each model, the selected one and the leaders in front of the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Context
from typing import Any

import pandas as pd

from dashboard.catalogue import Dimension
from dashboard.charts.chart import Chart, Trace, plain_axis, plain_layout, plotly_figure
from dashboard.charts.palette import FAINTEST, LIGHT, model_style
from dashboard.view_state import ADDRESS_DIGITS
from quba.wording import inline_label

LEADERS = 3
Row = Mapping[Any, Any]


def parallel(frame: pd.DataFrame, dimensions: Mapping[str, Dimension], selected: str) -> Chart:
    """Percentiles, so that up is better on every axis; limits in the sidebar thin the lines out.

    Args:
        frame: the ranking as listed.
        dimensions: by key, in the order of the axes.
        selected: model_id of the selected model, or "".
    """
    labels = [dimension.short_label for dimension in dimensions.values()]
    columns = [f"percentile.{key}" for key in dimensions]
    leaders = list(frame["model_id"].head(LEADERS))
    rows = {row["model_id"]: row for row in frame.to_dict("records")}
    # The selected model may be one that the filters hide.
    front = list(dict.fromkeys([*([selected] if selected in rows else []), *leaders]))
    behind = frame[~frame["model_id"].isin(front)]
    lines = [_line(place, rows[each], columns, labels) for place, each in enumerate(front)]
    traces = [_crowd(behind, columns, labels), *(_rim(line) for line in lines), *lines]
    layout = plain_layout(
        420,
        xaxis={"type": "category", "categoryarray": labels, "tickangle": -35, "automargin": True, "showgrid": True},
        # A little beyond 0 and 100, so that marks at the ends are whole.
        yaxis=plain_axis("Percentile among all models (mid-rank)", range=[-3, 103]),
        hovermode="closest",
        dragmode="select",
    )
    return Chart(
        figure=plotly_figure(traces, layout),
        finding=_finding(rows.get(front[0]) if front else None, dimensions),
        alt=f"Parallel coordinates: the percentiles of {len(frame)} models on {len(labels)} dimensions; up is better.",
        table=_table(frame, dimensions),
        note="Drag a box over an axis to keep only the models within it, here, in the scatter plot and in the tables; "
        "the limits stand above the page and are taken off there. Without a pointer, set them in the fields below. "
        "Click a point to select its model.",
    )


def brushed_limits(
    boxes: Sequence[Mapping[str, Any]], frame: pd.DataFrame, dimensions: Mapping[str, Dimension]
) -> dict[str, float]:
    """The limits on values that boxes over axes stand for, by parameter of the view.

    Args:
        boxes: what was drawn, with the places of the axes from 0 in `x` and percentiles in `y`.
        frame: the ranking as listed.
        dimensions: by key, in the order of the axes.
    """
    # A limit is of values and not of percentiles, which would move when other models come.
    limits: dict[str, float] = {}
    for key, low, high in _brushed_axes(boxes, list(dimensions)):
        shares = frame[f"percentile.{key}"]
        inside = frame.loc[(shares >= low) & (shares <= high), key]
        if not inside.empty:
            limits |= {
                f"{key}.gte": _address_end(inside.min(), ROUND_FLOOR),
                f"{key}.lte": _address_end(inside.max(), ROUND_CEILING),
            }
    return limits


def _address_end(end: float, outward: str) -> float:
    """An end of the values as an address can carry it, no nearer to the others: a reload must not drop its model."""
    # From the shortest text, in which 0.3 is 0.3; its binary digits would be rounded down to 0.299999999.
    return float(Context(prec=ADDRESS_DIGITS, rounding=outward).create_decimal(repr(float(end))))


def _brushed_axes(boxes: Sequence[Mapping[str, Any]], keys: Sequence[str]) -> Iterator[tuple[str, float, float]]:
    """Each axis within each box, with the percentiles from and to, 0 to 1."""
    for box in boxes:
        left, right = sorted(float(end) for end in box["x"])
        low, high = (end / 100 for end in sorted(float(end) for end in box["y"]))
        yield from ((key, low, high) for place, key in enumerate(keys) if left <= place <= right)


def _crowd(frame: pd.DataFrame, columns: list[str], labels: list[str]) -> Trace:
    """All other models as one trace, with a gap after each: hundreds of traces would be slow."""
    x: list[str | None] = []
    y: list[float | None] = []
    points: list[list[str]] = []
    for row in frame[["model_id", "name", *columns]].itertuples(index=False, name=None):
        # One more point than there are axes: the None beside it breaks the line before the next model.
        x += [*labels, labels[-1]]
        # NaN is the only number that differs from itself.
        y += [None if value != value else 100 * value for value in row[2:]] + [None]
        points += [[row[0], row[1]]] * (len(labels) + 1)
    return {
        "type": "scattergl",
        "x": x,
        "y": y,
        "customdata": points,
        "mode": "lines+markers",
        "name": "Others",
        "connectgaps": False,
        "line": {"color": FAINTEST, "width": 1},
        "marker": {"color": FAINTEST, "size": 4},
        "hovertemplate": "%{customdata[1]}<br>%{x}: percentile %{y:.0f}<extra></extra>",
    }


def _line(place: int, row: Row, columns: list[str], labels: list[str]) -> Trace:
    values = [None if row[column] != row[column] else 100 * row[column] for column in columns]
    colour, symbol, dash = model_style(place)
    return {
        "type": "scattergl",
        "x": labels,
        "y": values,
        "customdata": [[row["model_id"], row["name"]]] * len(labels),
        "mode": "lines+markers",
        "name": row["name"],
        "line": {"color": colour, "dash": dash, "width": 3},
        "marker": {"color": colour, "symbol": symbol, "size": 9},
        "hovertemplate": "%{customdata[1]}<br>%{x}: percentile %{y:.0f}<extra></extra>",
    }


def _rim(line: Trace) -> Trace:
    """What lifts a grey line out of the grey crowd: on a light page it clears the ground, on a dark one it shines."""
    drawn = {key: line[key] for key in ("type", "x", "y")}
    return drawn | {"mode": "lines", "line": {"color": LIGHT, "width": 6}, "hoverinfo": "skip", "showlegend": False}


def _finding(row: Row | None, dimensions: Mapping[str, Dimension]) -> str:
    if row is None:
        return "No model matches."
    known = {
        key: row[f"percentile.{key}"] for key in dimensions if row[f"percentile.{key}"] == row[f"percentile.{key}"]
    }
    if not known:
        return f"{row['name']} has no values."
    above = sum(share >= 0.5 for share in known.values())
    weakest = min(known, key=lambda key: known[key])
    return (
        f"{row['name']} is in the better half on {above} of {len(known)} dimensions; "
        f"its weakest is {inline_label(dimensions[weakest].label)}."
    )


def _table(frame: pd.DataFrame, dimensions: Mapping[str, Dimension]) -> pd.DataFrame:
    columns = {"rank": "Rank", "name": "Model"}
    columns |= {f"percentile.{key}": dimension.label for key, dimension in dimensions.items()}
    return frame[list(columns)].rename(columns=columns)
