"""A claim's differences as marks in one line."""

import re
from typing import Any

import pytest

from dashboard.catalogue import Catalogue
from dashboard.charts.forest import turn
from dashboard.charts.palette import BAD, GOOD, NEUTRAL
from dashboard.components import claim_marks
from quba.wording import signed_text
from wellbehaved import Client


@pytest.fixture(scope="module")
def findings(api: Client) -> list[dict[str, Any]]:
    return [dict(each) for each in api.findings()]


def places(html: str, kind: str) -> list[float]:
    return [float(each) for each in re.findall(rf'class="{kind}" style="--at:([\d.]+)', html)]


def test_a_row_for_each_claimed_dimension_on_its_side_of_zero(
    findings: list[dict[str, Any]], catalogue: Catalogue
) -> None:
    most = claim_marks.reach(findings, catalogue.dimensions)
    for finding in findings:
        html = claim_marks.html(finding, catalogue.dimensions, most)
        if finding["correlations"]:
            assert "Correlations" in html
            continue
        raw = next(test for test in finding["tests"] if not test["matched"] and test["quality"] == "all")
        items = {item["dimension"]: item for item in raw["items"] if item["difference"] is not None}
        claimed = [each["dimension"] for each in finding["points"] if each["dimension"] in items]
        middles = [turn(items[key], catalogue.dimensions[key])[1] for key in claimed]
        assert [place > 50 for place in places(html, "mark")] == [middle > 0 for middle in middles]
        colours = re.findall(r"border-color:(#\w+);background:([#\w]+)", html)
        for (border, fill), key, middle in zip(colours, claimed, middles, strict=True):
            significant = items[key]["significant"]
            assert border == ((GOOD if middle > 0 else BAD) if significant else NEUTRAL)
            assert fill == (border if significant else "transparent")
        assert all(signed_text(middle) in html for middle in middles), "also said in words"


def test_the_scale_ends_where_the_farthest_interval_does(findings: list[dict[str, Any]], catalogue: Catalogue) -> None:
    most = claim_marks.reach(findings, catalogue.dimensions)
    drawn = [claim_marks.html(each, catalogue.dimensions, most) for each in findings]
    lefts = [place for html in drawn for place in places(html, "interval")]
    widths = [float(each) for html in drawn for each in re.findall(r'class="interval"[^>]*--wide:([\d.]+)', html)]
    rights = [left + width for left, width in zip(lefts, widths, strict=True)]
    assert min(lefts) >= 2
    assert max(rights) <= 98.1
    assert min(min(lefts), 100 - max(rights)) == pytest.approx(2, abs=0.1)
    ticks = re.findall(r'--at:([\d.]+)">([+−]?\d+)<', claim_marks.scale(most))
    assert ("50.0", "0") in ticks
    assert all(abs(int(text.replace("−", "-"))) <= most for _, text in ticks)


def test_without_a_claim_about_groups_the_scale_still_stands(catalogue: Catalogue) -> None:
    assert claim_marks.reach([], catalogue.dimensions) == 1.0
