"""Contributions side by side."""

from collections.abc import Callable
from typing import Any

import pytest

from dashboard.catalogue import Catalogue
from dashboard.charts.chart import Chart
from dashboard.charts.compared_contributions import compared_contributions
from wellbehaved import Client

Checked = Callable[[Chart], Any]
MODELS = ["eva02-b-21k", "hiera-b-plus", "resnet50"]


@pytest.fixture
def answer(api: Client) -> dict[str, Any]:
    return dict(api.comparisons.models(MODELS))


def test_the_marks_are_the_contributions_and_the_table_adds_up(
    answer: dict[str, Any], catalogue: Catalogue, checked: Checked
) -> None:
    chart = compared_contributions(answer, catalogue.dimensions)
    weighed = [key for key in catalogue.dimensions if answer["weights"].get(key)]
    for trace, item in zip(checked(chart).data, answer["items"], strict=True):
        assert list(trace.x) == pytest.approx([item["contributions"][key] for key in weighed])
        assert sum(chart.table[item["name"]][:-1]) == pytest.approx(chart.table[item["name"]].iloc[-1])
    assert chart.finding == (
        "EVA02-b (IN-21k) is 0.04 ahead of Hiera-B-Plus: +0.57 on calibration error, against −0.67 on class balance."
    )


def test_a_dimension_without_weight_has_no_row(api: Client, catalogue: Catalogue, checked: Checked) -> None:
    answer = api.comparisons.models(MODELS, preset="accuracy")
    chart = compared_contributions(answer, catalogue.dimensions)
    weighed = [each.label for key, each in catalogue.dimensions.items() if answer["weights"][key]]
    assert list(checked(chart).layout.yaxis.ticktext) == weighed
    assert "against" not in chart.finding


def test_scores_that_are_missing_or_equal_are_said(
    answer: dict[str, Any], catalogue: Catalogue, checked: Checked
) -> None:
    first, second, third = answer["items"]
    nothing = {"score": None, "contributions": dict.fromkeys(catalogue.dimensions)}
    third |= nothing
    twin = {**first, "name": "Twin"}
    same = compared_contributions({**answer, "items": [first, twin]}, catalogue.dimensions)
    assert same.finding == "EVA02-b (IN-21k) and Twin have the same score."
    second |= nothing
    alone = compared_contributions(answer, catalogue.dimensions)
    assert alone.finding == "Only EVA02-b (IN-21k) has a score under these weights."
    assert len(checked(alone).data[1].x) == 0
    first |= nothing
    none = compared_contributions(answer, catalogue.dimensions)
    assert none.finding == "None of these models has a score under these weights."
