"""How the dimensions move together: rank correlations, with those that are not significant left uncoloured."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from dashboard.catalogue import Dimension
from dashboard.charts.chart import Chart, plain, plain_layout, plotly_figure
from dashboard.charts.palette import DIVERGING
from quba.wording import inline_label


def correlation(pairs: pd.DataFrame, dimensions: Mapping[str, Dimension]) -> Chart:
    """The lower triangle of the correlation matrix of all dimensions and the score."""
    used = set(pairs["a"]) | set(pairs["b"])
    keys = [key for key in dimensions if key in used]
    rho, text = _matrix(pairs, keys)
    short = [dimensions[key].short_label for key in keys]
    heatmap = {
        "type": "heatmap",
        "z": rho[1:, :-1].tolist(),
        "x": short[:-1],
        "y": short[1:],
        "text": text[1:, :-1].tolist(),
        "texttemplate": "%{text}",
        "colorscale": [list(stop) for stop in DIVERGING],
        "zmin": -1,
        "zmax": 1,
        "xgap": 2,
        "ygap": 2,
        "hoverongaps": False,
        "hovertemplate": "%{y} and %{x}<br>rank correlation %{text}<extra></extra>",
        "showscale": False,  # every cell carries its number, and a phone needs the room
    }
    quiet = {"showgrid": False, "zeroline": False, "automargin": True}
    layout = plain_layout(
        110 + 42 * len(keys), xaxis={**quiet, "tickangle": -40}, yaxis={**quiet, "autorange": "reversed"}
    )
    return Chart(
        figure=plotly_figure([heatmap], layout),
        finding=_finding(pairs, dimensions),
        alt=f"Matrix of Spearman rank correlations between {len(keys)} quantities.",
        table=_table(pairs, dimensions),
        note="Blue: rise together. Orange: one rises as the other falls. n.s. = not significant at 5 %.",
    )


def _matrix(pairs: pd.DataFrame, keys: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients and their text; what is not significant has no colour and says so."""
    place = {key: index for index, key in enumerate(keys)}
    rho = np.full((len(keys), len(keys)), np.nan)
    text = np.full((len(keys), len(keys)), "", dtype=object)
    for a, b, value, significant in zip(*(pairs[name] for name in ("a", "b", "rho", "significant")), strict=True):
        high, low = sorted((place[a], place[b]))
        if pd.isna(value):
            text[low, high] = "—"
        elif significant:
            rho[low, high] = value
            text[low, high] = plain(value).replace("0.", ".")
        else:
            # Zero gets the scale's near-transparent middle: a cell, but no colour to read a tendency from.
            rho[low, high] = 0.0
            text[low, high] = "n.s."
    return rho, text


def _finding(pairs: pd.DataFrame, dimensions: Mapping[str, Dimension]) -> str:
    significant = pairs[pairs["significant"].astype(bool) & (pairs["a"] != "score") & (pairs["b"] != "score")]
    if significant.empty:
        return "No two dimensions correlate significantly at 5 % among these models."
    strongest = significant.sort_values("rho", key=lambda column: column.abs()).iloc[-1]
    a, b = dimensions[str(strongest["a"])].label, inline_label(dimensions[str(strongest["b"])].label)
    value = float(strongest["rho"])
    verb = "rise together" if value > 0 else "move in opposite directions"
    insignificant = int((~pairs["significant"].astype(bool)).sum())
    share = f"{insignificant} of {len(pairs)} pairs {'is' if insignificant == 1 else 'are'} not significant at 5 %"
    return f"{a} and {b} {verb} most clearly (ρ = {plain(value)}); {share}."


def _table(pairs: pd.DataFrame, dimensions: Mapping[str, Dimension]) -> pd.DataFrame:
    labels = {key: dimension.label for key, dimension in dimensions.items()}
    return pd.DataFrame(
        {
            "First": pairs["a"].map(labels),
            "Second": pairs["b"].map(labels),
            "Spearman ρ": pairs["rho"],
            "p": pairs["p"],
            "Models": pairs["n"],
            "Significant at 5 %": ["yes" if flag else "no" for flag in pairs["significant"]],
        }
    )
