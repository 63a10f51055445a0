"""Two qualities against each other."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from dashboard.catalogue import Catalogue
from dashboard.charts.chart import Chart
from dashboard.charts.tradeoff import apart, front, tradeoff
from wellbehaved import Client, Ranking

Checked = Callable[[Chart], Any]


def small(catalogue: Catalogue, accuracy: list[float], size: list[float]) -> pd.Series:
    frame = pd.DataFrame({"accuracy": accuracy, "parameters_millions": size})
    return front(frame, catalogue.axis("parameters_millions"), catalogue.axis("accuracy"))


def test_the_front_respects_directions_twins_and_gaps(catalogue: Catalogue) -> None:
    assert list(small(catalogue, [0.8, 0.7, 0.8, 0.9], [10, 20, 10, 50])) == [True, False, True, True]
    assert list(small(catalogue, [0.8, float("nan")], [10, 1])) == [True, False]
    assert list(small(catalogue, [], [])) == []


@pytest.mark.parametrize(
    ("x", "y"), [("accuracy", "shape_bias"), ("parameters_millions", "calibration_error"), ("accuracy", "object_focus")]
)
def test_the_front_is_the_interface_s(x: str, y: str, api: Client, ranking: Ranking, catalogue: Catalogue) -> None:
    ours = set(ranking.frame[front(ranking.frame, catalogue.axis(x), catalogue.axis(y))]["model_id"])
    layers = api.comparisons.pareto([x, y])
    assert ours == set(layers[layers["on_front"].astype(bool)]["model_id"])


def test_each_architecture_has_its_colour_and_symbol(ranking: Ranking, catalogue: Catalogue, checked: Checked) -> None:
    chart = tradeoff(
        ranking.frame,
        catalogue.axis("parameters_millions"),
        catalogue.axis("accuracy"),
        catalogue.architectures,
        "resnet50",
    )
    figure = checked(chart)
    groups = [trace for trace in figure.data if trace.mode == "markers" and trace.name]
    assert len({trace.marker.color for trace in groups}) == len({trace.marker.symbol[0] for trace in groups}) == 4
    assert figure.layout.xaxis.type == "log"
    assert "log scale" in figure.layout.xaxis.title.text
    (tag,) = figure.layout.annotations
    assert tag.text == "ResNet50"
    assert tag.x == pytest.approx(np.log10(25.6))
    assert set(chart.table["On the Pareto front"]) == {"yes", ""}
    assert chart.finding.endswith("not dominated on parameters and accuracy together.")


def test_doubtful_points_are_hollow(ranking: Ranking, catalogue: Catalogue, checked: Checked) -> None:
    chart = tradeoff(
        ranking.frame, catalogue.axis("calibration_error"), catalogue.axis("accuracy"), catalogue.architectures
    )
    symbols = [symbol for trace in checked(chart).data if trace.mode == "markers" for symbol in trace.marker.symbol]
    assert sum(symbol.endswith("-open") for symbol in symbols) == sum(
        "calibration_error" in flagged for flagged in ranking.frame["flagged"]
    )


def test_a_rank_axis_puts_the_best_on_top(ranking: Ranking, catalogue: Catalogue) -> None:
    chart = tradeoff(ranking.frame, catalogue.axis("score"), catalogue.axis("rank"), catalogue.architectures)
    assert chart.figure.layout.yaxis.autorange == "reversed"
    assert chart.finding.startswith("1 of 326 models is not dominated")


def test_the_same_quality_twice_and_nothing_at_all(ranking: Ranking, catalogue: Catalogue) -> None:
    accuracy = catalogue.axis("accuracy")
    assert "choose two different ones" in tradeoff(ranking.frame, accuracy, accuracy, ()).finding
    empty = ranking.frame.assign(accuracy=float("nan"))
    assert (
        tradeoff(empty, accuracy, catalogue.axis("score"), ()).finding == "No model has both accuracy and QUBA score."
    )


def test_a_colour_keeps_its_meaning_when_filters_change(
    ranking: Ranking, catalogue: Catalogue, checked: Checked
) -> None:
    axes = catalogue.axis("shape_bias"), catalogue.axis("accuracy"), catalogue.architectures
    colours = [
        {trace.name: trace.marker.color for trace in checked(tradeoff(frame, *axes)).data}
        for frame in (ranking.frame, ranking.frame[ranking.frame["architecture"] == "transformer"])
    ]
    assert colours[0]["Transformer"] == colours[1]["Transformer"]


def test_names_stand_on_the_outer_side_of_the_front_and_apart(
    ranking: Ranking, catalogue: Catalogue, checked: Checked
) -> None:
    size, accuracy = catalogue.axis("parameters_millions"), catalogue.axis("accuracy")
    figure = checked(tradeoff(ranking.frame, size, accuracy, catalogue.architectures))
    (names,) = [trace for trace in figure.data if trace.mode == "text"]
    members = ranking.frame[front(ranking.frame, size, accuracy)]
    assert set(names.text) <= set(members["name"])
    assert 5 <= len(names.text) <= len(members)
    # Fewer parameters are to the left, and more accuracy is above.
    assert names.textposition == "top left"
    best = members.sort_values("accuracy")["name"].iloc[-1]
    assert best in names.text
    other = checked(tradeoff(ranking.frame, accuracy, catalogue.axis("calibration_error"), ()))
    assert next(trace for trace in other.data if trace.mode == "text").textposition == "bottom right"


def test_names_have_room_beside_the_points(ranking: Ranking, catalogue: Catalogue, checked: Checked) -> None:
    size, accuracy = catalogue.axis("parameters_millions"), catalogue.axis("accuracy")
    low, high = checked(tradeoff(ranking.frame, size, accuracy, ())).layout.xaxis.range
    sizes = np.log10(ranking.frame["parameters_millions"].to_numpy(float))
    assert sizes.min() - low > 2 * (high - sizes.max()) > 0
    low, high = checked(tradeoff(ranking.frame, accuracy, size, ())).layout.xaxis.range
    assert high - ranking.frame["accuracy"].max() > 2 * (ranking.frame["accuracy"].min() - low) > 0
    one = ranking.frame.head(1)
    assert checked(tradeoff(one, accuracy, size, ())).layout.xaxis.range is None
    assert checked(tradeoff(ranking.frame, catalogue.axis("rank"), accuracy, ())).layout.xaxis.range is None


def test_very_many_points_are_drawn_without_a_shape_each(
    ranking: Ranking, catalogue: Catalogue, checked: Checked, monkeypatch: pytest.MonkeyPatch
) -> None:
    axes = catalogue.axis("parameters_millions"), catalogue.axis("accuracy"), catalogue.architectures
    assert {trace.type for trace in checked(tradeoff(ranking.frame, *axes)).data} == {"scatter"}
    monkeypatch.setattr("dashboard.charts.tradeoff.MOST_SHAPES", 325)
    points = [trace for trace in checked(tradeoff(ranking.frame, *axes)).data if trace.mode == "markers"]
    assert {trace.type for trace in points} == {"scattergl"}


def test_names_that_would_lie_on_each_other_are_left_out(catalogue: Catalogue) -> None:
    x, y = catalogue.axis("shape_bias"), catalogue.axis("accuracy")
    members = pd.DataFrame(
        {"shape_bias": [0.0, 0.01, 0.5, 1.0], "accuracy": [1.0, 0.99, 0.5, 0.0], "name": list("abcd")}
    )
    assert apart(members, x, y)["name"].tolist() == ["a", "c", "d"]
    assert apart(members.head(1), x, y)["name"].tolist() == ["a"]
    twins = members.head(2).assign(shape_bias=0.3, accuracy=0.8)
    assert apart(twins, x, y)["name"].tolist() == ["a"]
