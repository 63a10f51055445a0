"""The study's claims as forest plots."""

from collections.abc import Callable
from typing import Any

import pytest

from dashboard.catalogue import Catalogue
from dashboard.charts.chart import Chart
from dashboard.charts.claims import claims, marks_of, order
from wellbehaved import Client

Checked = Callable[[Chart], Any]


@pytest.fixture(scope="module")
def findings(api: Client) -> list[dict[str, Any]]:
    return [dict(each) for each in api.findings()]


def test_every_claim_about_groups_has_a_row_for_each_claimed_dimension(
    findings: list[dict[str, Any]], catalogue: Catalogue, checked: Checked
) -> None:
    for finding in findings:
        chart = claims(finding, catalogue.dimensions)
        if finding["correlations"]:
            assert chart is None
            continue
        assert chart is not None
        labels = [f"{catalogue.dimensions[each['dimension']].label} ({each['claimed']})" for each in finding["points"]]
        assert list(checked(chart).layout.yaxis.ticktext) == labels
        assert chart.finding.startswith(f"{finding['title']}: {finding['holding']} of {len(labels)} claimed")
        assert chart.note == f"B: {finding['b_label']}. A: {finding['a_label']}."


def test_the_marks_are_the_service_s_tests(
    findings: list[dict[str, Any]], catalogue: Catalogue, checked: Checked
) -> None:
    finding = next(each for each in findings if each["key"] == "pre-training-data")
    found = marks_of(finding, "accuracy")
    assert set(found) == {"raw", "matched", "screened"}
    assert round(found["matched"]["difference"], 4) == 0.0221
    assert found["matched"]["n_pairs"] == 20
    chart = claims(finding, catalogue.dimensions)
    assert chart is not None
    matched = checked(chart).data[1]
    assert dict(matched.customdata)["Accuracy (better)"] == "+0.0221"
    unmatched = next(each for each in findings if each["key"] == "transformers")
    assert "matched" not in {
        kind for kind, item in marks_of(unmatched, "accuracy").items() if item["difference"] is not None
    }


def test_the_firmest_claims_come_first(findings: list[dict[str, Any]]) -> None:
    verdicts = [finding["verdict"] for finding in order(findings)]
    assert verdicts == sorted(verdicts, key=["firm", "supported", "partly", "unsupported", "untested"].index)
    assert order([{"verdict": "new word"}, {"verdict": "firm"}])[0]["verdict"] == "firm"
    assert len(verdicts) == len(findings)
