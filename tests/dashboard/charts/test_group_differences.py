"""Two groups on every dimension."""

from collections.abc import Callable
from typing import Any

import pytest

from dashboard.catalogue import Catalogue
from dashboard.charts.chart import Chart
from dashboard.charts.group_differences import finding, group_differences
from wellbehaved import Client

Checked = Callable[[Chart], Any]
B = {"b": {"head": ["zero-shot"]}}


@pytest.fixture(scope="module")
def answers(api: Client) -> dict[str, Any]:
    """Zero-shot models against all others, whose differences are published."""
    screened = api.post("/v1/group-comparisons", {**B, "quality": "screened"})
    return {"raw": api.post("/v1/group-comparisons", B), "screened": screened}


def test_the_published_differences_are_told(answers: dict[str, Any], catalogue: Catalogue, checked: Checked) -> None:
    chart = group_differences(answers, catalogue.dimensions)
    raw = checked(chart).data[0]
    told = dict(raw.customdata)
    assert told["Class balance"] == "+0.1158"
    assert told["OOD robustness"] == "+0.4633"
    assert told["Calibration error"] == "+0.0293"
    table = chart.table.set_index(["Row", "Test"])
    assert table.loc[("Class balance", "All values, unpaired"), "Models"] == "301 and 25"
    assert {test for _, test in table.index} == {"All values, unpaired", "Flagged values left out"}


def test_to_the_right_the_second_group_is_better(
    answers: dict[str, Any], catalogue: Catalogue, checked: Checked
) -> None:
    figure = checked(group_differences(answers, catalogue.dimensions))
    drawn = {label: x for (label, _), x in zip(figure.data[0].customdata, figure.data[0].x, strict=True)}
    # A larger calibration error is worse, so that the mark lies to the left.
    assert drawn["Calibration error"] < 0 < drawn["OOD robustness"]
    assert "to the right B is better" in figure.layout.xaxis.title.text


def test_the_title_tells_what_is_significant(answers: dict[str, Any], catalogue: Catalogue) -> None:
    chart = group_differences(answers, catalogue.dimensions)
    assert chart.finding.startswith("B is better on ")
    assert "OOD robustness" in chart.finding.split(";")[0]
    assert "calibration error" in chart.finding.split(";")[1]
    nothing = [{**item, "better": None} for item in answers["raw"]["items"]]
    assert finding(nothing, catalogue.dimensions) == "No difference between the groups is significant."


def test_a_dimension_that_was_not_compared_has_no_row_and_says_why(
    answers: dict[str, Any], catalogue: Catalogue, checked: Checked
) -> None:
    first, *rest = [item for item in answers["raw"]["items"] if item["refusal"] is None]
    refused = {**answers["raw"], "items": [{**first, "refusal": "Too few models."}, *rest]}
    chart = group_differences({"raw": refused}, catalogue.dimensions)
    labels = list(checked(chart).layout.yaxis.ticktext)
    assert len(labels) == len(rest)
    assert catalogue.dimensions[first["dimension"]].label not in labels
    assert f"{catalogue.dimensions[first['dimension']].label}: Too few models." in chart.note
