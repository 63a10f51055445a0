"""Where one model stands."""

from collections.abc import Callable
from typing import Any

import pytest

from dashboard.catalogue import Catalogue
from dashboard.charts.chart import Chart
from dashboard.charts.percentiles import standing
from quba.dimensions import STUDY_DIMENSIONS
from wellbehaved import Client

Checked = Callable[[Chart], Any]


def test_bars_start_from_the_middle(api: Client, catalogue: Catalogue, checked: Checked) -> None:
    model = api.get("/v1/models/hiera-b-plus")
    chart = standing(model["name"], model["standings"], catalogue.dimensions)
    (bars,) = checked(chart).data
    assert bars.base == 50
    for key, end, label in zip(STUDY_DIMENSIONS, bars.x, bars.text, strict=True):
        counts = model["standings"][key]
        assert end + 50 == pytest.approx(100 * counts["better_than"] / counts["others"])
        assert label == f"{counts['better_than']} of {counts['others']}"
    beaten = model["standings"]["accuracy"]["better_than"]
    assert chart.table["Compared"].iloc[0] == f"better than {beaten} of 325 other models"
    assert chart.finding.startswith("Strongest on class balance")


def counts(better_than: int, others: int) -> dict[str, int]:
    return {"better_than": better_than, "level_with": 0, "others": others}


def test_a_missing_value_is_left_out_and_none_at_all_is_said(catalogue: Catalogue) -> None:
    one = standing("Mine", {"accuracy": counts(2, 5), "shape_bias": None}, catalogue.dimensions)
    assert list(one.table["Dimension"]) == ["Accuracy"]
    assert standing("Mine", {}, catalogue.dimensions).finding == "Nothing has been measured for Mine yet."


def test_of_two_models_one_beats_one_of_one_and_a_lonely_one_nobody(catalogue: Catalogue) -> None:
    two = standing("Mine", {"accuracy": counts(1, 1), "shape_bias": counts(0, 1)}, catalogue.dimensions)
    assert two.finding == (
        "Strongest on accuracy (better than 1 of 1 other model), "
        "weakest on shape bias (better than 0 of 1 other model)."
    )
    alone = standing("Mine", {"accuracy": counts(0, 0)}, catalogue.dimensions)
    assert (alone.finding, len(alone.table)) == ("There is no other model to compare Mine with.", 0)
