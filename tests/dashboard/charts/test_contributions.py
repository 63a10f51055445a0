"""Scores taken apart."""

from collections.abc import Callable
from typing import Any

import pytest

from dashboard.catalogue import Catalogue
from dashboard.charts.chart import Chart
from dashboard.charts.contributions import own_contributions
from quba.dimensions import STUDY_DIMENSIONS
from wellbehaved import Ranking

Checked = Callable[[Chart], Any]


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
