"""The study's claims as one forest plot: a row for each claimed dimension, turned into the claimed direction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dashboard.catalogue import Dimension
from dashboard.charts.chart import Chart
from dashboard.charts.forest import Row, forest

Finding = Mapping[str, Any]


def claims(finding: Finding, dimensions: Mapping[str, Dimension]) -> Chart | None:
    """The claimed dimensions of one claim; None for a claim that is not about two groups.

    Args:
        finding: an item of GET /v1/findings.
        dimensions: by key.
    """
    points = [point for point in finding["points"] if point["dimension"] in dimensions]
    if not finding["tests"] or not points:
        return None
    rows = [
        Row(_label(point, dimensions), dimensions[point["dimension"]], marks_of(finding, point["dimension"]))
        for point in points
    ]
    return forest(rows, _title(finding, len(points)), "B", f"B: {finding['b_label']}. A: {finding['a_label']}.")


def marks_of(finding: Finding, dimension: str) -> dict[str, Mapping[str, Any]]:
    """The tests on a dimension by the marks of the plot; matched pairs without flagged values have no mark."""
    found = {}
    for test in finding["tests"]:
        kind = _kind(test)
        item = next((each for each in test["items"] if each["dimension"] == dimension), None)
        if kind and item is not None:
            found[kind] = item
    return found


def _kind(test: Mapping[str, Any]) -> str:
    if test["matched"]:
        # A row has room for three marks; pairs without flagged values are in the table of the claim.
        return "matched" if test["quality"] == "all" else ""
    return "raw" if test["quality"] == "all" else "screened"


def _label(point: Mapping[str, Any], dimensions: Mapping[str, Dimension]) -> str:
    return f"{dimensions[point['dimension']].label} ({point['claimed']})"


def _title(finding: Finding, points: int) -> str:
    held = f"{finding['holding']} of {points} claimed differences hold with and without flagged values"
    return f"{finding['title']}: {held}."


def order(findings: Sequence[Finding]) -> list[Finding]:
    """Claims by how well they hold, the firmest first; those of equal standing as the study has them."""
    standing = ["firm", "supported", "partly", "unsupported", "untested"]
    # A verdict that is new to this page comes last and is not lost.
    return sorted(findings, key=lambda each: standing.index(each["verdict"]) if each["verdict"] in standing else 9)
