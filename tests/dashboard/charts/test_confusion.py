"""Which class is taken for which."""

from collections.abc import Callable
from typing import Any

from dashboard.charts.chart import Chart
from dashboard.charts.confusion import MOST_PAIRS, confusion

Checked = Callable[[Chart], Any]


def report(names: list[str], *entries: tuple[int, int, int]) -> dict[str, Any]:
    counts = [sum(count for right, _, count in entries if right == place) for place in range(len(names))]
    return {
        "classes": [{"name": name, "count": count} for name, count in zip(names, counts, strict=True)],
        "confusion": [list(entry) for entry in entries],
        "image_count": sum(counts),
    }


def test_each_row_holds_where_the_images_of_a_class_went(checked: Checked) -> None:
    chart = confusion(report(["rose", "tulip"], (0, 0, 8), (0, 1, 2), (1, 0, 5), (1, 1, 5)))
    (matrix,) = checked(chart).data
    assert [list(row) for row in matrix.z] == [[0.8, 0.2], [0.5, 0.5]]
    assert [list(row) for row in matrix.text] == [["8", "2"], ["5", "5"]]
    assert (list(matrix.x), list(matrix.y)) == (["rose", "tulip"], ["rose", "tulip"])
    assert chart.finding == "Most often, tulip is taken for rose: 5 of 10 images; 7 mistakes in all."
    assert chart.table.to_numpy().tolist() == [["tulip", "rose", 5, 10], ["rose", "tulip", 2, 10]]


def test_without_a_mistake_that_is_said(checked: Checked) -> None:
    chart = confusion(report(["a", "b"], (0, 0, 3), (1, 1, 4)))
    assert chart.finding == "None of 7 images was decided wrong."
    assert chart.table.empty
    checked(chart)


def test_a_class_without_images_is_an_empty_row(checked: Checked) -> None:
    chart = confusion(report(["a", "b"], (0, 1, 3)))
    assert [list(row) for row in checked(chart).data[0].z] == [[0.0, 1.0], [0.0, 0.0]]


def test_of_many_classes_the_most_frequent_mistakes_are_drawn(checked: Checked) -> None:
    names = [f"c{place}" for place in range(50)]
    entries = [(place, (place + 1) % 50, place + 1) for place in range(50)]
    chart = confusion(report(names, *entries))
    (bars,) = checked(chart).data
    assert len(bars.x) == MOST_PAIRS
    assert bars.y[0] == "c49 → c0"
    assert list(bars.x) == sorted(bars.x, reverse=True)
    assert len(chart.table) == 50
    assert "Of 50 classes" in chart.note
