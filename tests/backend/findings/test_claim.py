"""A claim with what was found about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from backend.findings.claim import ORIGINS, Claim, Evidence
from backend.findings.schema import Examination
from backend.findings.verdict import VERDICT_MEANINGS, Verdict


@dataclass(frozen=True, kw_only=True)
class _Untested(Claim):
    @property
    def query(self) -> Mapping[str, Any]:
        return {"a": {}}

    def examination(self, evidence: Evidence) -> Examination:
        return Examination(
            a_label=None, b_label=None, tests=[], control=None, points=[], holding=0, verdict=Verdict.UNTESTED,
            verdict_meaning=VERDICT_MEANINGS[Verdict.UNTESTED], sentences=[f"alpha {evidence.alpha}"], correlations=[],
        )  # fmt: skip


def test_a_finding_is_the_claim_and_its_examination() -> None:
    claim = _Untested(
        place=3, key="made", title="Made", statement="It is so.", origin="comparison", caveat="Take care."
    )
    evidence = Evidence(values={}, alpha=0.01)
    found = claim.finding(evidence).model_dump()
    own = {name: found.pop(name) for name in ("key", "title", "statement", "origin", "caveat")}
    assert own == {name: getattr(claim, name) for name in own}
    assert found.pop("origin_meaning") == ORIGINS["comparison"]
    assert found.pop("query") == {"a": {}}
    assert found == claim.examination(evidence).model_dump()
