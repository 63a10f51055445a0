"""How far confidence holds."""

from collections.abc import Callable
from typing import Any

import pytest

from dashboard.charts.chart import Chart
from dashboard.charts.reliability import reliability

Checked = Callable[[Chart], Any]


def report(*bins: tuple[int, float, float]) -> dict[str, Any]:
    """Bins of images, mean confidence and accuracy, and one without images."""
    filled = [
        {"low": 0.0, "high": 1.0, "count": count, "confidence": confidence, "accuracy": accuracy}
        for count, confidence, accuracy in bins
    ]
    return {"reliability": [*filled, {"low": 0.0, "high": 0.1, "count": 0, "confidence": None, "accuracy": None}]}


def test_a_point_for_each_bin_with_images(checked: Checked) -> None:
    chart = reliability(report((10, 0.4, 0.3), (40, 0.9, 0.7)))
    ideal, points = checked(chart).data
    assert (list(ideal.x), list(ideal.y)) == ([0, 1], [0, 1])
    assert (list(points.x), list(points.y)) == ([0.4, 0.9], [0.3, 0.7])
    assert points.marker.size[0] == pytest.approx(points.marker.size[1] / 2)
    assert chart.table["Images"].tolist() == [10, 40]


@pytest.mark.parametrize(
    ("bins", "finding"),
    [
        ([(10, 0.4, 0.3), (40, 0.9, 0.7)],
         "On average the model is surer than it is right: mean confidence 0.80, accuracy 0.62."),
        ([(5, 0.5, 0.7)], "On average the model is less sure than it is right: mean confidence 0.50, accuracy 0.70."),
        ([(5, 0.501, 0.499)], "On average the model is as sure as it is right: mean confidence 0.50, accuracy 0.50."),
        ([], "No image was decided."),
    ],
)  # fmt: skip
def test_the_title_is_the_mean_over_all_images(bins: list[tuple[int, float, float]], finding: str) -> None:
    assert reliability(report(*bins)).finding == finding
