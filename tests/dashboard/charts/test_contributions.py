"""Scores taken apart."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from dashboard.catalogue import Catalogue
from dashboard.charts.chart import Chart
from dashboard.charts.contributions import contributions, own_contributions
from quba.dimensions import STUDY_DIMENSIONS
from wellbehaved import Client, Ranking

Checked = Callable[[Chart], Any]


def test_the_stacks_add_up_to_the_scores(ranking: Ranking, catalogue: Catalogue, checked: Checked) -> None:
    chart = contributions(ranking.frame, catalogue.dimensions, count=5)
    *stacks, totals = checked(chart).data
    sums = pd.DataFrame([stack.x for stack in stacks]).sum()
    assert list(sums) == pytest.approx(list(totals.x))
    assert chart.finding.startswith("The first 5 gain most from class balance (+")
    assert "lose most on calibration error (−" in chart.finding
    assert len(chart.table) == 5


def test_a_picked_model_that_does_not_lead_comes_last(ranking: Ranking, catalogue: Catalogue) -> None:
    chart = contributions(ranking.frame, catalogue.dimensions, "resnet50", count=3)
    assert list(chart.table["Model"])[-1] == "ResNet50"
    assert len(chart.table) == 4


def test_a_dimension_without_weight_is_not_drawn(api: Client, catalogue: Catalogue, checked: Checked) -> None:
    frame = api.rankings(preset="accuracy").frame
    chart = contributions(frame, catalogue.dimensions, count=1)
    assert [trace.name for trace in checked(chart).data] == ["Accuracy", "Score"]
    assert chart.finding.startswith("The leader gains most from accuracy")


def test_no_scored_model(ranking: Ranking, catalogue: Catalogue) -> None:
    chart = contributions(ranking.frame.assign(score=float("nan")), catalogue.dimensions)
    assert chart.finding == "No model has a score under these weights."


def test_one_model_largest_effect_first(ranking: Ranking, catalogue: Catalogue, checked: Checked) -> None:
    row = ranking.frame.query("model_id == 'hiera-b-plus'").iloc[0]
    chart = own_contributions(row, catalogue.dimensions, ranking.shares)
    (bars,) = checked(chart).data
    assert list(map(abs, bars.x)) == sorted(map(abs, bars.x), reverse=True)
    assert sum(bars.x) == pytest.approx(row["score"])
    assert chart.finding == "1.03 in all: class balance gives most (+1.01), calibration error costs most (−0.53)."


def test_one_model_that_only_loses(ranking: Ranking, catalogue: Catalogue) -> None:
    row = ranking.frame.iloc[0].copy()
    for key in STUDY_DIMENSIONS:
        row[f"contribution.{key}"] = -0.1
    finding = own_contributions(row, catalogue.dimensions, ranking.shares).finding
    assert finding == "−0.90 in all: accuracy costs most (−0.10)."


def test_one_model_without_score(ranking: Ranking, catalogue: Catalogue) -> None:
    row = ranking.frame.iloc[0].copy()
    for key in catalogue.dimensions:
        row[f"contribution.{key}"] = float("nan")
    assert "no score" in own_contributions(row, catalogue.dimensions, ranking.shares).finding
