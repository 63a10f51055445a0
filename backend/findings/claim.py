"""A claim: what is said, about which models, and how it is put to the test."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from backend.findings.schema import Examination, Finding
from backend.ranking.pool import Prepared

Origin = Literal["abstract", "comparison"]

ORIGINS: Mapping[Origin, str] = {
    "abstract": "Claimed in the study's abstract.",
    "comparison": "A comparison that the study makes; worded by us, so that there is something to test.",
}


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """The pool that a claim is tested on.

    Attributes:
        values: as published and, second, without flagged values.
        alpha: what counts as significant, after correction.
    """

    values: Mapping[str, Prepared]
    alpha: float


@dataclass(frozen=True, kw_only=True)
class Claim(ABC):
    """What all kinds of claims have.

    Attributes:
        place: order among the claims.
        key: stable name.
        title: what it is about.
        statement: what is claimed, as a sentence that can be true or false.
        origin: who says so.
        caveat: what to keep in mind whatever the tests say.
    """

    place: int
    key: str
    title: str
    statement: str
    origin: Origin
    caveat: str

    @property
    @abstractmethod
    def query(self) -> Mapping[str, Any]:
        """What was asked, so that a reader can ask the same."""

    @abstractmethod
    def examination(self, evidence: Evidence) -> Examination:
        """The tests, a status per claimed point, the verdict and what changes it."""

    def finding(self, evidence: Evidence) -> Finding:
        """The claim with everything that was found."""
        return Finding(
            key=self.key,
            title=self.title,
            statement=self.statement,
            origin=self.origin,
            origin_meaning=ORIGINS[self.origin],
            caveat=self.caveat,
            query=dict(self.query),
            # The fields of an examination are those of a finding, which adds who claims what.
            **dict(self.examination(evidence)),
        )
