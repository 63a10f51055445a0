"""Where one model stands."""

from collections.abc import Callable
from typing import Any

from dashboard.catalogue import Catalogue
from dashboard.charts.chart import Chart
from dashboard.charts.standing import standing
from wellbehaved import Client

Checked = Callable[[Chart], Any]


def test_bars_start_from_the_middle(api: Client, catalogue: Catalogue, checked: Checked) -> None:
    model = api.model("hiera-b-plus")
    chart = standing(model["name"], model["percentiles"], catalogue.dimensions)
    (bars,) = checked(chart).data
    assert bars.base == 50
    assert list(chart.table["Better than"]) == [model["percentiles"][key] for key in catalogue.dimensions]
    assert chart.finding.startswith("Strongest on class balance")


def test_a_missing_value_is_left_out_and_none_at_all_is_said(catalogue: Catalogue) -> None:
    one = standing("Mine", {"accuracy": 0.4, "shape_bias": None}, catalogue.dimensions)
    assert list(one.table["Dimension"]) == ["Accuracy"]
    assert standing("Mine", {}, catalogue.dimensions).finding == "Nothing has been measured for Mine yet."
