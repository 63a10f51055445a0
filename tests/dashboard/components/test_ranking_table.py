"""What the table draws."""

import re

import pytest

from dashboard.catalogue import Catalogue
from dashboard.components.ranking_table import shade, table_data
from wellbehaved import Client, Ranking


def test_the_stack_of_each_row_fits_and_adds_up(ranking: Ranking, catalogue: Catalogue) -> None:
    data = table_data(ranking, catalogue, "", "-score", 0)
    widest = 0.0
    for row in data["rows"]:
        for part in row["stack"]["parts"]:
            assert part["left"] >= -0.01
            widest = max(widest, part["left"] + part["width"])
    assert widest == pytest.approx(100, abs=0.05)
    assert data["rows"][0]["stack"]["text"].startswith("Accuracy +0.40, Adversarial robustness +0.01")


def test_a_doubtful_value_has_no_colour_but_a_reason(ranking: Ranking, catalogue: Catalogue) -> None:
    hiera = table_data(ranking, catalogue, "", "-score", 0)["rows"][1]
    calibration = hiera["values"][4]
    assert calibration == {"text": "0.0130", "doubt": True, "title": "Softmax applied twice"}
    assert "shade" in hiera["values"][0]
    flag = hiera["flags"][0]
    assert (flag["text"], flag["touches"]) == ("Softmax applied twice", "Calibration error, Class balance")
    assert flag["title"].startswith("Calibration error and class balance look")
    better = (ranking.frame["accuracy"] < ranking.frame["accuracy"][1]).sum()
    assert hiera["values"][0]["title"] == f"Accuracy: better than {better} of 325 other models"


def test_gains_and_losses_against_the_default(api: Client, catalogue: Catalogue) -> None:
    rows = table_data(api.rankings(preset="edge"), catalogue, "", "-score", 0)["rows"]
    tones = {row["change"]["tone"] for row in rows}
    assert {"up", "down"} <= tones
    for row in rows:
        if row["change"]["tone"] == "up":
            before, now = map(int, re.findall(r"\d+", row["change"]["title"]))
            assert row["change"]["text"] == f"▲ {before - now}"


def test_columns_say_direction_and_how_they_sort(ranking: Ranking, catalogue: Catalogue) -> None:
    columns = {column["label"]: column for column in table_data(ranking, catalogue, "", "-score", 0)["columns"]}
    assert columns["Cal. err."]["sort"] == "calibration_error"
    assert columns["Acc."]["sort"] == "-accuracy"
    assert "lower is better" in columns["Cal. err."]["title"]


@pytest.mark.parametrize(("percentile", "colour"), [(1.0, "0,114,178"), (0.0, "230,140,0")])
def test_the_shade_diverges_from_the_middle(percentile: float, colour: str) -> None:
    assert shade(percentile) == f"rgba({colour},0.420)"
    assert shade(0.5).endswith(",0.000)")
