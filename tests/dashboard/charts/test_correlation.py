"""How the dimensions move together."""

import re
from dataclasses import replace

import pandas as pd
import pytest

from dashboard.catalogue import COMPUTED, Catalogue, Dimension
from dashboard.charts.chart import Markup
from dashboard.charts.correlation import STRONGEST, correlation, turned_rho
from dashboard.charts.palette import tint
from wellbehaved import Client


@pytest.fixture
def described(catalogue: Catalogue) -> dict[str, Dimension]:
    return {**catalogue.for_charts({}), "score": COMPUTED["score"]}


def pairs(*rows: tuple[str, str, float | None, bool]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"a": a, "b": b, "rho": rho, "p": 0.01, "n": 50, "significant": significant}
            for a, b, rho, significant in rows
        ]
    )


def cells(drawn: Markup) -> dict[tuple[str, str], tuple[str, str]]:
    """Ground and text of each cell, by the long names of row and column."""
    head, *lines = re.findall(r"<tr>(.*?)</tr>", drawn.markup)
    columns = [label(each) for each in re.findall(r"<th [^>]*>(.*?)</th>", head)]
    found: dict[tuple[str, str], tuple[str, str]] = {}
    for line in lines:
        (name,) = re.findall(r"<th [^>]*>(.*?)</th>", line)
        texts = re.findall(r"<td([^>]*)>(.*?)</td>", line)
        found |= {(label(name), columns[place]): cell for place, cell in enumerate(texts) if cell[1]}
    return found


def label(markup: str) -> str:
    long = re.search(r'class="long">(.*?)</span>', markup)
    return long[1] if long else re.sub("<.*?>", "", markup)


def test_every_number_is_shown_and_what_may_be_chance_has_no_colour(
    api: Client, described: dict[str, Dimension]
) -> None:
    every = api.comparisons.correlations()
    # The service has the pairs of facts too, which are drawn where they weigh.
    found = every[every["a"].isin(described) & every["b"].isin(described)]
    assert set(every["a"]) - set(described) == {"macs_billions", "activations_millions"}
    drawn = cells(correlation(found, described))
    labels = {key: dimension.label for key, dimension in described.items()}
    turned = turned_rho(found, described)
    known = 0
    for row, rho in zip(found.to_dict("records"), turned, strict=True):
        ground, text = drawn.get((labels[row["b"]], labels[row["a"]])) or drawn[labels[row["a"]], labels[row["b"]]]
        if pd.isna(rho):
            # One that no model has a value of goes with nothing, which is no matter of chance.
            assert text == "–"
            continue
        known += 1
        assert f"{abs(rho):.2f}" in text
        shade = f' style="background:{tint(rho, STRONGEST)}"'
        assert ground == (shade if row["significant"] else ' class="chance"')
        assert text.startswith("<b>") == row["significant"]
    assert known == 45


def test_a_loss_on_what_is_better_when_low_is_a_gain(described: dict[str, Dimension]) -> None:
    found = pairs(
        ("accuracy", "calibration_error", 0.6, True),  # the more accurate, the worse calibrated
        ("calibration_error", "parameters_millions", 0.5, True),  # both worse together is both better together
        ("accuracy", "shape_bias", -0.3, False),
    )
    chart = correlation(found, described)
    drawn = cells(chart)
    assert drawn["Calibration error", "Accuracy"][1] == "<b>−0.60</b>"
    assert drawn["Parameters", "Calibration error"][1] == "<b>+0.50</b>"
    assert drawn["Shape bias", "Accuracy"] == (' class="chance"', "−0.30")
    assert chart.table["Spearman ρ, more is better"].tolist() == [-0.6, 0.5, -0.3]
    assert chart.table["Spearman ρ of the values"].tolist() == [0.6, 0.5, -0.3]
    assert chart.finding == (
        "Calibration error and parameters go together most clearly (ρ = 0.50); "
        "accuracy and calibration error pull apart most (ρ = −0.60)."
    )


def test_every_name_is_there_whole_and_short_and_escaped(api: Client, described: dict[str, Dimension]) -> None:
    odd = replace(described["accuracy"], label="<b>A & B</b>", short_label="A<B")
    drawn = correlation(api.comparisons.correlations(), {**described, "accuracy": odd}).markup
    for dimension in described.values():
        if dimension.key != "accuracy":
            assert dimension.label in drawn
            assert dimension.short_label in drawn
    assert "&lt;b&gt;A &amp; B&lt;/b&gt;" in drawn
    assert "A<B" not in drawn


def test_constant_or_unrelated_values(described: dict[str, Dimension]) -> None:
    chart = correlation(pairs(("accuracy", "shape_bias", None, False)), described)
    ((where, (ground, text)),) = cells(chart).items()
    assert (where, text) == (("Shape bias", "Accuracy"), "–")
    assert ground == ""  # neither a colour nor what is grey because it may be chance
    assert chart.finding == "No two dimensions correlate significantly at 5 % among these models."


def test_only_what_holds_is_said(described: dict[str, Dimension]) -> None:
    together = correlation(pairs(("accuracy", "shape_bias", 0.7, True)), described).finding
    assert together == "Accuracy and shape bias go together most clearly (ρ = 0.70)."
    apart = correlation(pairs(("accuracy", "shape_bias", -0.7, True), ("accuracy", "score", 0.9, True)), described)
    assert apart.finding == "Accuracy and shape bias pull apart most (ρ = −0.70)."


def test_a_few_models_do_not_outdo_many(described: dict[str, Dimension]) -> None:
    found = pairs(
        ("accuracy", "class_balance", 0.9, True), ("accuracy", "shape_bias", 0.8, True),
        ("object_focus", "shape_bias", -0.9, True), ("class_balance", "object_focus", -0.6, True),
    )  # fmt: skip
    few = found.assign(n=[5, 326, 5, 326])
    assert correlation(few, described).finding == (
        "Accuracy and shape bias go together most clearly (ρ = 0.80); class balance and object focus pull apart most "
        "(ρ = −0.60)."
    )
