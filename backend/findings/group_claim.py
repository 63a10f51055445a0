"""A claim that one group of models is better or worse than another on some dimensions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from jaxtyping import Bool

from backend.findings.claim import Claim, Evidence, spoken
from backend.findings.verdict import VERDICT_MEANINGS, Outcome, Status, holding, sentences, status, verdict
from backend.view.comparison import comparison_item, labels, others
from backend.view.prepared import Prepared
from backend.view.view import Filters
from quba.dimensions import DIMENSIONS
from quba.groups import Method, compared
from quba.question import QuestionError

Group = Mapping[str, tuple[str, ...]]
Direction = Literal["better", "worse"]
PLAIN: Group = {"training": ("supervised",), "recipe": ("none",), "architecture": ("cnn", "transformer")}
"""Supervised training without the A1 to A3 recipes, of networks other than B-cos: what others are compared with."""

PLAIN_LABEL = "supervised CNNs and transformers"

_DRAWS = 1_000
_SEED = 0
_NO_PAIRS = "These models share nothing that they could be matched by."


def all_better(*, but: tuple[str, ...] = ("parameters_millions",)) -> dict[str, Direction]:
    """The claim that b is better throughout, size aside: nobody claims that more parameters come for free."""
    return {key: "better" for key in DIMENSIONS if key not in but}


@dataclass(frozen=True, kw_only=True)
class GroupClaim(Claim):
    """Two groups and what is claimed of b against a.

    Attributes:
        a: filters of the group that is compared with; None for all models not in b.
        b: filters of the group that the claim is about.
        a_label: the group in words; `b_label` alike.
        paired_by: what matches models of the two groups; None where nothing can.
        expected: per claimed dimension, whether b is said to be better or worse.
    """

    a: Group | None
    b: Group
    a_label: str
    b_label: str
    paired_by: Literal["backbone", "lineage"] | None
    expected: Mapping[str, Direction]

    @property
    def query(self) -> Mapping[str, Any]:
        """The body of POST /v1/group-comparisons that asks the same in matched pairs."""
        groups = {"a": self.a, "b": self.b}
        written = {
            name: None if group is None else {field: list(values) for field, values in group.items()}
            for name, group in groups.items()
        }
        return {**written, "paired_by": self.paired_by}

    def examined(self, evidence: Evidence) -> dict[str, Any]:
        """Four tests: with all values and without flagged ones, group against group and in matched pairs."""
        tests = [
            self._test(prepared, quality, matched=matched, alpha=evidence.alpha)
            for matched in (False, True)
            for quality, prepared in evidence.values.items()
        ]
        points = {key: self._status(key, tests) for key in self.expected}
        texts = {f"{spoken(key)} {self.expected[key]}": found for key, found in points.items()}
        reached = verdict(list(points.values()))
        return {
            "a_label": self.a_label,
            "b_label": self.b_label,
            "tests": tests,
            "points": [
                {"dimension": key, "claimed": self.expected[key], "status": found} for key, found in points.items()
            ],
            "holding": holding(list(points.values())),
            "verdict": reached,
            "verdict_meaning": VERDICT_MEANINGS[reached],
            "sentences": sentences(texts),
            "correlations": [],
        }

    def _status(self, key: str, tests: list[dict[str, Any]]) -> Status:
        outcomes = [self._outcome(key, test) for test in tests]
        return status((outcomes[0], outcomes[1]), (outcomes[2], outcomes[3]))

    def _outcome(self, key: str, test: Mapping[str, Any]) -> Outcome:
        item = next((item for item in test["items"] if item["dimension"] == key), None)
        if item is None or item["significant"] is None:
            return Outcome.NOT_TESTED
        if item["better"] is None:
            return Outcome.NOT_SIGNIFICANT
        found = "better" if item["better"] == "b" else "worse"
        return Outcome.AS_CLAIMED if found == self.expected[key] else Outcome.OPPOSITE

    def _test(self, prepared: Prepared, quality: str, *, matched: bool, alpha: float) -> dict[str, Any]:
        a, b = self._members(prepared)
        paired_by = self.paired_by if matched else None
        told = {"quality": quality, "matched": matched, "models_a": int(a.sum()), "models_b": int(b.sum())}
        if matched and paired_by is None:
            return {**told, "n_pairs": None, "items": [], "refusal": _NO_PAIRS}
        try:
            found = compared(
                prepared.snapshot.columns, b, a, rng=np.random.default_rng(_SEED),
                paired_by=labels(prepared, paired_by), method=Method(draws=_DRAWS, confidence=1 - alpha),
            )  # fmt: skip
        except QuestionError as error:
            text = str(error)
            return {**told, "n_pairs": None, "items": [], "refusal": text[:1].upper() + text[1:]}
        items = [comparison_item(one, paired=matched, alpha=alpha) for one in found]
        pairs = max(item["n_a"] for item in items) if matched else None
        return {**told, "n_pairs": pairs, "items": items, "refusal": None}

    def _members(self, prepared: Prepared) -> tuple[Bool[np.ndarray, " models"], Bool[np.ndarray, " models"]]:
        b = prepared.mask(_filters(self.b))
        return others(prepared, b, self.b) if self.a is None else prepared.mask(_filters(self.a)), b


def _filters(group: Group) -> Filters:
    return Filters(choices=group, ranges={}, words=())
