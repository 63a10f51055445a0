"""How far values measured here lie from the published ones, in standard errors: a row of marks per dimension."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from dashboard.catalogue import Dimension
from dashboard.charts.chart import Chart, Trace, plain_axis, plain_layout, plotly_figure
from dashboard.charts.palette import FAINT, NEUTRAL, ZERO
from quba.vocabulary import Protocol
from wellbehaved.reproduction_text import distance_text

ROW_HEIGHT = 34
# A flagged value may lie hundreds of errors away, and would press all others together.
FARTHEST = 10.0
# As the service counts those that are far off.
FAR = 2.0
_WHOLE, _FLAGGED, _SUBSET, _RELEASED = (
    "all images", "published value flagged", "subset of the images", "as released, with its defects",
)  # fmt: skip
_SYMBOLS = {_WHOLE: "circle-open", _FLAGGED: "square-open", _SUBSET: "diamond", _RELEASED: "x"}

Item = Mapping[str, Any]


def reproduction(items: Sequence[Item], dimensions: Mapping[str, Dimension], finding: str) -> Chart:
    """A mark per value whose error is known.

    Args:
        items: of /v1/reproductions.
        dimensions: by key, in the order of the rows.
        finding: what the marks show, as a sentence.
    """
    drawn = [each for each in items if each["in_standard_errors"] is not None and each["dimension"] in dimensions]
    keys = [key for key in dimensions if any(each["dimension"] == key for each in drawn)]
    band = {"type": "rect", "x0": -FAR, "x1": FAR, "yref": "paper", "y0": 0, "y1": 1, "layer": "below",
            "fillcolor": FAINT, "line": {"width": 0}}  # fmt: skip
    middle = {"type": "line", "x0": 0, "x1": 0, "yref": "paper", "y0": 0, "y1": 1, "line": {"color": ZERO, "width": 2}}
    layout = plain_layout(
        130 + ROW_HEIGHT * len(keys),
        shapes=[band, middle],
        xaxis=plain_axis(
            "Measured less published,<br>in standard errors", range=[-FARTHEST - 1, FARTHEST + 1], zeroline=False
        ),
        yaxis={
            "categoryorder": "array",
            "categoryarray": [dimensions[key].label for key in keys],
            "autorange": "reversed",
            "automargin": True,
            "title": None,
        },
    )
    return Chart(
        figure=plotly_figure([_marks(drawn, kind, symbol, dimensions) for kind, symbol in _SYMBOLS.items()], layout),
        finding=finding,
        alt=f"Marks of {len(drawn)} values on {len(keys)} dimensions by their distance from the published value.",
        table=pd.DataFrame(
            {
                "Model": [each["name"] for each in drawn],
                "Dimension": [dimensions[each["dimension"]].label for each in drawn],
                "Standard errors": [each["in_standard_errors"] for each in drawn],
                "Kind": [_kind(each) for each in drawn],
            }
        ),
        note=f"Grey band: within {FAR:g} standard errors. Marks at {FARTHEST:g} lie there or further out.",
    )


def _kind(item: Item) -> str:
    if item["measured"]["protocol"] == Protocol.AS_RELEASED:
        return _RELEASED
    if not item["measured"]["all_images"]:
        return _SUBSET
    return _FLAGGED if item["published"]["flags"] else _WHOLE


def _marks(drawn: Sequence[Item], kind: str, symbol: str, dimensions: Mapping[str, Dimension]) -> Trace:
    own = [each for each in drawn if _kind(each) == kind]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": kind,
        "showlegend": bool(own),
        "x": [max(-FARTHEST, min(FARTHEST, each["in_standard_errors"])) for each in own],
        "y": [dimensions[each["dimension"]].label for each in own],
        "marker": {"size": 9, "symbol": symbol, "color": NEUTRAL, "line": {"width": 1.5, "color": NEUTRAL}},
        "customdata": [[each["model_id"], each["name"], distance_text(each)] for each in own],
        "hovertemplate": "%{customdata[1]}, %{y}: %{customdata[2]} standard errors<extra></extra>",
    }
