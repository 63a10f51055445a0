"""Scores with their errors."""

from collections.abc import Callable
from typing import Any

import pytest

from dashboard.charts.chart import Chart
from dashboard.charts.rank_intervals import measurement
from wellbehaved import Client

Checked = Callable[[Chart], Any]


def test_errors_are_drawn_as_intervals_and_tiers_are_counted(api: Client, checked: Checked) -> None:
    intervals = api.rank_intervals(draws=500)
    chart = measurement(intervals)
    (points,) = checked(chart).data
    assert points.error_x.array[0] == pytest.approx(1.96 * intervals["standard_error"].iloc[0])
    assert chart.finding == "Within measurement error, 3 models cannot be distinguished from the best."
    assert set(chart.table["Error"]) == {"estimated"}
    alone = measurement(intervals[(intervals["tier"] > 1) | (intervals["rank"] == 1)])
    assert "is in tier 1" in alone.finding
    assert measurement(intervals.head(0)).finding.startswith("No model")
