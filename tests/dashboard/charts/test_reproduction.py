"""Marks of values measured here around the published ones."""

from collections.abc import Callable
from typing import Any

from dashboard.catalogue import Catalogue
from dashboard.charts.chart import Chart
from dashboard.charts.reproduction import FARTHEST, reproduction

Checked = Callable[[Chart], Any]


def item(
    dimension: str,
    distance: float | None,
    *,
    whole: bool = True,
    flags: tuple[str, ...] = (),
    protocol: str = "as-published",
) -> dict[str, Any]:
    return {
        "model_id": "m", "name": "<M>", "dimension": dimension, "in_standard_errors": distance,
        "measured": {"all_images": whole, "protocol": protocol}, "published": {"flags": list(flags)},
    }  # fmt: skip


def test_a_mark_for_each_known_distance_in_the_row_of_its_dimension(catalogue: Catalogue, checked: Checked) -> None:
    items = [
        item("shape_bias", 1.5), item("accuracy", -0.5), item("accuracy", None), item("accuracy", 3.0, whole=False),
        item("class_balance", -40.0, flags=("train-mode",)), item("beauty", 1.0),
        item("accuracy", 0.3, flags=("train-mode",), protocol="as-released"),
    ]  # fmt: skip
    chart = reproduction(items, catalogue.dimensions, "A finding.")
    whole, flagged, subset, with_defects = checked(chart).data
    assert (list(whole.x), list(whole.y)) == ([1.5, -0.5], ["Shape bias", "Accuracy"])
    # So far out that the axis ends before.
    assert list(flagged.x) == [-FARTHEST]
    assert list(flagged.customdata[0]) == ["m", "&lt;M&gt;", "−40.0"]
    assert (list(subset.x), list(with_defects.x)) == ([3.0], [0.3])
    assert [trace.showlegend for trace in checked(chart).data] == [True] * 4
    assert list(chart.figure.layout.yaxis.categoryarray) == ["Accuracy", "Class balance", "Shape bias"]
    assert chart.table["Standard errors"].tolist() == [1.5, -0.5, 3.0, -40.0, 0.3]
    assert chart.table["Kind"].tolist() == [
        "all images", "all images", "subset of the images", "published value flagged",
        "as released, with its defects",
    ]  # fmt: skip
    assert chart.finding == "A finding."


def test_a_kind_without_marks_has_no_entry_in_the_legend(catalogue: Catalogue, checked: Checked) -> None:
    chart = reproduction([item("accuracy", 0.1)], catalogue.dimensions, "")
    assert [trace.showlegend for trace in checked(chart).data] == [True, False, False, False]
    assert reproduction([], catalogue.dimensions, "").is_empty
