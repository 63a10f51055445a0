"""How the dimensions move together."""

from collections.abc import Callable
from typing import Any

import pandas as pd

from dashboard.catalogue import COMPUTED, Catalogue
from dashboard.charts.chart import Chart
from dashboard.charts.correlation import correlation
from wellbehaved import Client

Checked = Callable[[Chart], Any]


def test_what_may_be_chance_has_no_colour_and_says_so(api: Client, catalogue: Catalogue, checked: Checked) -> None:
    pairs = api.correlations()
    chart = correlation(pairs, {**catalogue.dimensions, "score": COMPUTED["score"]})
    (heatmap,) = checked(chart).data
    cells = [
        (value, text)
        for values, texts in zip(heatmap.z, heatmap.text, strict=True)
        for value, text in zip(values, texts, strict=True)
        if text
    ]
    # One that no model has a value of goes with nothing, which is no matter of chance.
    known = pairs[pairs["rho"].notna()]
    cells = [(value, text) for value, text in cells if text != "—"]
    assert len(cells) == len(known) == 45
    marked = [value for value, text in cells if text == "n.s."]
    assert len(marked) == int((~known["significant"].astype(bool)).sum())
    assert set(marked) == {0.0}
    assert chart.finding.startswith("Corruption robustness and OOD robustness rise together")


def test_constant_or_unrelated_values(catalogue: Catalogue, checked: Checked) -> None:
    pairs = pd.DataFrame(
        {"a": ["accuracy"], "b": ["shape_bias"], "rho": [None], "p": [None], "n": [5], "significant": [False]}
    )
    chart = correlation(pairs, catalogue.dimensions)
    assert checked(chart).data[0].text[0][0] == "—"
    assert chart.finding == "No two dimensions correlate significantly at 5 % among these models."


def test_opposite_directions(catalogue: Catalogue) -> None:
    pairs = pd.DataFrame(
        {"a": ["accuracy"], "b": ["shape_bias"], "rho": [-0.7], "p": [0.001], "n": [50], "significant": [True]}
    )
    assert "move in opposite directions" in correlation(pairs, catalogue.dimensions).finding
