"""How the dimensions move together, each turned so that more is better: who gains on one, gains or loses on another."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from jaxtyping import Float

from dashboard.catalogue import Dimension
from dashboard.charts.chart import Chart, plain, plain_layout, plotly_figure
from dashboard.charts.palette import tint
from quba.wording import inline_label, signed_text

STRONGEST = 0.6
CELL = 46


def correlation(pairs: pd.DataFrame, dimensions: Mapping[str, Dimension]) -> Chart:
    """The lower triangle of the correlation matrix of all dimensions and the score.

    Args:
        pairs: of GET /v1/correlations, whose coefficients are of the values as they are measured.
        dimensions: by key, the score among them.
    """
    turned = pairs.assign(rho=turned_rho(pairs, dimensions))
    used = set(pairs["a"]) | set(pairs["b"])
    keys = [key for key in dimensions if key in used]
    labels = [dimensions[key].label for key in keys]
    shades, texts = _matrix(turned, keys)
    heatmap = {
        "type": "heatmap",
        "z": shades[1:, :-1].tolist(),
        "x": labels[:-1],
        "y": labels[1:],
        "text": texts[1:, :-1].tolist(),
        "texttemplate": "%{text}",
        "colorscale": _scale(),
        "zmin": -1,
        "zmax": 1,
        "xgap": 2,
        "ygap": 2,
        "hoverongaps": False,
        "hovertemplate": "%{y} and %{x}<br>rank correlation %{text}<extra></extra>",
        "showscale": False,  # every cell carries its number
    }
    quiet = {"showgrid": False, "zeroline": False, "automargin": True}
    layout = plain_layout(
        150 + CELL * len(keys), xaxis={**quiet, "tickangle": -40}, yaxis={**quiet, "autorange": "reversed"}
    )
    return Chart(
        figure=plotly_figure([heatmap], layout),
        finding=_finding(turned, dimensions),
        alt=f"Matrix of Spearman rank correlations between {len(keys)} quantities, each turned so that more is better.",
        table=_table(turned, pairs["rho"], dimensions),
        note="Every dimension is turned so that more is better. Blue and above 0: models that are better on one are "
        "better on the other. Orange and below 0: better on one, worse on the other. Bold: significant at 5 %. Without "
        "colour, in brackets: not significant. Where the cells are too narrow for numbers, the table has them.",
    )


def _scale() -> list[list[float | str]]:
    """Two scales that meet in the clear middle: one scale would mix the weaker half of one colour into the other."""
    return [[(1 + value) / 2, tint(value, STRONGEST)] for value in (-1.0, -0.5, -1e-9, 1e-9, 0.5, 1.0)]


def turned_rho(pairs: pd.DataFrame, dimensions: Mapping[str, Dimension]) -> pd.Series:
    """The coefficients as they would be if both quantities were better when high."""
    sign = {key: 1.0 if dimension.higher_is_better else -1.0 for key, dimension in dimensions.items()}
    turned: pd.Series = pd.to_numeric(pairs["rho"]) * pairs["a"].map(sign) * pairs["b"].map(sign)
    return turned


def _matrix(pairs: pd.DataFrame, keys: list[str]) -> tuple[Float[np.ndarray, "keys keys"], np.ndarray]:
    """What colours each cell, and its text; what may be chance keeps its number and has no colour."""
    place = {key: index for index, key in enumerate(keys)}
    shades = np.full((len(keys), len(keys)), np.nan)
    texts = np.full((len(keys), len(keys)), "", dtype=object)
    for a, b, value, significant in zip(*(pairs[name] for name in ("a", "b", "rho", "significant")), strict=True):
        high, low = sorted((place[a], place[b]))
        if pd.isna(value):
            texts[low, high] = "–"
            continue
        # Zero gets the scale's clear middle: a cell, but no colour to read a tendency from.
        shades[low, high] = value if significant else 0.0
        texts[low, high] = f"<b>{signed_text(value)}</b>" if significant else f"({signed_text(value)})"
    return shades, texts


def _finding(pairs: pd.DataFrame, dimensions: Mapping[str, Dimension]) -> str:
    between = pairs[(pairs["a"] != "score") & (pairs["b"] != "score")]
    significant = between[between["significant"].astype(bool)].sort_values("rho")
    if significant.empty:
        return "No two dimensions correlate significantly at 5 % among these models."
    parts: list[str] = []
    for row, holds, joined in (
        (significant.iloc[-1], significant["rho"].iloc[-1] > 0, "go together most clearly"),
        (significant.iloc[0], significant["rho"].iloc[0] < 0, "pull apart most"),
    ):
        if holds:
            a, b = (dimensions[str(row[name])].label for name in ("a", "b"))
            first = inline_label(a) if parts else a
            parts.append(f"{first} and {inline_label(b)} {joined} (ρ = {plain(float(row['rho']))})")
    return f"{'; '.join(parts)}."


def _table(turned: pd.DataFrame, measured: pd.Series, dimensions: Mapping[str, Dimension]) -> pd.DataFrame:
    labels = {key: dimension.label for key, dimension in dimensions.items()}
    return pd.DataFrame(
        {
            "First": turned["a"].map(labels),
            "Second": turned["b"].map(labels),
            "Spearman ρ, more is better": turned["rho"],
            "Spearman ρ of the values": measured,
            "p": turned["p"],
            "Models": turned["n"],
            "Significant at 5 %": ["yes" if flag else "no" for flag in turned["significant"]],
        }
    )
