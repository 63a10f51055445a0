"""How the dimensions move together."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from dashboard.catalogue import COMPUTED, Catalogue, Dimension
from dashboard.charts.chart import Chart
from dashboard.charts.correlation import STRONGEST, correlation, turned_rho
from dashboard.charts.palette import tint
from wellbehaved import Client

Checked = Callable[[Chart], Any]


@pytest.fixture
def described(catalogue: Catalogue) -> dict[str, Dimension]:
    return {**catalogue.dimensions, "score": COMPUTED["score"]}


def pairs(*rows: tuple[str, str, float | None, bool]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"a": a, "b": b, "rho": rho, "p": 0.01, "n": 50, "significant": significant}
            for a, b, rho, significant in rows
        ]
    )


def cells(chart: Chart, checked: Checked) -> dict[tuple[str, str], tuple[float | None, str]]:
    """Shade and text of each cell, by row and column."""
    (heatmap,) = checked(chart).data
    return {
        (row, column): (heatmap.z[i][j], heatmap.text[i][j])
        for i, row in enumerate(heatmap.y)
        for j, column in enumerate(heatmap.x)
        if heatmap.text[i][j]
    }


def test_every_number_is_shown_and_what_may_be_chance_has_no_colour(
    api: Client, described: dict[str, Dimension], checked: Checked
) -> None:
    found = api.correlations()
    drawn = cells(correlation(found, described), checked)
    labels = {key: dimension.label for key, dimension in described.items()}
    turned = turned_rho(found, described)
    known = 0
    for row, rho in zip(found.to_dict("records"), turned, strict=True):
        shade, text = drawn.get((labels[row["b"]], labels[row["a"]])) or drawn[labels[row["a"]], labels[row["b"]]]
        if pd.isna(rho):
            # One that no model has a value of goes with nothing, which is no matter of chance.
            assert text == "–"
            continue
        known += 1
        assert f"{abs(rho):.2f}" in text
        assert shade == (pytest.approx(rho) if row["significant"] else 0.0)
        assert text.startswith("<b>" if row["significant"] else "(")
    assert known == 45


def test_a_loss_on_what_is_better_when_low_is_a_gain(described: dict[str, Dimension], checked: Checked) -> None:
    found = pairs(
        ("accuracy", "calibration_error", 0.6, True),  # the more accurate, the worse calibrated
        ("calibration_error", "parameters_millions", 0.5, True),  # both worse together is both better together
        ("accuracy", "shape_bias", -0.3, False),
    )
    chart = correlation(found, described)
    drawn = cells(chart, checked)
    assert drawn["Calibration error", "Accuracy"] == (-0.6, "<b>−0.60</b>")
    assert drawn["Parameters", "Calibration error"] == (0.5, "<b>+0.50</b>")
    assert drawn["Shape bias", "Accuracy"] == (0.0, "(−0.30)")
    assert chart.table["Spearman ρ, more is better"].tolist() == [-0.6, 0.5, -0.3]
    assert chart.table["Spearman ρ of the values"].tolist() == [0.6, 0.5, -0.3]
    assert chart.finding == (
        "Calibration error and parameters go together most clearly (ρ = 0.50); "
        "accuracy and calibration error pull apart most (ρ = −0.60)."
    )


def test_good_is_blue_and_bad_is_orange_and_labels_are_whole(
    api: Client, described: dict[str, Dimension], checked: Checked
) -> None:
    (heatmap,) = checked(correlation(api.correlations(), described)).data
    assert heatmap.colorscale[0] == (0.0, tint(-1, STRONGEST))
    assert heatmap.colorscale[-1] == (1.0, tint(1, STRONGEST))
    halves = [(at < 0.5, shade.rsplit(",", 1)[0]) for at, shade in heatmap.colorscale]
    assert len(set(halves)) == 2, "each half has one colour"
    assert set(heatmap.x) | set(heatmap.y) == {dimension.label for dimension in described.values()}


def test_constant_or_unrelated_values(described: dict[str, Dimension], checked: Checked) -> None:
    chart = correlation(pairs(("accuracy", "shape_bias", None, False)), described)
    ((where, (shade, text)),) = cells(chart, checked).items()
    assert (where, text) == (("Shape bias", "Accuracy"), "–")
    assert pd.isna(shade)  # no cell at all, where a zero would be one without colour
    assert chart.finding == "No two dimensions correlate significantly at 5 % among these models."


def test_only_what_holds_is_said(described: dict[str, Dimension]) -> None:
    together = correlation(pairs(("accuracy", "shape_bias", 0.7, True)), described).finding
    assert together == "Accuracy and shape bias go together most clearly (ρ = 0.70)."
    apart = correlation(pairs(("accuracy", "shape_bias", -0.7, True), ("accuracy", "score", 0.9, True)), described)
    assert apart.finding == "Accuracy and shape bias pull apart most (ρ = −0.70)."
