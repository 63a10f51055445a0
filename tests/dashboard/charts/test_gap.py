"""The distance between two models."""

from collections.abc import Callable
from typing import Any

import pytest

from dashboard.catalogue import Catalogue
from dashboard.charts.chart import Chart
from dashboard.charts.gap import gap
from wellbehaved import Client

Checked = Callable[[Chart], Any]


def test_the_steps_end_at_the_difference(api: Client, catalogue: Catalogue, checked: Checked) -> None:
    told = api.rankings.explanation("resnet50")["to_leader"]
    assert told
    chart = gap(told, catalogue.dimensions)
    (bars,) = checked(chart).data
    assert bars.base[-2] + bars.x[-2] == pytest.approx(told["difference"])
    assert sum(bars.x[:-1]) == pytest.approx(bars.x[-1])
    assert chart.finding == told["sentence"]
    assert len(chart.table) == 10
