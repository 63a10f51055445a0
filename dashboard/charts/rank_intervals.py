"""How ranks hold given that values were measured on a finite number of images: distances to the leader, in tiers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from dashboard.charts.chart import Chart, listed_note, plain_axis, plain_layout, plotly_figure
from dashboard.charts.palette import NEUTRAL, ZERO
from dashboard.wording import model_count
from wellbehaved.frames import INTERVALS, decision_frame

ROW_HEIGHT = 26
# As many as a screen has room for; the table has all that are listed.
MOST = 20


def measurement(answer: Mapping[str, Any], count: int = MOST) -> Chart:
    """How far the first models lie behind the leader, with the intervals that the tiers rest on.

    Two scores whose own intervals overlap may differ clearly all the same; so what is drawn is what is tested.

    Args:
        answer: of GET /v1/rank-intervals at its default confidence.
        count: how many models are drawn.
    """
    intervals = decision_frame(answer["items"], INTERVALS)
    # A model whose error is not known has no interval to draw, and is counted in the note.
    known = intervals[intervals["behind"].notna()]
    shown = known.head(count)
    labels = [f"{rank}  {name}" for rank, name in zip(shown["rank"], shown["name"], strict=True)]
    reach = (shown["behind_high"] - shown["behind"]).to_list()
    points = {
        "type": "scatter",
        "mode": "markers",
        # Turned, so that to the right is better here as in every chart.
        "x": [-behind for behind in shown["behind"]],
        "y": labels,
        "error_x": {
            "type": "data",
            "array": reach,
            "thickness": 2,
            "color": NEUTRAL,  # the default would be lost on a dark page
            "width": 4,
        },
        "marker": {
            "size": 10,
            "color": NEUTRAL,
            "line": {"color": NEUTRAL, "width": 2},
            # Full marks share the leader's tier.
            "symbol": ["circle" if tier == 1 else "circle-open" for tier in shown["tier"]],
        },
        "customdata": shown[["tier", "rank_low", "rank_high", "score"]].to_numpy().tolist(),
        "hovertemplate": "%{y}<br>%{x:.4f} from the leader, score %{customdata[3]:.4f}<br>tier %{customdata[0]}, "
        "ranks %{customdata[1]} to %{customdata[2]}<extra></extra>",
    }
    leader = {"type": "line", "x0": 0, "x1": 0, "yref": "paper", "y0": 0, "y1": 1, "line": {"color": ZERO, "width": 2}}
    layout = plain_layout(
        90 + ROW_HEIGHT * len(shown),
        shapes=[leader],
        showlegend=False,
        xaxis=plain_axis("QUBA score less the leader's<br>(weighted standard deviations,<br>higher is better)"),
        yaxis={"autorange": "reversed", "automargin": True, "title": None, "ticks": ""},
    )
    return Chart(
        figure=plotly_figure([points], layout),
        finding=_finding(intervals, answer["tiers"]),
        alt=f"Points with 95 % intervals: how far the scores of the first {len(shown)} models lie from the leader's.",
        table=_table(intervals),
        note=_unknown_note(answer["unknown_count"])
        + "Bars: 95 % intervals of the difference to the leader. Full marks: tier 1, which ends before the first model "
        "whose interval leaves 0; hollow ones are in later tiers. Published values came without errors: "
        "theirs are estimated from image counts and rounding." + listed_note(len(intervals), answer["scored"]),
    )


def _unknown_note(models: int) -> str:
    if not models:
        return ""
    return f"The measurement error of {model_count(models)} is not known, so no interval is drawn. "


def _finding(intervals: pd.DataFrame, tiers: Sequence[Mapping[str, int]]) -> str:
    if intervals.empty:
        return "No model here has a score."
    # Counted over all models, of which only some may be listed.
    top = sum(tier["last_place"] - tier["first_place"] + 1 for tier in tiers if tier["tier"] == 1)
    if not top:
        return "No model's measurement error is known under these weights."
    first = intervals[intervals["tier"] == 1]
    leader = first.iloc[0]["name"] if len(first) else f"the model at rank {tiers[0]['best_rank']}"
    if top == 1:
        return f"Within measurement error, only {leader} is in tier 1: all others lie clearly behind."
    return f"Within measurement error, {top - 1} of the others cannot be distinguished from {leader}."


def _table(intervals: pd.DataFrame) -> pd.DataFrame:
    columns = {
        "rank": "Rank",
        "name": "Model",
        "score": "Score",
        "standard_error": "Standard error",
        "behind": "Behind the leader",
        "behind_low": "From",
        "behind_high": "To",
        "rank_low": "Best rank",
        "rank_high": "Worst rank",
        "p_first": "First",
        "tier": "Tier",
    }
    table = intervals[list(columns)].rename(columns=columns)
    table["Error"] = [
        "not known" if unknown else "estimated" if flag else "measured"
        for flag, unknown in zip(intervals["estimated"], intervals["standard_error"].isna(), strict=True)
    ]
    return table
