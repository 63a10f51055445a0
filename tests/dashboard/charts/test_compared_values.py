"""Values side by side with their intervals."""

from collections.abc import Callable
from typing import Any

import pytest

from dashboard.catalogue import Catalogue
from dashboard.charts.chart import Chart
from dashboard.charts.compared_values import compared_values, row_offset
from wellbehaved import Client

Checked = Callable[[Chart], Any]
MODELS = ["eva02-b-21k", "hiera-b-plus", "resnet50"]


@pytest.fixture
def answer(api: Client) -> dict[str, Any]:
    return dict(api.comparisons.models(MODELS))


def test_every_value_has_its_mark_and_its_interval(
    answer: dict[str, Any], catalogue: Catalogue, checked: Checked
) -> None:
    figure = checked(compared_values(answer, catalogue.for_charts({})))
    assert [trace.name for trace in figure.data] == [item["name"] for item in answer["items"]]
    measured = [key for key in catalogue.for_charts({}) if answer["items"][0]["standardised"][key] is not None]
    for trace, item in zip(figure.data, answer["items"], strict=True):
        assert list(trace.x) == pytest.approx([item["standardised"][key] for key in measured])
        errors = [1.96 * item["standardised_errors"][key] for key in measured]
        assert list(trace.error_x.array) == pytest.approx(errors)
        assert [round(y) for y in trace.y] == list(range(len(measured)))
    assert list(figure.layout.yaxis.ticktext) == [each.label for each in catalogue.for_charts({}).values()]
    # The first row is on top, and marks of one row stand apart.
    assert figure.layout.yaxis.range[0] > figure.layout.yaxis.range[1]
    assert len({trace.y[0] for trace in figure.data}) == 3


def test_a_hollow_mark_cannot_be_told_from_the_first_model(
    answer: dict[str, Any], catalogue: Catalogue, checked: Checked
) -> None:
    chart = compared_values(answer, catalogue.for_charts({}))
    first, *others = checked(chart).data
    assert not any(symbol.endswith("-open") for symbol in first.marker.symbol)
    clear = 0
    shown = catalogue.for_charts({})
    tested = [entry for entry in answer["dimensions"] if entry["differences"] and entry["key"] in shown]
    for entry, *symbols in zip(tested, *(trace.marker.symbol for trace in others), strict=True):
        told = [each["significant"] for each in entry["differences"]]
        assert [not symbol.endswith("-open") for symbol in symbols] == told
        clear += sum(told)
    assert f"{clear} of 18 differences to EVA02-b (IN-21k) are significant." in chart.finding
    assert "EVA02-b (IN-21k)" in chart.note


def test_the_table_has_values_errors_and_tests(answer: dict[str, Any], catalogue: Catalogue) -> None:
    table = compared_values(answer, catalogue.for_charts({})).table
    assert len(table) == 3 * len(catalogue.for_charts({}))
    row = table.iloc[2]
    assert (row["Dimension"], row["Model"], row["Value"]) == ("Accuracy ↑", "ResNet50", "0.7613")
    assert row["Difference to the first"] == "−0.1213"
    assert float(row["p (Holm)"]) < 0.001
    assert table.iloc[0]["p (Holm)"] == "–"


def test_what_is_missing_or_of_unknown_error_has_no_mark_or_no_test(
    answer: dict[str, Any], catalogue: Catalogue, checked: Checked
) -> None:
    second, third = answer["items"][1:]
    second["standardised"]["accuracy"] = second["scores"]["accuracy"] = None
    third["standardised_errors"]["accuracy"] = third["standard_errors"]["accuracy"] = None
    entry = answer["dimensions"][0]
    entry["differences"] = [
        {**entry["differences"][1], "standard_error": None, "p": None, "p_holm": None, "significant": None}
    ]
    chart = compared_values(answer, catalogue.for_charts({}))
    figure = checked(chart)
    assert len(figure.data[1].x) == 8
    assert figure.data[2].error_x.array[0] == 0
    assert figure.data[2].marker.symbol[0].endswith("-open")
    assert " of 16 differences" in chart.finding
    assert chart.table["Value"][1] == "–"
    assert chart.table["Standard error"][2] == "not known"


def test_nobody_wins_and_nothing_is_tested(answer: dict[str, Any], catalogue: Catalogue) -> None:
    for entry in answer["dimensions"]:
        entry["best"], entry["differences"] = [], []
    assert compared_values(answer, catalogue.for_charts({})).finding == "None is best on any dimension alone."


@pytest.mark.parametrize(
    ("normalisation", "unit"), [("percentile", "worst (0)"), ("minmax", "worst (0)"), ("robust", "standard deviations")]
)
def test_the_axis_names_its_unit_and_direction(
    normalisation: str, unit: str, api: Client, catalogue: Catalogue
) -> None:
    chart = compared_values(api.comparisons.models(MODELS, normalisation=normalisation), catalogue.for_charts({}))
    title = chart.figure.layout.xaxis.title.text
    assert unit in title
    assert "to the right is better" in title


def test_marks_share_a_row_evenly() -> None:
    offsets = [row_offset(place, 6) for place in range(6)]
    assert offsets[0] == -offsets[-1] > -0.5
    assert row_offset(0, 1) == 0


def test_a_fact_that_weighs_differs_for_certain(api: Client, catalogue: Catalogue, checked: Checked) -> None:
    answer = api.comparisons.models(["alexnet", "resnet50"], weights={"macs_billions": 1})
    shown = catalogue.for_charts({"macs_billions": 1})
    figure = checked(compared_values(answer, shown))
    drawn = [key for key in shown if answer["items"][1]["standardised"][key] is not None]
    assert not figure.data[1].marker.symbol[drawn.index("macs_billions")].endswith("-open")
    # Models without another arithmetic are not told apart by it.
    for entry in answer["dimensions"]:
        if entry["key"] == "macs_billions":
            entry["differences"][0]["difference"] = 0.0
    figure = checked(compared_values(answer, shown))
    assert figure.data[1].marker.symbol[drawn.index("macs_billions")].endswith("-open")
