"""Distances to the leader with their errors."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from dashboard.charts.chart import Chart
from dashboard.charts.rank_intervals import MOST, measurement
from wellbehaved import Client

Checked = Callable[[Chart], Any]
SOME = {"limit": "2", "models": "alexnet"}


def asked(api: Client) -> tuple[dict[str, Any], pd.DataFrame]:
    """The same question as an answer and as a frame."""
    answer: dict[str, Any] = api.get("/v1/rank-intervals", {"draws": "500"})
    return answer, api.rankings.intervals(draws=500)


def test_what_is_drawn_is_what_separates_the_tiers(api: Client, checked: Checked) -> None:
    answer, intervals = asked(api)
    chart = measurement(answer)
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
    answer, intervals = asked(api)
    table = measurement(answer).table
    assert len(table) == len(intervals)
    assert set(table["Error"]) == {"estimated"}
    assert table["From"].to_list() == intervals["behind_low"].to_list()


def test_titles_of_one_leader_of_none_and_of_unknown_errors(api: Client, checked: Checked) -> None:
    answer, _ = asked(api)
    first, *others = answer["items"]
    alone = measurement(answer | {"tiers": [answer["tiers"][0] | {"last_place": 1}]})
    assert alone.finding == (
        "Within measurement error, only EVA02-b (IN-21k) is in tier 1: all others lie clearly behind."
    )
    assert measurement(answer | {"items": []}).finding == "No model here has a score."
    nothing = dict.fromkeys(("standard_error", "tier", "behind", "behind_low", "behind_high"))
    unknown = [item | nothing for item in answer["items"]]
    chart = measurement(answer | {"items": unknown, "tiers": [], "unknown_count": len(unknown)})
    assert chart.finding == "No model's measurement error is known under these weights."
    assert len(checked(chart).data[0].x) == 0
    assert chart.note.startswith(f"The measurement error of {len(unknown)} models is not known")
    assert set(chart.table["Error"]) == {"not known"}
    hidden = measurement(answer | {"items": [first | nothing, *others[100:]]})
    assert hidden.finding.endswith("of the others cannot be distinguished from the model at rank 1.")


def test_all_models_count_where_some_are_listed(api: Client) -> None:
    everything, some = (measurement(api.get("/v1/rank-intervals", {"draws": "100", **only})) for only in ({}, SOME))
    assert (len(everything.table), len(some.table)) == (326, 3)
    assert everything.finding == some.finding
    assert some.note.endswith(" The table lists 3 of the 326 models.")
    assert "The table lists" not in everything.note
