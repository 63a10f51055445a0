"""Up to six models on all dimensions at once: standard deviations in the good direction, so outward is better."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Container, Mapping, Sequence
from typing import Any

import pandas as pd

from dashboard.catalogue import Dimension
from dashboard.charts.chart import Chart, plain_layout, plotly_figure
from dashboard.charts.palette import GRID, model_style

RANGES = {"percentile": (0.0, 1.0), "minmax": (0.0, 1.0)}
DEVIATIONS = (-3.0, 3.0)


def radar(comparison: Mapping[str, Any], dimensions: Mapping[str, Dimension]) -> Chart:
    """One closed line per model on axes in the order of the themes; the rim lies beyond the farthest value.

    Args:
        comparison: the API's answer: items with their standardised values, and the best models per dimension.
        dimensions: the dimensions by key, in their order around the circle.
    """
    items = comparison["items"]
    dimensions = by_theme(dimensions)
    low, high = RANGES.get(comparison["normalisation"]) or _reach(items, dimensions)
    traces = [_line(place, item, dimensions) for place, item in enumerate(items)]
    layout = plain_layout(
        # On a phone the legend takes a line per model; the circle keeps its size.
        380 + 24 * len(items),
        # Labels of a polar chart stick out sideways; without room they are cut off on a phone.
        margin={"l": 70, "r": 70, "t": 40, "b": 40},
        # The topmost label sticks out of the circle into the legend's room.
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.08, "x": 0},
        polar={
            "bgcolor": "rgba(0,0,0,0)",
            "radialaxis": {"range": [low, high], "gridcolor": GRID, "nticks": 4, "angle": 90, "tickangle": 90},
            "angularaxis": {"gridcolor": GRID, "direction": "clockwise"},
        },
    )
    names = ", ".join(str(item["name"]) for item in items)
    unit = "standard deviations from the mean" if low < 0 else "from worst (0) to best (1)"
    return Chart(
        figure=plotly_figure(traces, layout),
        finding=_finding(comparison, dimensions),
        alt=f"Radar chart of {names}: {unit} on each dimension; outward is better.",
        table=_table(items, dimensions),
        note=f"Scale: {unit}; outward is better. The shape and its area depend on the "
        "order of the axes; the dot plot above does not.",
    )


def by_theme(dimensions: Mapping[str, Dimension]) -> dict[str, Dimension]:
    """The dimensions with those of one theme beside each other, themes in the order of their first one."""
    themes = list(dict.fromkeys(dimension.theme for dimension in dimensions.values()))
    return dict(sorted(dimensions.items(), key=lambda pair: themes.index(pair[1].theme)))


def _reach(items: Sequence[Mapping[str, Any]], dimensions: Container[str]) -> tuple[float, float]:
    """Whole standard deviations that hold every value, and -3 to 3 in any case."""
    standardised = [pair for item in items for pair in item["standardised"].items() if pair[0] in dimensions]
    values = [value for _, value in standardised if value is not None]
    low, high = DEVIATIONS
    # At least -3 to 3, so that two comparisons look alike unless a model lies outside.
    return float(math.floor(min([low, *values]))), float(math.ceil(max([high, *values])))


def _line(place: int, item: Mapping[str, Any], dimensions: Mapping[str, Dimension]) -> dict[str, Any]:
    keys = list(dimensions)
    values = [item["standardised"].get(key) for key in keys]
    labels = [dimensions[key].short_label for key in keys]
    colour, symbol, dash = model_style(place)
    return {
        "type": "scatterpolar",
        # The first point again: plotly leaves a line open otherwise.
        "r": [*values, values[0]],
        "theta": [*labels, labels[0]],
        "name": item["name"],
        "mode": "lines+markers",
        "line": {"color": colour, "dash": dash, "width": 2},
        "marker": {"symbol": symbol, "size": 8},
        "customdata": [*values, values[0]],
        "hovertemplate": "%{fullData.name}<br>%{theta} %{customdata:+.2f}<extra></extra>",
    }


def _finding(comparison: Mapping[str, Any], dimensions: Container[str]) -> str:
    entries = [entry for entry in comparison["dimensions"] if entry["key"] in dimensions]
    won = Counter(entry["best"][0] for entry in entries if len(entry["best"]) == 1)
    if not won:
        return "None of these models is best on any dimension alone."
    names = {item["model_id"]: item["name"] for item in comparison["items"]}
    parts = [f"{names[model_id]} on {count}" for model_id, count in won.most_common()]
    # Those on which none of these models has a value were nobody's to win.
    compared = sum(bool(entry["best"]) for entry in entries)
    return f"Best of these: {', '.join(parts)} of {compared} dimensions."


def _table(items: Sequence[Mapping[str, Any]], dimensions: Mapping[str, Dimension]) -> pd.DataFrame:
    columns: dict[str, list[Any]] = {"Dimension": [dimension.label for dimension in dimensions.values()]}
    columns |= {str(item["name"]): [item["standardised"].get(key) for key in dimensions] for item in items}
    return pd.DataFrame(columns)
