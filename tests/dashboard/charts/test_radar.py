"""Several models on all dimensions."""

from collections.abc import Callable
from typing import Any

import pytest

from dashboard.catalogue import Catalogue
from dashboard.charts.chart import Chart
from dashboard.charts.radar import radar
from wellbehaved import Client

Checked = Callable[[Chart], Any]


def test_one_closed_line_per_model_within_the_rim(api: Client, catalogue: Catalogue, checked: Checked) -> None:
    chart = radar(api.comparisons(["eva02-b-21k", "siglip2-l-16-zs", "resnet50"][::2]), catalogue.dimensions)
    figure = checked(chart)
    assert [trace.name for trace in figure.data] == ["EVA02-b (IN-21k)", "ResNet50"]
    for trace in figure.data:
        assert trace.r[0] == trace.r[-1]
        assert all(value is None or -3 <= value <= 3 for value in trace.r)
    assert len({trace.line.dash for trace in figure.data}) == 2
    assert chart.finding == "Best of these: EVA02-b (IN-21k) on 7, ResNet50 on 2 of 9 dimensions."


@pytest.mark.parametrize("normalisation", ["percentile", "minmax"])
def test_scales_from_worst_to_best(normalisation: str, api: Client, catalogue: Catalogue) -> None:
    answer = api.comparisons(["resnet50", "alexnet"], normalisation=normalisation)
    chart = radar(answer, catalogue.dimensions)
    assert tuple(chart.figure.layout.polar.radialaxis.range) == (0.0, 1.0)
    assert "worst (0)" in chart.note


def test_missing_values_leave_a_gap_and_no_winner(api: Client, catalogue: Catalogue, checked: Checked) -> None:
    answer = api.comparisons(["resnet50", "alexnet"])
    for item in answer["items"]:
        item["standardised"]["accuracy"] = None
    for entry in answer["dimensions"]:
        entry["best"] = []
    chart = radar(answer, catalogue.dimensions)
    assert checked(chart).data[0].r[0] is None
    assert chart.finding == "None of these models is best on any dimension alone."
