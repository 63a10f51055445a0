"""Two groups on every dimension."""

from collections.abc import Callable
from typing import Any

import pytest

from dashboard.catalogue import Catalogue
from dashboard.charts.chart import Chart
from dashboard.charts.group_differences import finding, group_differences
from wellbehaved import Client

Checked = Callable[[Chart], Any]


@pytest.fixture(scope="module")
def answer(api: Client) -> dict[str, Any]:
    """Zero-shot models against all others, whose differences are published."""
    return api.post("/v1/group-comparisons", {"b": {"head": ["zero-shot"]}})


def test_the_published_differences_are_told(answer: dict[str, Any], catalogue: Catalogue, checked: Checked) -> None:
    chart = group_differences(answer, catalogue.dimensions)
    (bars,) = checked(chart).data
    told = dict(zip(bars.y, bars.text, strict=True))
    assert told["Class balance"] == "+0.1158"
    assert told["OOD robustness"] == "+0.4633"
    assert told["Calibration error"] == "+0.0293"
    table = chart.table.set_index("Dimension")
    assert table.loc["Class balance ↑", "Models"] == "301 and 25"
    assert table.loc["Class balance ↑", "B − A"] == "+0.1158"


def test_to_the_right_the_second_group_is_better(
    answer: dict[str, Any], catalogue: Catalogue, checked: Checked
) -> None:
    (bars,) = checked(group_differences(answer, catalogue.dimensions)).data
    drawn = dict(zip(bars.y, bars.x, strict=True))
    # A larger calibration error is worse, so that the bar points to the left.
    assert drawn["Calibration error"] < 0 < drawn["OOD robustness"]


def test_what_may_be_chance_is_hatched_and_left_out_of_the_title(
    answer: dict[str, Any], catalogue: Catalogue, checked: Checked
) -> None:
    chart = group_differences(answer, catalogue.dimensions)
    (bars,) = checked(chart).data
    hatched = {label for label, shape in zip(bars.y, bars.marker.pattern.shape, strict=True) if shape == "/"}
    chance = {catalogue.dimensions[item["dimension"]].label for item in answer["items"] if item["significant"] is False}
    assert hatched == chance
    assert chart.finding.startswith("B is better on ")
    assert "OOD robustness" in chart.finding.split(";")[0]
    assert "calibration error" in chart.finding.split(";")[1]
    nothing = [{**item, "better": None} for item in answer["items"]]
    assert finding(nothing, catalogue.dimensions) == "No difference between the groups is significant."


def test_a_dimension_that_was_not_compared_says_why(
    answer: dict[str, Any], catalogue: Catalogue, checked: Checked
) -> None:
    first, *rest = [item for item in answer["items"] if item["refusal"] is None]
    empty = dict.fromkeys(
        ("mean_a", "mean_b", "difference", "low", "high", "effect_size", "p", "p_holm", "significant")
    )
    refused = {**answer, "items": [{**first, **empty, "refusal": "Too few models."}, *rest]}
    chart = group_differences(refused, catalogue.dimensions)
    assert len(checked(chart).data[0].y) == len(rest)
    assert chart.table.iloc[0]["How"] == "Too few models."
