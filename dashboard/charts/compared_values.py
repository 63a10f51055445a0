"""Models side by side on every dimension: a mark with its interval per model, on one scale, so that rows align."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from dashboard.charts.chart import Chart, Trace, plain, plain_axis, plain_layout, plotly_figure
from dashboard.charts.palette import ZERO, model_style
from dashboard.wording import enumeration
from quba.wording import signed_text

if TYPE_CHECKING:
    from dashboard.catalogue import Dimension

ROW_HEIGHT = 52
REACH = 0.62  # of a row, which the models share
TWO_SIDED_95 = 1.96
SHARES = ("percentile", "minmax")

Item = Mapping[str, Any]


def compared_values(comparison: Mapping[str, Any], dimensions: Mapping[str, Dimension]) -> Chart:
    """A row per dimension, to the right better; a hollow mark cannot be told from the first model's.

    Args:
        comparison: of GET /v1/comparisons.
        dimensions: by key, in the order of the rows.
    """
    items: Sequence[Item] = comparison["items"]
    clear = {
        # Exact values differ for certain, and are not tested.
        entry["key"]: {
            each["model_id"]
            for each in entry["differences"]
            if each["significant"] or (each["difference"] and each["standard_error"] == 0)
        }
        for entry in comparison["dimensions"]
    }
    unit = "from worst (0) to best (1)" if comparison["normalisation"] in SHARES else "standard deviations"
    layout = plain_layout(
        110 + 22 * len(items) + ROW_HEIGHT * len(dimensions),
        xaxis=plain_axis(f"Standardised value<br>({unit},<br>to the right is better)", zeroline=True, zerolinewidth=2),
        yaxis=rows_axis([each.label for each in dimensions.values()]),
        shapes=separators(len(dimensions)),
    )
    names = enumeration([str(item["name"]) for item in items])
    return Chart(
        figure=plotly_figure([_marks(place, items, dimensions, clear) for place in range(len(items))], layout),
        finding=_finding(comparison, dimensions),
        alt=f"Dot plot of {names}: standardised values with 95 % intervals on {len(dimensions)} dimensions.",
        table=_table(comparison, dimensions),
        note=f"Bars: 95 % intervals of the values. Hollow: not significantly different from {items[0]['name']} within "
        "measurement error, at 5 % after Holm's correction for all differences shown. Published values came without "
        "errors; theirs are estimates.",
    )


def rows_axis(labels: Sequence[str]) -> Trace:
    """A vertical axis whose rows are numbered, so that marks of one row can stand above each other."""
    return {
        "tickvals": list(range(len(labels))),
        "ticktext": list(labels),
        # Downwards, so that the first row is on top.
        "range": [len(labels) - 0.5, -0.5],
        "automargin": True,
        "showgrid": False,
        "zeroline": False,
        "title": None,
    }


def separators(rows: int) -> list[Trace]:
    """Thin lines between the rows."""
    ends = {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "line": {"color": ZERO, "width": 0.5}}
    return [{**ends, "y0": row + 0.5, "y1": row + 0.5} for row in range(rows - 1)]


def row_offset(place: int, count: int) -> float:
    """How far a model's mark stands from the middle of its row."""
    return 0.0 if count < 2 else REACH * (place / (count - 1) - 0.5)


def _marks(
    place: int, items: Sequence[Item], dimensions: Mapping[str, Dimension], clear: Mapping[str, set[str]]
) -> Trace:
    item = items[place]
    colour, symbol, _ = model_style(place)
    known = [(row, key) for row, key in enumerate(dimensions) if item["standardised"].get(key) is not None]
    # The first model is the one that the others are compared with, so that it has no comparison of its own.
    full = [place == 0 or item["model_id"] in clear.get(key, ()) for _, key in known]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": item["name"],
        "x": [item["standardised"][key] for _, key in known],
        "y": [row + row_offset(place, len(items)) for row, _ in known],
        "error_x": {
            "type": "data",
            # An error that is not known draws no bar.
            "array": [TWO_SIDED_95 * (item["standardised_errors"].get(key) or 0.0) for _, key in known],
            "color": colour,
            "thickness": 1.5,
            "width": 3,
        },
        "marker": {
            "size": 11,
            "color": colour,
            "symbol": [symbol if told_apart else f"{symbol}-open" for told_apart in full],
            "line": {"width": 2, "color": colour},
        },
        "customdata": [
            [dimensions[key].label, plain(item["scores"][key], dimensions[key].decimals)] for _, key in known
        ],
        "hovertemplate": "%{fullData.name}<br>%{customdata[0]} %{customdata[1]}<br>standardised %{x:+.2f}"
        "<extra></extra>",
    }


def _finding(comparison: Mapping[str, Any], dimensions: Container[str]) -> str:
    entries = [entry for entry in comparison["dimensions"] if entry["key"] in dimensions]
    names = {item["model_id"]: item["name"] for item in comparison["items"]}
    won = Counter(entry["best"][0] for entry in entries if len(entry["best"]) == 1)
    # Those on which none of these models has a value were nobody's to win.
    compared = sum(bool(entry["best"]) for entry in entries)
    parts = [f"{names[model_id]} on {count}" for model_id, count in won.most_common()]
    best = (
        f"Best value: {', '.join(parts)} of {compared} dimensions" if parts else "None is best on any dimension alone"
    )
    tested = [each["significant"] for entry in entries for each in entry["differences"]]
    known = [flag for flag in tested if flag is not None]
    if not known:
        return f"{best}."
    return f"{best}; {sum(known)} of {len(known)} differences to {comparison['items'][0]['name']} are significant."


def _table(comparison: Mapping[str, Any], dimensions: Mapping[str, Dimension]) -> pd.DataFrame:
    found = {
        (entry["key"], each["model_id"]): each for entry in comparison["dimensions"] for each in entry["differences"]
    }
    rows = [
        _row(item, key, dimension, found.get((key, item["model_id"])))
        for key, dimension in dimensions.items()
        for item in comparison["items"]
    ]
    return pd.DataFrame(rows)


def _row(item: Item, key: str, dimension: Dimension, difference: Item | None) -> dict[str, str]:
    value, error = item["scores"].get(key), item["standard_errors"].get(key)
    p = difference["p_holm"] if difference else None
    return {
        "Dimension": f"{dimension.label} {'↑' if dimension.higher_is_better else '↓'}",
        "Model": item["name"],
        "Value": "–" if value is None else plain(value, dimension.decimals),
        "Standard error": "not known" if error is None else plain(error, dimension.decimals),
        "Difference to the first": signed_text(difference["difference"], dimension.decimals) if difference else "–",
        "p (Holm)": "–" if p is None else f"{p:.2g}",
    }
