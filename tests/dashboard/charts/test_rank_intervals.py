"""Distances to the leader with their errors."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from dashboard.charts.chart import Chart
from dashboard.charts.rank_intervals import MOST, measurement
from wellbehaved import Client

Checked = Callable[[Chart], Any]


def test_what_is_drawn_is_what_separates_the_tiers(api: Client, checked: Checked) -> None:
    intervals = api.rankings.intervals(draws=500)
    chart = measurement(intervals)
    (points,) = checked(chart).data
    assert len(points.x) == MOST
    assert list(points.x) == pytest.approx(list(-intervals["behind"].head(MOST)))
    assert (points.x[0], points.error_x.array[0]) == (0, 0)
    crossing = [x + reach >= 0 for x, reach in zip(points.x, points.error_x.array, strict=True)]
    full = [symbol == "circle" for symbol in points.marker.symbol]
    # A reader who counts the bars that reach the leader's line gets the number in the title.
    told = crossing.index(False)
    assert full == [place < told for place in range(MOST)]
    assert chart.finding == (
        f"Within measurement error, {told - 1} of the others cannot be distinguished from EVA02-b (IN-21k)."
    )
    assert told == int((intervals["tier"] == 1).sum())


def test_the_table_has_the_interval_and_the_basis_of_each_error(api: Client) -> None:
    intervals = api.rankings.intervals(draws=500)
    table = measurement(intervals).table
    assert len(table) == len(intervals)
    assert set(table["Error"]) == {"estimated"}
    assert table["From"].to_list() == intervals["behind_low"].to_list()


def test_titles_of_one_leader_of_none_and_of_unknown_errors(api: Client, checked: Checked) -> None:
    intervals = api.rankings.intervals(draws=500)
    alone = measurement(intervals[(intervals["tier"] > 1) | (intervals["rank"] == 1)])
    assert alone.finding == (
        "Within measurement error, only EVA02-b (IN-21k) is in tier 1: all others lie clearly behind."
    )
    assert measurement(intervals.head(0)).finding == "No model here has a score."
    unknown = intervals.assign(
        **dict.fromkeys(("standard_error", "tier", "behind", "behind_low", "behind_high"), np.nan)
    )
    chart = measurement(unknown)
    assert chart.finding == "No model's measurement error is known under these weights."
    assert len(checked(chart).data[0].x) == 0
    assert chart.note.startswith(f"The measurement error of {len(unknown)} models is not known")
    assert set(chart.table["Error"]) == {"not known"}
