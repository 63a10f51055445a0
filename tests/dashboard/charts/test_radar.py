"""Several models on all dimensions."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from dashboard.catalogue import Catalogue
from dashboard.charts.chart import Chart
from dashboard.charts.radar import by_theme, radar
from wellbehaved import Client

Checked = Callable[[Chart], Any]


def test_one_closed_line_per_model_within_a_rim_that_cuts_nothing(
    api: Client, catalogue: Catalogue, checked: Checked
) -> None:
    chart = radar(api.comparisons.models(["eva02-b-21k", "siglip2-l-16-zs", "resnet50"][::2]), catalogue.for_charts({}))
    figure = checked(chart)
    assert [trace.name for trace in figure.data] == ["EVA02-b (IN-21k)", "ResNet50"]
    for trace in figure.data:
        assert trace.r[0] == trace.r[-1]
    low, high = figure.layout.polar.radialaxis.range
    drawn = [value for trace in figure.data for value in trace.r if value is not None]
    assert low <= min(drawn) <= max(drawn) <= high
    assert len({trace.line.dash for trace in figure.data}) == 2
    assert chart.finding == "Best of these: EVA02-b (IN-21k) on 7, ResNet50 on 2 of 9 dimensions."


@pytest.mark.parametrize("normalisation", ["percentile", "minmax"])
def test_scales_from_worst_to_best(normalisation: str, api: Client, catalogue: Catalogue) -> None:
    answer = api.comparisons.models(["resnet50", "alexnet"], normalisation=normalisation)
    chart = radar(answer, catalogue.for_charts({}))
    assert tuple(chart.figure.layout.polar.radialaxis.range) == (0.0, 1.0)
    assert "worst (0)" in chart.note


def test_missing_values_leave_a_gap_and_no_winner(api: Client, catalogue: Catalogue, checked: Checked) -> None:
    answer = api.comparisons.models(["resnet50", "alexnet"])
    for item in answer["items"]:
        item["standardised"]["accuracy"] = None
    for entry in answer["dimensions"]:
        entry["best"] = []
    chart = radar(answer, catalogue.for_charts({}))
    assert checked(chart).data[0].r[0] is None
    assert chart.finding == "None of these models is best on any dimension alone."


def test_a_far_value_moves_the_rim_and_not_the_value(api: Client, catalogue: Catalogue, checked: Checked) -> None:
    answer = api.comparisons.models(["resnet50", "alexnet"])
    answer["items"][0]["standardised"]["accuracy"] = -7.3
    answer["items"][1]["standardised"]["shape_bias"] = 4.2
    figure = checked(radar(answer, catalogue.for_charts({})))
    assert tuple(figure.layout.polar.radialaxis.range) == (-8.0, 5.0)
    assert -7.3 in figure.data[0].r


def test_dimensions_of_a_theme_stand_beside_each_other(catalogue: Catalogue) -> None:
    mixed = dict(sorted(catalogue.for_charts({}).items(), key=lambda pair: pair[1].label))
    themes = [dimension.theme for dimension in by_theme(mixed).values()]
    assert len(themes) == len(mixed)
    assert sum(one != other for one, other in pairwise(themes)) == len(set(themes)) - 1
