"""Differences between two groups as a forest plot: per row the effect with its interval, as three tests see it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import pandas as pd

from dashboard.charts.chart import Chart, Trace, plain_axis, plain_layout, plotly_figure
from dashboard.charts.compared_values import row_offset, rows_axis, separators
from dashboard.charts.palette import NEUTRAL, ZERO, verdict_colour
from quba.wording import signed_text

if TYPE_CHECKING:
    from dashboard.catalogue import Dimension

# Room for the marks of three tests above each other.
ROW_HEIGHT = 46
# What a test is of, in the order of its marks within a row.
KINDS = {"raw": "All values, unpaired", "matched": "Matched pairs", "screened": "Flagged values left out"}
SYMBOLS = {"raw": "circle", "matched": "diamond", "screened": "square"}

READING = (
    "Marks: differences with their 95 % intervals, in standard deviations of the published models. Blue: significantly "
    "better, orange: significantly worse, hollow and grey: not significant after Holm's correction."
)

Item = Mapping[str, Any]


class Scaled(Protocol):
    """What must be known of a dimension to draw differences on it.

    Attributes:
        label: name on screen.
        higher_is_better: its direction.
        decimals: digits after the point.
        scale: standard deviation of the published models.
    """

    @property
    def label(self) -> str: ...  # noqa: D102
    @property
    def higher_is_better(self) -> bool: ...  # noqa: D102
    @property
    def decimals(self) -> int: ...  # noqa: D102
    @property
    def scale(self) -> float: ...  # noqa: D102


@dataclass(frozen=True)
class Row:
    """One line of the plot.

    Attributes:
        label: what stands beside it.
        dimension: on which the groups are compared.
        tests: by the keys of `KINDS`, the comparison on this dimension; those that could not be made are absent.
    """

    label: str
    dimension: Dimension
    tests: Mapping[str, Item]


def forest(rows: Sequence[Row], finding: str, better: str, note: str = "") -> Chart:
    """A row per comparison, in standard deviations of the published models, to the right the second group is better.

    Args:
        rows: from top to bottom; a test without a difference has no mark.
        finding: the title.
        better: which group is the better one to the right.
        note: what a reader must know.
    """
    middle = {"type": "line", "x0": 0, "x1": 0, "yref": "paper", "y0": 0, "y1": 1, "line": {"color": ZERO, "width": 2}}
    layout = plain_layout(
        130 + ROW_HEIGHT * len(rows),
        shapes=[middle, *separators(len(rows))],
        xaxis=plain_axis(f"Difference in standard deviations<br>(to the right {better} is better)", zeroline=False),
        yaxis=rows_axis([row.label for row in rows]),
    )
    marks = {kind: _marks(kind, rows) for kind in KINDS}
    keys = [_key(kind) for kind, trace in marks.items() if trace["x"]]
    count = "1 row" if len(rows) == 1 else f"{len(rows)} rows"
    return Chart(
        figure=plotly_figure([*marks.values(), *keys], layout),
        finding=finding,
        alt=f"Forest plot of {count}: differences with their intervals by {', '.join(KINDS.values()).lower()}.",
        table=table(rows),
        note=note,
    )


def turn(item: Item, dimension: Scaled) -> tuple[float, float, float]:
    """Difference and interval in standard deviations, larger is better; an unknown end is the difference itself."""
    sign = 1 if dimension.higher_is_better else -1
    middle = float(item["difference"])
    ends = [middle if item[name] is None else float(item[name]) for name in ("low", "high")]
    # Where less is better, the ends of the interval change places.
    low, high = sorted(sign * end / dimension.scale for end in ends)
    return low, sign * middle / dimension.scale, high


def _marks(kind: str, rows: Sequence[Row]) -> Trace:
    place = list(KINDS).index(kind)
    known = [
        (number, row, row.tests[kind])
        for number, row in enumerate(rows)
        if kind in row.tests and row.tests[kind]["difference"] is not None
    ]
    ends = [turn(item, row.dimension) for _, row, item in known]
    colours = [
        verdict_colour(middle if item["significant"] else 0.0)
        for (_, middle, _), (_, _, item) in zip(ends, known, strict=True)
    ]
    symbol = SYMBOLS[kind]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": KINDS[kind],
        "legendgroup": kind,
        "showlegend": False,
        "x": [middle for _, middle, _ in ends],
        "y": [number + row_offset(place, len(KINDS)) for number, _, _ in known],
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
            # Hollow as well as grey: not everybody sees colours.
            "symbol": [symbol if item["significant"] else f"{symbol}-open" for _, _, item in known],
            "line": {"width": 2, "color": colours},
        },
        "customdata": [[row.label, signed_text(item["difference"], row.dimension.decimals)] for _, row, item in known],
        "hovertemplate": f"%{{customdata[0]}}<br>{KINDS[kind]}: %{{customdata[1]}}<extra></extra>",
    }


def _key(kind: str) -> Trace:
    """What the legend shows of a test: its shape, as a colour would be a verdict."""
    return {
        "type": "scatter",
        "mode": "markers",
        "name": KINDS[kind],
        "legendgroup": kind,
        # Without a place it has no mark, and plotly lists it all the same.
        "x": [None],
        "y": [None],
        "marker": {"size": 10, "color": NEUTRAL, "symbol": SYMBOLS[kind]},
        "hoverinfo": "skip",
    }


def table(rows: Sequence[Row]) -> pd.DataFrame:
    """A line per row and test, in the dimension's own unit."""
    lines = []
    for row in rows:
        decimals = row.dimension.decimals
        for kind, label in KINDS.items():
            item = row.tests.get(kind)
            if item is None or item["difference"] is None:
                continue
            unknown = item["low"] is None
            ends = "–" if unknown else " to ".join(signed_text(item[name], decimals) for name in ("low", "high"))
            lines.append(
                {
                    "Row": row.label,
                    "Test": label,
                    "Models": f"{item['n_pairs']} pairs" if item["n_pairs"] else f"{item['n_a']} and {item['n_b']}",
                    "Difference": signed_text(item["difference"], decimals),
                    "Interval": ends,
                    "Cliff's delta": "–" if item["effect_size"] is None else signed_text(item["effect_size"]),
                    "p (Holm)": "–" if item["p_holm"] is None else f"{item['p_holm']:.2g}",
                }
            )
    columns = ["Row", "Test", "Models", "Difference", "Interval", "Cliff's delta", "p (Holm)"]
    return pd.DataFrame(lines, columns=columns)
