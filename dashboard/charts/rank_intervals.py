"""How ranks hold given that every value was measured on a finite number of images: scores with errors, in tiers."""

from __future__ import annotations

import pandas as pd

from dashboard.charts.chart import Chart, plain_axis, plain_layout, plotly_figure
from dashboard.charts.palette import NEUTRAL
from dashboard.wording import model_count

ROW_HEIGHT = 26
MOST = 20
TWO_SIDED_95 = 1.96


def measurement(intervals: pd.DataFrame, count: int = MOST) -> Chart:
    """The first models' scores with their errors, colours changing from tier to tier."""
    known = intervals[intervals["standard_error"].notna()]
    shown = known.head(count)
    labels = [f"{rank}  {name}" for rank, name in zip(shown["rank"], shown["name"], strict=True)]
    points = {
        "type": "scatter",
        "mode": "markers",
        "x": shown["score"].to_list(),
        "y": labels,
        "error_x": {
            "type": "data",
            "array": [TWO_SIDED_95 * error for error in shown["standard_error"]],
            "thickness": 2,
            "color": NEUTRAL,  # the default would be lost on a dark page
            "width": 4,
        },
        "marker": {
            "size": 9,
            "color": NEUTRAL,
            "symbol": ["circle" if tier % 2 else "square" for tier in shown["tier"]],
        },
        "customdata": shown[["tier", "rank_low", "rank_high"]].to_numpy().tolist(),
        "hovertemplate": "%{y}<br>score %{x:.4f}<br>tier %{customdata[0]}, "
        "ranks %{customdata[1]} to %{customdata[2]}<extra></extra>",
    }
    layout = plain_layout(
        80 + ROW_HEIGHT * len(shown),
        showlegend=False,
        xaxis=plain_axis("QUBA score"),
        yaxis={"autorange": "reversed", "automargin": True, "title": None, "ticks": ""},
    )
    return Chart(
        figure=plotly_figure([points], layout),
        finding=_finding(intervals),
        alt=f"Points with error bars: the scores of the first {len(shown)} models.",
        table=_table(intervals),
        note=_unknown_note(len(intervals) - len(known))
        + "Bars: 95 % intervals. Circles and squares alternate from tier to tier; within measurement "
        "error, models of one tier cannot be distinguished from its best. Published values came without errors: theirs "
        "are estimated from image counts and rounding.",
    )


def _unknown_note(models: int) -> str:
    if not models:
        return ""
    return f"The measurement error of {model_count(models)} is not known, so no interval is drawn. "


def _finding(intervals: pd.DataFrame) -> str:
    if intervals.empty:
        return "No model here has a score."
    first = intervals[intervals["tier"] == 1]
    top = len(first)
    if not top:
        return "No model's measurement error is known under these weights."
    if top == 1:
        return f"Within measurement error, only {first.iloc[0]['name']} is in tier 1."
    return f"Within measurement error, {model_count(top)} cannot be distinguished from the best."


def _table(intervals: pd.DataFrame) -> pd.DataFrame:
    columns = {
        "rank": "Rank",
        "name": "Model",
        "score": "Score",
        "standard_error": "Standard error",
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
