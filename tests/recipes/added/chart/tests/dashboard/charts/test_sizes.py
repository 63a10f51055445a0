"""How large the models are."""

from collections.abc import Callable
from typing import Any

from dashboard.charts.sizes import sizes  # type: ignore[import-not-found,unused-ignore]

from dashboard.charts.chart import Chart
from wellbehaved import Ranking

Checked = Callable[[Chart], Any]


def test_every_model_is_counted(ranking: Ranking, checked: Checked) -> None:
    chart = sizes(ranking.frame)
    (bars,) = checked(chart).data
    assert len(bars.x) == len(chart.table) == 326
    assert chart.finding.startswith("Half of these 326 models")
