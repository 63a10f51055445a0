"""All dimensions side by side."""

from collections.abc import Callable
from typing import Any

import pytest

from dashboard.catalogue import Catalogue
from dashboard.charts.chart import Chart
from dashboard.charts.palette import LIGHT
from dashboard.charts.parallel import LEADERS, brushed_limits, parallel
from dashboard.view_state import number_text
from wellbehaved import Ranking

Checked = Callable[[Chart], Any]


def test_every_model_is_drawn_once_at_its_percentiles(ranking: Ranking, catalogue: Catalogue, checked: Checked) -> None:
    chart = parallel(ranking.frame, catalogue.for_charts({}), "resnet50")
    crowd, *rest = checked(chart).data
    rims, front = rest[: LEADERS + 1], rest[LEADERS + 1 :]
    # Each rim lies under its line, and is no model of its own to those who point at it or read the legend.
    assert [rim.y for rim in rims] == [line.y for line in front]
    assert {(rim.line.color, rim.hoverinfo, rim.showlegend) for rim in rims} == {(LIGHT, "skip", False)}
    assert all(rim.line.width > line.line.width for rim, line in zip(rims, front, strict=True))
    assert [line.name for line in front] == ["ResNet50", *ranking.frame["name"].head(LEADERS)]
    behind = {pick[0] for pick in crowd.customdata}
    assert len(behind) == len(ranking.frame) - len(front)
    assert not behind & {line.customdata[0][0] for line in front}
    own = ranking.frame.set_index("model_id").loc["resnet50"]
    shares = [100 * own[f"percentile.{key}"] for key in catalogue.for_charts({})]
    assert [end for end in front[0].y if end is not None] == pytest.approx(
        [share for share in shares if share == share]
    )
    # A gap after each model keeps the lines apart.
    assert len(crowd.x) == (len(catalogue.for_charts({})) + 1) * len(behind)
    assert list(crowd.y[len(catalogue.for_charts({})) :: len(catalogue.for_charts({})) + 1]) == [None] * len(behind)


def test_the_title_is_about_the_picked_model_or_the_leader(ranking: Ranking, catalogue: Catalogue) -> None:
    picked = parallel(ranking.frame, catalogue.for_charts({}), "resnet50")
    assert picked.finding == (
        "ResNet50 is in the better half on 2 of 9 dimensions; its weakest is adversarial robustness."
    )
    leader = parallel(ranking.frame, catalogue.for_charts({}), "")
    assert leader.finding.startswith("EVA02-b (IN-21k) is in the better half")
    # One that the filters hide is not drawn.
    rest = ranking.frame[ranking.frame["model_id"] != "resnet50"]
    assert parallel(rest, catalogue.for_charts({}), "resnet50").finding == leader.finding
    assert parallel(rest.head(0), catalogue.for_charts({}), "resnet50").finding == "No model matches."


def test_the_table_has_what_is_drawn(ranking: Ranking, catalogue: Catalogue) -> None:
    table = parallel(ranking.frame, catalogue.for_charts({}), "").table
    assert len(table) == len(ranking.frame)
    assert list(table.columns[2:]) == [each.label for each in catalogue.for_charts({}).values()]


def test_a_model_without_values_says_so(ranking: Ranking, catalogue: Catalogue) -> None:
    frame = ranking.frame.head(1).copy()
    frame[[f"percentile.{key}" for key in catalogue.for_charts({})]] = float("nan")
    assert parallel(frame, catalogue.for_charts({}), "").finding == "EVA02-b (IN-21k) has no values."


def test_a_box_over_an_axis_is_a_limit_on_its_values(ranking: Ranking, catalogue: Catalogue) -> None:
    keys = list(catalogue.for_charts({}))
    place = keys.index("calibration_error")
    limits = brushed_limits(
        [{"x": [place + 0.3, place - 0.3], "y": [101, 90]}], ranking.frame, catalogue.for_charts({})
    )
    assert set(limits) == {"calibration_error.gte", "calibration_error.lte"}
    kept = ranking.frame[
        ranking.frame["calibration_error"].between(limits["calibration_error.gte"], limits["calibration_error.lte"])
    ]
    # Up is better, and a small calibration error is.
    assert set(kept["model_id"]) == set(ranking.frame[ranking.frame["percentile.calibration_error"] >= 0.9]["model_id"])


def test_several_boxes_limit_several_axes_and_an_empty_one_none(ranking: Ranking, catalogue: Catalogue) -> None:
    boxes = [{"x": [-0.2, 0.2], "y": [50, 100]}, {"x": [1.8, 2.2], "y": [0, 50]}]
    keys = list(catalogue.for_charts({}))
    limits = brushed_limits(boxes, ranking.frame, catalogue.for_charts({}))
    assert {name.rpartition(".")[0] for name in limits} == {keys[0], keys[2]}
    between = [{"x": [0.3, 0.6], "y": [0, 100]}, {"x": [-0.2, 0.2], "y": [200, 300]}]
    assert brushed_limits(between, ranking.frame, catalogue.for_charts({})) == {}


def test_a_limit_keeps_the_models_on_it_after_the_address_was_read_again(
    ranking: Ranking, catalogue: Catalogue
) -> None:
    frame = ranking.frame.copy()
    # Measured here and not published rounded: more digits than an address carries, to be rounded up and down.
    frame["accuracy"] = [(place + 1) / 700 for place in range(len(frame))]
    frame["percentile.accuracy"] = frame["accuracy"]
    for low in range(0, 40, 3):
        limits = brushed_limits([{"x": [-0.2, 0.2], "y": [low, low + 5]}], frame, catalogue.for_charts({}))
        least, most = (float(number_text(limits[f"accuracy.{bound}"])) for bound in ("gte", "lte"))
        inside = frame["accuracy"].between(low / 100, (low + 5) / 100)
        assert list(frame["accuracy"].between(least, most)) == list(inside)


def test_a_limit_on_a_published_value_has_its_digits(ranking: Ranking, catalogue: Catalogue) -> None:
    frame = ranking.frame.head(1).assign(accuracy=0.3)
    limits = brushed_limits([{"x": [-0.2, 0.2], "y": [0, 100]}], frame, catalogue.for_charts({}))
    assert limits == {"accuracy.gte": 0.3, "accuracy.lte": 0.3}
