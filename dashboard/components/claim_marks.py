"""A claim's differences as small marks in one line: a row for each claimed dimension, on one scale for all claims."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from math import asinh
from typing import Any

from dashboard.catalogue import Dimension
from dashboard.charts.claims import marks_of
from dashboard.charts.forest import turn
from dashboard.charts.palette import verdict_colour
from quba.wording import signed_text

Finding = Mapping[str, Any]
# Even steps to the eye, for the scale is logarithmic far from 0.
TICKS = (-10.0, -3.0, -1.0, 0.0, 1.0, 3.0, 10.0)


def reach(findings: Sequence[Finding], dimensions: Mapping[str, Dimension]) -> float:
    """The largest difference or end of an interval among all claims, in standard deviations; at least 1."""
    ends = [abs(end) for finding in findings for _, drawn, _ in _rows(finding, dimensions) for end in drawn]
    return max(1.0, *ends) if ends else 1.0


def html(finding: Finding, dimensions: Mapping[str, Dimension], most: float) -> str:
    """The marks of one claim, or a line that says where its figures are.

    Args:
        finding: an item of GET /v1/findings.
        dimensions: by key.
        most: where the scale ends, of `reach`.
    """
    rows = _rows(finding, dimensions)
    if not rows:
        return '<div class="claim-marks"><small>Correlations, listed inside.</small></div>'
    said = ", ".join(f"{name} {signed_text(drawn[1])}" for name, drawn, _ in rows)
    drawn = "".join(_row(ends, most, significant=significant) for _, ends, significant in rows)
    label = escape(f"Differences in standard deviations, above 0 where B is better: {said}", quote=True)
    zero = '<i class="zero"></i>'
    return f'<div class="claim-marks" role="img" aria-label="{label}" title="{label}">{zero}{drawn}</div>'


def scale(most: float) -> str:
    """The scale above the marks; equal steps far from 0 take less room than close to it."""
    ticks = "".join(
        f'<span style="--at:{_place(tick, most):.1f}">{signed_text(tick, 0)}</span>'
        for tick in TICKS
        if abs(tick) <= most
    )
    return (
        f'<div class="claim-scale"><span class="ends">← B worse · standard deviations · B better →</span>{ticks}</div>'
    )


def _rows(finding: Finding, dimensions: Mapping[str, Dimension]) -> list[tuple[str, tuple[float, float, float], bool]]:
    """Label, difference between its ends and significance of each claimed dimension that was compared."""
    found = []
    for point in finding["points"]:
        item = marks_of(finding, point["dimension"]).get("raw") if point["dimension"] in dimensions else None
        if item is not None and item["difference"] is not None:
            dimension = dimensions[point["dimension"]]
            found.append((dimension.label, turn(item, dimension), bool(item["significant"])))
    return found


def _row(ends: tuple[float, float, float], most: float, *, significant: bool) -> str:
    low, middle, high = (_place(end, most) for end in ends)
    colour = verdict_colour(ends[1] if significant else 0.0)
    fill = colour if significant else "transparent"
    return (
        f'<div class="row"><i class="interval" style="--at:{low:.1f};--wide:{high - low:.1f}"></i>'
        f'<i class="mark" style="--at:{middle:.1f};border-color:{colour};background:{fill}"></i></div>'
    )


def _place(value: float, most: float) -> float:
    """Per cent from the left end; a margin of 2 is left for the marks themselves."""
    # Straight close to 0, where most differences lie, and like a logarithm far from it: else one claim of many standard
    # deviations would press all others together.
    return 50 + 48 * asinh(max(-most, min(most, value))) / asinh(most)
