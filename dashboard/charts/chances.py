"""How often each model is first when the weights change: the number that says how sure the answer is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from dashboard.charts.chart import Chart, plain_axis, plain_layout, plotly_figure
from dashboard.charts.palette import FAINT, NEUTRAL
from dashboard.wording import model_count
from quba.wording import percent

ROW_HEIGHT = 28
ABLE = 0.01
MOST = 10
REST = "All others"

Item = Mapping[str, Any]


def chances(answer: Mapping[str, Any]) -> Chart:
    """A bar for each model that is first in 1 % of the sampled weights or more, and one for all others together.

    Args:
        answer: of GET /v1/stability.
    """
    items: Sequence[Item] = answer["winners"]
    shown = [item for item in items if item["p_first"] >= ABLE][:MOST]
    # Models with equal values are first together, so that the shares may add up to more than all.
    rest = max(0.0, 1 - sum(item["p_first"] for item in shown))
    labels = [str(item["name"]) for item in shown]
    shares = [float(item["p_first"]) for item in shown]
    if items and answer["scored"] > len(shown):
        labels, shares = [*labels, REST], [*shares, rest]
    bars = {
        "type": "bar",
        "orientation": "h",
        "y": labels,
        "x": [100 * share for share in shares],
        "marker": {"color": [FAINT if label == REST else NEUTRAL for label in labels]},
        "text": [share_text(share) for share in shares],
        "textposition": "outside",
        "cliponaxis": False,
        "hovertemplate": "%{y}: first in %{text}<extra></extra>",
    }
    layout = plain_layout(
        90 + ROW_HEIGHT * len(labels),
        showlegend=False,
        bargap=0.35,
        # Room for the numbers, which stand outside the bars.
        xaxis=plain_axis("First (% of the sampled weights)", range=[0, 115], tickvals=[0, 25, 50, 75, 100]),
        yaxis={"autorange": "reversed", "automargin": True, "title": None, "ticks": ""},
    )
    return Chart(
        figure=plotly_figure([bars], layout),
        finding=_finding(answer, items),
        alt=f"Bars: in what share of {answer['draws']:,} sampled weights each model is first.",
        table=pd.DataFrame({"Model": labels, "First": [share_text(share) for share in shares]}),
        note=f"{sampling(answer)} A model with less than 1 % counts among the others.",
    )


def sampling(answer: Mapping[str, Any]) -> str:
    """How the weights were sampled, as a sentence."""
    if answer["around"] == "anything":
        return f"{answer['draws']:,} weights, drawn uniformly from all that there are."
    return (
        f"{answer['draws']:,} weights around yours (each weight times a random factor, standard deviation "
        f"{answer['jitter']:g} on a log scale)."
    )


def share_text(share: float) -> str:
    """A share in per cent; one that would round to 0 or to all of them is not called so."""
    if 0 < share < 0.005:
        return "under 1 %"
    return "over 99 %" if 0.995 <= share < 1 else percent(share)


def _finding(answer: Mapping[str, Any], items: Sequence[Item]) -> str:
    if not items:
        return "No model here has a score."
    which = "all" if answer["around"] == "anything" else "nearby"
    best = items[0]
    text = f"{best['name']} is first in {share_text(best['p_first'])} of {which} weightings"
    others = sum(item["p_first"] >= ABLE for item in items) - 1
    if others > 0:
        return f"{text}, {items[1]['name']} in {share_text(items[1]['p_first'])}; {_rivals(others + 1)} in 1 % or more."
    return f"{text}; no other model is in 1 % or more."


def _rivals(able: int) -> str:
    return f"{model_count(able)} are first"
