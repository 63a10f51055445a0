"""Differences with intervals, as up to three tests see them."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from dashboard.catalogue import Catalogue, Dimension
from dashboard.charts.chart import Chart
from dashboard.charts.forest import KINDS, Row, forest, table, turn
from dashboard.charts.palette import BAD, GOOD, NEUTRAL

Checked = Callable[[Chart], Any]


def item(difference: float | None, *, significant: bool = False, pairs: int | None = None) -> dict[str, Any]:
    ends: dict[str, float | None] = {"low": None, "high": None}
    if difference is not None:
        ends = {"low": difference - 0.1, "high": difference + 0.3}
    return {
        "difference": difference, **ends, "significant": significant, "n_pairs": pairs, "n_a": 20, "n_b": 10,
        "effect_size": 0.5, "p_holm": 0.01,
    }  # fmt: skip


@pytest.fixture
def up(catalogue: Catalogue) -> Dimension:
    return replace(catalogue.dimensions["accuracy"], scale=0.2)


@pytest.fixture
def down(catalogue: Catalogue) -> Dimension:
    return replace(catalogue.dimensions["calibration_error"], scale=0.1)


def test_differences_are_in_standard_deviations_and_turned_with_their_intervals(up: Dimension, down: Dimension) -> None:
    assert turn(item(0.4), up) == pytest.approx((1.5, 2.0, 3.5))
    # Where low is better, the upper end becomes the lower one.
    assert turn(item(0.4), down) == pytest.approx((-7.0, -4.0, -3.0))
    assert turn({**item(0.4), "low": None, "high": None}, up) == pytest.approx((2.0, 2.0, 2.0))


def test_each_test_is_a_mark_of_its_own_beside_the_others(up: Dimension, down: Dimension, checked: Checked) -> None:
    rows = [
        Row("First", up, {"raw": item(0.4, significant=True), "matched": item(0.1), "screened": item(None)}),
        Row("Second", down, {"raw": item(0.2, significant=True)}),
    ]
    figure = checked(forest(rows, "A title.", "B", "And this."))
    raw, matched, screened, *keys = figure.data
    assert [trace.name for trace in (raw, matched, screened)] == list(KINDS.values())
    assert list(raw.x) == pytest.approx([2.0, -2.0])
    assert list(raw.marker.color) == [GOOD, BAD]
    assert list(raw.error_x.array) == pytest.approx([1.5, 1.0])
    assert list(raw.error_x.arrayminus) == pytest.approx([0.5, 3.0])
    assert list(matched.marker.color) == [NEUTRAL]
    assert list(matched.marker.symbol) == ["diamond-open"]
    assert len(screened.x) == 0, "a test that could not be made has no mark"
    assert raw.y[0] < matched.y[0]
    assert list(figure.layout.yaxis.ticktext) == ["First", "Second"]
    # A mark's colour is a verdict; the legend speaks of its shape.
    assert [(key.name, key.marker.color, key.marker.symbol) for key in keys] == [
        ("All values, unpaired", NEUTRAL, "circle"),
        ("Matched pairs", NEUTRAL, "diamond"),
    ]
    assert not any(trace.showlegend for trace in (raw, matched, screened))


def test_the_table_has_each_mark_in_its_own_unit(up: Dimension) -> None:
    rows = [Row("First", up, {"raw": item(0.4), "matched": item(0.1, pairs=7), "screened": item(None)})]
    found = table(rows)
    assert found["Test"].tolist() == ["All values, unpaired", "Matched pairs"]
    assert found["Models"].tolist() == ["20 and 10", "7 pairs"]
    assert found["Difference"].tolist() == ["+0.4000", "+0.1000"]
    assert found["Interval"][0] == "+0.3000 to +0.7000"
    assert list(table([]).columns) == list(found.columns)


def test_title_note_and_axis_say_what_is_drawn(up: Dimension) -> None:
    chart = forest([Row("First", up, {"raw": item(0.4)})], "A title.", "B", "And this.")
    assert chart.finding == "A title."
    assert chart.note == "And this."
    assert "to the right B is better" in chart.figure.layout.xaxis.title.text
    assert "1 row:" in chart.alt
