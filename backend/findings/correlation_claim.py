"""A claim that dimensions go together over all models: rank correlations."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Literal

from backend.findings.claim import Claim, Evidence
from backend.findings.schema import Examination, FindingCorrelation, FindingPoint
from backend.findings.verdict import (
    STATUS_MEANINGS,
    VERDICT_MEANINGS,
    Cell,
    Cells,
    Outcome,
    holding,
    sentences,
    status,
    verdict,
)
from backend.ranking.pool import Prepared
from quba.deciding.significance import holm
from quba.dimensions import DIMENSIONS, STUDY_DIMENSIONS
from quba.ranking.statistics import place_correlation, value_places

Sign = Literal["positive", "negative"]


@dataclass(frozen=True, kw_only=True)
class CorrelationClaim(Claim):
    """What is claimed of pairs of dimensions.

    Attributes:
        expected: per pair of dimensions, the sign that its correlation is said to have.
    """

    expected: Mapping[tuple[str, str], Sign]

    @property
    def query(self) -> Mapping[str, Any]:
        """GET /v1/correlations takes no groups."""
        return {}

    def examination(self, evidence: Evidence) -> Examination:
        """All correlations of the study's dimensions, corrected for their number, with and without flagged values."""
        found = {
            quality: _correlations(prepared, quality, evidence.alpha) for quality, prepared in evidence.values.items()
        }
        points = {pair: self._cells(pair, found) for pair in self.expected}
        texts = {
            f"{DIMENSIONS[a].inline_label} with {DIMENSIONS[b].inline_label} ({self.expected[a, b]})": each
            for (a, b), each in points.items()
        }
        statuses = {pair: status(cells) for pair, cells in points.items()}
        reached = verdict(list(statuses.values()))
        return Examination(
            a_label=None,
            b_label=None,
            tests=[],
            control=None,
            points=[
                FindingPoint(
                    dimension=f"{a},{b}",
                    claimed=self.expected[a, b],
                    status=each,
                    status_meaning=STATUS_MEANINGS[each],
                    outcomes=list(points[a, b].outcomes),
                )
                for (a, b), each in statuses.items()
            ],
            holding=holding(list(statuses.values())),
            verdict=reached,
            verdict_meaning=VERDICT_MEANINGS[reached],
            sentences=[*_counts(found), *sentences(texts)],
            correlations=[item for items in found.values() for item in items],
        )

    def _cells(self, pair: tuple[str, str], found: Mapping[str, list[FindingCorrelation]]) -> Cells:
        # Either order: the claim names a pair, and combinations list it in the order of the dimensions.
        cells = [
            Cell(outcome=_outcome(next(item for item in items if {item.a, item.b} == set(pair)), self.expected[pair]))
            for items in found.values()
        ]
        return Cells(groups=(cells[0], cells[1]), pairs=None)


def _outcome(item: FindingCorrelation, expected: Sign) -> Outcome:
    if item.rho is None:
        return Outcome.TOO_FEW
    if not item.significant:
        return Outcome.NOT_SIGNIFICANT
    return Outcome.AS_CLAIMED if (item.rho > 0) == (expected == "positive") else Outcome.OPPOSITE


def _correlations(prepared: Prepared, quality: str, alpha: float) -> list[FindingCorrelation]:
    # The study's alone: its claims must not pay, in the correction, for dimensions that it never had.
    places = {key: value_places(prepared.snapshot.column(key)) for key in STUDY_DIMENSIONS}
    pairs = list(combinations(STUDY_DIMENSIONS, 2))
    found = [place_correlation(places[a], places[b]) for a, b in pairs]
    defined = [place for place, one in enumerate(found) if one.p is not None]
    # Only pairs that have a p count as tests; a constant column must not make the others pay.
    corrected = dict(zip(defined, holm([found[place].p or 0.0 for place in defined]), strict=True))
    return [
        FindingCorrelation(
            quality=quality,
            a=a,
            b=b,
            rho=one.rho,
            p=one.p,
            p_holm=corrected.get(place),
            n=one.n,
            significant=None if place not in corrected else corrected[place] < alpha,
            significant_uncorrected=None if one.p is None else one.p < alpha,
        )
        for place, ((a, b), one) in enumerate(zip(pairs, found, strict=True))
    ]


def _counts(found: Mapping[str, list[FindingCorrelation]]) -> list[str]:
    texts = {"all": "With all values", "screened": "Without flagged values"}
    told = []
    for quality, items in found.items():
        plain = sum(bool(item.significant_uncorrected) for item in items)
        kept = sum(bool(item.significant) for item in items)
        told.append(f"{texts[quality]}, {plain} of {len(items)} pairs correlate; {kept} do once corrected for so many.")
    return told
