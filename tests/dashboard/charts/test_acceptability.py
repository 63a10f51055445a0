"""Rank intervals under other weights."""

from collections.abc import Callable
from typing import Any

from dashboard.charts.acceptability import acceptability
from dashboard.charts.chart import Chart
from wellbehaved import Client

Checked = Callable[[Chart], Any]


def test_bars_reach_from_the_best_rank_to_the_worst(api: Client, checked: Checked) -> None:
    answer = api.rankings.stability(draws=500)
    chart = acceptability(answer)
    bars, points = checked(chart).data
    second = answer["items"][1]
    assert bars.base[1] == second["rank_low"]
    assert bars.base[1] + bars.x[1] == second["rank_high"]
    assert list(points.x) == [item["rank"] for item in answer["items"][:20]]
    assert len(chart.table) == len(answer["items"])
    leader = answer["items"][0]
    told = f"has ranks {leader['rank_low']} to {leader['rank_high']} in {answer['confidence']:.0%}".replace("%", " %")
    assert chart.finding == f"{leader['name']} {told} of the sampled weights."


def test_a_leader_that_keeps_its_rank_is_said_to(api: Client, checked: Checked) -> None:
    answer = api.rankings.stability(draws=100)
    first = {**answer["items"][0], "rank_low": 1, "rank_high": 1}
    chart = acceptability({**answer, "items": [first]})
    assert " keeps rank 1 in " in chart.finding
    assert checked(chart).data[0].x[0] > 0, "it still has a mark"


def test_no_scored_model_is_said(api: Client) -> None:
    assert acceptability({**api.rankings.stability(draws=100), "items": []}).finding.startswith(
        "No model here has a score"
    )
