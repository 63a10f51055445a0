"""How often each model is first."""

from collections.abc import Callable
from typing import Any

import pytest

from dashboard.charts.chances import REST, chances, share_text
from dashboard.charts.chart import Chart
from wellbehaved import Client

Checked = Callable[[Chart], Any]


def answer(*shares: float, around: str = "weights") -> dict[str, Any]:
    items: list[dict[str, Any]] = [
        {"rank": place, "name": f"Model {place}", "p_first": share} for place, share in enumerate(shares, start=1)
    ]
    winners = sorted((item for item in items if item["p_first"]), key=lambda item: -item["p_first"])
    return {"winners": winners, "scored": len(items), "draws": 1000, "around": around, "jitter": 0.25}


def test_the_bars_are_the_shares_of_the_service_and_add_up(api: Client, checked: Checked) -> None:
    found = api.rankings.stability(draws=500)
    chart = chances(found)
    (bars,) = checked(chart).data
    able = sorted((item for item in found["items"] if item["p_first"] >= 0.01), key=lambda item: -item["p_first"])
    assert list(bars.y[:-1]) == [item["name"] for item in able]
    assert list(bars.x[:-1]) == pytest.approx([100 * item["p_first"] for item in able])
    assert bars.y[-1] == REST
    assert sum(bars.x) == pytest.approx(100)
    assert chart.finding.startswith(f"{able[0]['name']} is first in ")
    assert f"{len(able)} models are first in 1 % or more." in chart.finding
    assert "500 weights around yours" in chart.note


def test_the_most_frequent_leader_comes_first_even_where_another_has_rank_1(checked: Checked) -> None:
    chart = chances(answer(0.2, 0.7, 0.1))
    assert list(checked(chart).data[0].y) == ["Model 2", "Model 1", "Model 3"]
    assert chart.finding == (
        "Model 2 is first in 70 % of nearby weightings, Model 1 in 20 %; 3 models are first in 1 % or more."
    )


def test_many_rivals_are_cut_and_their_share_kept(checked: Checked) -> None:
    chart = chances(answer(*[0.05] * 20))
    (bars,) = checked(chart).data
    assert len(bars.y) == 11
    assert bars.x[-1] == pytest.approx(50)
    assert "20 models are first" in chart.finding
    assert chart.table["First"].tolist() == list(bars.text)


def test_one_that_always_leads(checked: Checked) -> None:
    chart = chances(answer(0.998, 0.002, around="anything"))
    assert chart.finding == "Model 1 is first in over 99 % of all weightings; no other model is in 1 % or more."
    assert list(checked(chart).data[0].text) == ["over 99 %", "under 1 %"]
    assert "drawn uniformly" in chart.note


def test_nobody_has_a_score(checked: Checked) -> None:
    chart = chances(answer())
    assert chart.finding == "No model here has a score."
    assert len(checked(chart).data[0].y) == 0
    assert chart.table.empty


@pytest.mark.parametrize(
    ("share", "text"), [(0.0, "0 %"), (0.004, "under 1 %"), (0.55, "55 %"), (0.996, "over 99 %"), (1.0, "100 %")]
)
def test_nothing_is_rounded_to_never_or_to_always(share: float, text: str) -> None:
    assert share_text(share) == text
