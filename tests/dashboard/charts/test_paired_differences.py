"""Two models on the images that both saw: what is drawn, said and listed."""

import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from dashboard.catalogue import Catalogue, Dimension
from dashboard.charts.chart import Chart
from dashboard.charts.paired_differences import finding, paired_differences
from dashboard.charts.palette import BAD, GOOD, NEUTRAL
from tests.wellbehaved.test_difference_text import answer, item

Checked = Callable[[Chart], Any]
SCALES = {"accuracy": 0.125, "calibration_error": 0.25, "shape_bias": 0.5, "object_focus": 1.0}


@pytest.fixture
def dimensions(catalogue: Catalogue) -> Mapping[str, Dimension]:
    return {key: replace(catalogue.dimensions[key], scale=scale) for key, scale in SCALES.items()}


@pytest.mark.parametrize(
    ("items", "said"),
    [
        ((item(),), "New [big] is better on accuracy than Old."),
        ((item(), item("shape_bias"), item("calibration_error")),
         "New [big] is better on accuracy and shape bias than Old, but worse on calibration error."),
        ((item(difference=-0.125),), "New [big] is worse on accuracy than Old."),
        ((item(p_holm=0.2),), "New [big] is not shown to differ from Old."),
        ((item(difference=None, low=None, p_holm=None),), "New [big] is not shown to differ from Old."),
        ((item("parameters_millions"),), "New [big] is not shown to differ from Old."),
    ],
)  # fmt: skip
def test_the_finding_names_what_is_more_than_chance(
    dimensions: Mapping[str, Dimension], items: tuple[dict[str, Any], ...], said: str
) -> None:
    assert finding(answer(*items), dimensions) == f"On the same images, {said}"


def test_differences_are_turned_into_the_good_direction_with_their_intervals(
    dimensions: Mapping[str, Dimension], checked: Checked
) -> None:
    lacking = item("object_focus", value_b=None, difference=None, low=None, high=None, p_holm=None, missing_b="failed")
    told = answer(item(), item("calibration_error"), item("shape_bias", p_holm=0.2), lacking, item("unknown"))
    chart = paired_differences(told, dimensions)
    figure = checked(chart)
    (marks,) = figure.data
    assert list(figure.layout.yaxis.ticktext) == ["Accuracy", "Calibration error", "Shape bias"]
    # In standard deviations: 0.125 / 0.125, and where lower is better the other way round.
    assert list(marks.x) == pytest.approx([1.0, -0.5, 0.25])
    assert list(marks.error_x.array) == pytest.approx([0.2, 0.1, 0.05])
    assert list(marks.error_x.arrayminus) == pytest.approx([0.2, 0.1, 0.05])
    assert list(marks.marker.color) == [GOOD, BAD, NEUTRAL]
    assert list(marks.marker.symbol) == ["circle", "circle", "circle-open"]
    assert [tuple(each) for each in marks.customdata][1] == (
        "Calibration error", "+0.12500", "New [big] is worse, more than chance",
    )  # fmt: skip
    assert chart.alt == "Forest plot of 3 dimensions: New [big] minus Old, with intervals."
    assert "95 % intervals" in chart.note


def test_a_difference_of_unknown_error_has_no_bar(dimensions: Mapping[str, Dimension], checked: Checked) -> None:
    chart = paired_differences(answer(item(low=None, high=None, p_holm=None, paired=False)), dimensions)
    (marks,) = checked(chart).data
    assert (list(marks.error_x.array), list(marks.marker.symbol)) == ([0.0], ["circle-open"])
    assert chart.table["95 % interval"].tolist() == ["–"]


def test_the_table_has_a_row_for_what_either_was_measured_on(dimensions: Mapping[str, Dimension]) -> None:
    nobody = item("object_focus", value_a=None, value_b=None, difference=None)
    lacking = item("shape_bias", value_b=None, difference=None, low=None, high=None, p_holm=None, missing_b="failed")
    rows = paired_differences(answer(item(), lacking, nobody, confidence=0.9), dimensions).table.to_dict("records")
    assert rows == [
        {
            "Dimension": "Accuracy ↑", "Difference": "+0.12500", "90 % interval": "+0.10000 to +0.15000",
            "p (Holm)": "0.002", "In words": "New [big] is better, more than chance",
        },
        {
            "Dimension": "Shape bias ↑", "Difference": "–", "90 % interval": "–", "p (Holm)": "–",
            "In words": "New [big]: failed",
        },
    ]  # fmt: skip


def test_without_any_difference_nothing_is_drawn(dimensions: Mapping[str, Dimension]) -> None:
    chart = paired_differences(answer(), dimensions)
    assert chart.is_empty
    assert list(chart.table.columns) == ["Dimension", "Difference", "95 % interval", "p (Holm)", "In words"]


def test_a_notebook_that_draws_it_loads_no_page() -> None:
    code = "import sys, dashboard.charts.paired_differences; sys.exit('streamlit' in sys.modules)"
    assert subprocess.run([sys.executable, "-P", "-c", code], check=False).returncode == 0
