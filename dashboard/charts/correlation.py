"""How the dimensions move together, each turned so that more is better: who gains on one, gains or loses on another."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import pandas as pd

from dashboard.catalogue import Dimension
from dashboard.charts.chart import Markup, plain
from dashboard.charts.palette import tint
from quba.wording import inline_label, signed_text

# Full colour from here on: on a scale to 1 all that occurs would be pale and look alike.
STRONGEST = 0.6


def correlation(pairs: pd.DataFrame, dimensions: Mapping[str, Dimension]) -> Markup:
    """The lower triangle of the correlation matrix of all dimensions and the score.

    Args:
        pairs: of GET /v1/correlations, whose coefficients are of the values as they are measured.
        dimensions: by key, the score among them; pairs of others are left out.
    """
    pairs = pairs[pairs["a"].isin(dimensions) & pairs["b"].isin(dimensions)]
    turned = pairs.assign(rho=turned_rho(pairs, dimensions))
    used = set(pairs["a"]) | set(pairs["b"])
    return Markup(
        markup=_matrix(turned, {key: dimension for key, dimension in dimensions.items() if key in used}),
        finding=_finding(turned, dimensions),
        table=_table(turned, pairs["rho"], dimensions),
        note="Every dimension is turned so that more is better. Blue and above 0: models that are better on one are "
        "better on the other. Orange and below 0: better on one, worse on the other. Bold: significant at 5 %. Grey, "
        "without colour: not significant.",
    )


def turned_rho(pairs: pd.DataFrame, dimensions: Mapping[str, Dimension]) -> pd.Series:
    """The coefficients as they would be if both quantities were better when high."""
    sign = {key: 1.0 if dimension.higher_is_better else -1.0 for key, dimension in dimensions.items()}
    turned: pd.Series = pd.to_numeric(pairs["rho"]) * pairs["a"].map(sign) * pairs["b"].map(sign)
    return turned


def _matrix(pairs: pd.DataFrame, dimensions: Mapping[str, Dimension]) -> str:
    """A table of the page: every number is text, and on a narrow screen names are short."""
    # By the pair and not its order: the service names each pair once, either way round.
    cells = {frozenset((row["a"], row["b"])): _cell(row) for row in pairs.to_dict("records")}
    # Of the lower triangle the first row and the last column would be empty.
    across, down = list(dimensions)[:-1], list(dimensions)[1:]
    heads = "".join(f'<th scope="col"><span>{_label(dimensions[key])}</span></th>' for key in across)
    lines = []
    for place, key in enumerate(down, start=1):
        drawn = "".join(cells.get(frozenset((key, other)), "<td></td>") for other in across[:place])
        lines.append(f'<tr><th scope="row">{_label(dimensions[key])}</th>{drawn}</tr>')
    caption = f"<caption>Spearman rank correlations between {len(dimensions)} quantities</caption>"
    return f'<table class="correlations">{caption}<thead><tr><td></td>{heads}</tr></thead>{"".join(lines)}</table>'


def _label(dimension: Dimension) -> str:
    long, short = escape(dimension.label), escape(dimension.short_label)
    return long if long == short else f'<span class="long">{long}</span><span class="short">{short}</span>'


def _cell(row: Mapping[Any, Any]) -> str:
    """What may be chance keeps its number and has no colour."""
    if pd.isna(row["rho"]):
        return "<td>–</td>"
    text = signed_text(row["rho"])
    if not row["significant"]:
        return f'<td class="chance">{text}</td>'
    return f'<td style="background:{tint(row["rho"], STRONGEST)}"><b>{text}</b></td>'


def _finding(pairs: pd.DataFrame, dimensions: Mapping[str, Dimension]) -> str:
    # The score is made of the dimensions, so that its correlation with them is no finding.
    between = pairs[(pairs["a"] != "score") & (pairs["b"] != "score")]
    # By how far from chance, and not by the coefficient alone: five models reach 0.9 more easily than 300 reach 0.6.
    between = between.assign(distance=between["rho"] * (between["n"] - 1) ** 0.5)
    significant = between[between["significant"].astype(bool)].sort_values("distance")
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
