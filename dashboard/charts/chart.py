"""What every chart of this folder returns, and the layout that they share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from dashboard.charts.palette import GRID, ZERO
from quba.wording import with_isolates

Trace = dict[str, Any]
# What of a trace may hold names. Templates are ours, and mark up; they take a name from these.
_TEXTS = ("name", "text", "x", "y", "customdata")


@dataclass(frozen=True)
class Chart:
    """A figure with what makes it readable without seeing it.

    Attributes:
        figure: the drawing.
        finding: its title, a sentence that says what the drawing shows.
        alt: a short description for screen readers.
        table: the drawn numbers.
        note: what a reader must know to read it, if anything.
    """

    figure: go.Figure
    finding: str
    alt: str
    table: pd.DataFrame
    note: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is drawn, so that only the finding has something to say."""
        return not any(len(trace[name] or ()) for trace in self.figure.data for name in ("x", "y") if name in trace)


@dataclass(frozen=True)
class Markup:
    """The same for what is drawn as a table of the page itself: text that can be marked, without a drawing library.

    Attributes:
        markup: HTML in which every name is escaped.
        finding: its title, a sentence that says what it shows.
        table: the drawn numbers.
        note: what a reader must know to read it, if anything.
    """

    markup: str
    finding: str
    table: pd.DataFrame
    note: str = ""


def plotly_figure(traces: Sequence[Trace], layout: Trace) -> go.Figure:
    """A figure from plain dictionaries.

    Plotly's checking of every property takes longer than all the rest of a slider move; the tests check it instead.
    """
    # Names are made safe here, once for all charts: a chart that forgot it would draw a model's name as markup.
    return go.Figure([_as_spelt(trace) for trace in traces], layout, _validate=False)


def _as_spelt(trace: Trace) -> Trace:
    return {key: drawn_text(value) if key in _TEXTS else value for key, value in trace.items()}


def drawn_text(value: Any) -> Any:  # noqa: ANN401 - texts among whatever else a trace holds
    """Texts, however deep in lists, as Plotly draws them unchanged: it takes < and & for marks, and names hold both."""
    if isinstance(value, str):
        return escape(with_isolates(value), quote=False)
    return [drawn_text(each) for each in value] if isinstance(value, list) else value


def plain_layout(height: int, **layout: Any) -> dict[str, Any]:  # noqa: ANN401 - plotly's own names
    """Layout without decoration: no frame, quiet grid, legend on top."""
    return {
        "height": height,
        "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "legend": {"orientation": "h", "yanchor": "bottom", "y": 1.0, "x": 0, "title": {"text": ""}},
        "hoverlabel": {"align": "left"},
        **layout,
    }


def listed_note(listed: int, scored: int) -> str:
    """How many of the models the table lists, where that is not all of them; empty where it is."""
    return f" The table lists {listed:,} of the {scored:,} models." if listed < scored else ""


def plain_axis(title: str, **axis: Any) -> dict[str, Any]:  # noqa: ANN401 - plotly's own names
    """An axis with its title and a quiet grid."""
    return {
        "title": {"text": title, "standoff": 14},
        "gridcolor": GRID,
        "zerolinecolor": ZERO,
        "automargin": True,
        **axis,
    }


def plain(value: float, decimals: int = 2) -> str:
    """A number with a real minus sign."""
    text = f"{value:.{decimals}f}"
    # -0.001 with two decimals would read as minus nothing.
    return (text if float(text) else text.removeprefix("-")).replace("-", "−")
