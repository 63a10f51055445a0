"""How often each class is recognised."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from dashboard.charts.chart import Chart
from dashboard.charts.class_recalls import MOST, class_recalls

Checked = Callable[[Chart], Any]


def row(name: str, right: int, count: int) -> dict[str, Any]:
    recall = right / count if count else None
    return {
        "name": name, "count": count, "right": right, "decided": right, "recall": recall,
        "recall_interval": [max(recall - 0.1, 0.0), min(recall + 0.2, 1.0)] if recall is not None else None,
        "precision": None,
    }  # fmt: skip


def report(*rows: dict[str, Any]) -> dict[str, Any]:
    return {"classes": list(rows), "image_count": sum(each["count"] for each in rows)}


def test_the_least_recognised_class_comes_first_with_its_interval(checked: Checked) -> None:
    chart = class_recalls(report(row("rose", 8, 10), row("tulip", 3, 10), row("daisy", 5, 10)))
    (points,) = checked(chart).data
    assert list(points.y) == ["tulip", "daisy", "rose"]
    assert list(points.x) == pytest.approx([30, 50, 80])
    assert list(points.error_x.array) == pytest.approx([20, 20, 20])
    assert list(points.error_x.arrayminus) == pytest.approx([10, 10, 10])
    assert chart.finding == "tulip has the lowest recall, 30 % of 10 images; the highest is 80 %."
    assert chart.table["Class"].tolist() == ["rose", "tulip", "daisy"]


@pytest.mark.parametrize(
    ("rows", "finding"),
    [
        ([row("a", 1, 2), row("b", 1, 2)], "Every class has the same recall, 50 %."),
        ([row("a", 1, 2), row("b", 1, 2), row("c", 2, 2)],
         "2 classes have the lowest recall, 50 %; the highest is 100 %."),
        ([row("a", 0, 0)], "No class has an image."),
    ],
)  # fmt: skip
def test_the_title_says_no_more_than_the_numbers(rows: list[dict[str, Any]], finding: str, checked: Checked) -> None:
    chart = class_recalls(report(*rows))
    assert chart.finding == finding
    checked(chart)


def test_a_class_without_images_has_no_point_and_stays_in_the_table(checked: Checked) -> None:
    chart = class_recalls(report(row("a", 1, 2), row("empty", 0, 0)))
    assert list(checked(chart).data[0].y) == ["a"]
    assert chart.table["Class"].tolist() == ["a", "empty"]
    assert np.isnan(chart.table["Recall"].tolist()[1])


def test_of_many_classes_the_worst_are_drawn_and_all_stand_in_the_table(checked: Checked) -> None:
    chart = class_recalls(report(*(row(f"class {place}", place, 60) for place in range(60))))
    assert list(checked(chart).data[0].y) == [f"class {place}" for place in range(MOST)]
    assert len(chart.table) == 60
    assert "Of 60 classes" in chart.note
