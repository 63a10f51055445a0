"""A claim that one group of models is better or worse than another on some dimensions.

Both groups pass the filters that they share and differ in the treatment alone. A treatment is more than one field where
the data hold no models that differ in less: the claim then is about all of it together, and says so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from jaxtyping import Bool

from backend.findings.claim import Claim, Evidence
from backend.findings.schema import Examination, FindingPoint, FindingTest
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
from backend.ranking.group_comparison import GroupComparisonItem, comparison_item, labels
from backend.ranking.pool import Prepared
from backend.ranking.query import Filters
from quba.deciding.groups import Method, compare_two_groups
from quba.dimensions import DIMENSIONS, STUDY_DIMENSIONS
from quba.errors import QuestionError
from quba.vocabulary import Pairing

Group = Mapping[str, tuple[str, ...]]
Direction = Literal["better", "worse"]
IDENTITY = ("architecture", "training", "recipe", "head", "pretraining_data")
"""What a model is beside its backbone: a claim holds each of these fixed or names it as part of the treatment."""

_PLAIN: Group = {
    "architecture": ("cnn", "transformer"),
    "training": ("supervised",),
    "recipe": ("none",),
    "head": ("none",),
    "pretraining_data": ("imagenet-1k",),
}

# Half the default: ten claims with four tests each are answered at once, and their verdicts rest on p, not on
# intervals.
_DRAWS = 1_000
_SEED = 0
_NO_PAIRS = "These models share nothing that they could be matched by."


def all_better(*, but: tuple[str, ...] = ("parameters_millions",)) -> dict[str, Direction]:
    """The claim that b is better throughout, size aside: nobody claims that more parameters come for free."""
    return {key: "better" for key in STUDY_DIMENSIONS if key not in but}


def plain(*fields: str) -> Group:
    """What the usual control has in these fields.

    That is supervised training on ImageNet-1k without the recipes A1 to A3, of CNNs and transformers.
    """
    return {field: _PLAIN[field] for field in fields}


@dataclass(frozen=True, kw_only=True)
class GroupClaim(Claim):
    """Two groups and what is claimed of b against a.

    Attributes:
        a: filters of the group that is compared with, on the fields of the treatment.
        b: filters of the group that the claim is about, on the same fields.
        shared: filters that both groups pass, on all other fields of the identity.
        a_label: the group in words; `b_label` alike.
        paired_by: what matches models of the two groups; None where nothing can.
        expected: per claimed dimension, whether b is said to be better or worse.
    """

    a: Group
    b: Group
    shared: Group
    a_label: str
    b_label: str
    paired_by: Pairing | None
    expected: Mapping[str, Direction]

    @property
    def query(self) -> Mapping[str, Any]:
        """The body of POST /v1/group-comparisons that asks the same in matched pairs."""
        groups = {"a": self.a_filters, "b": self.b_filters}
        written = {name: {field: list(values) for field, values in group.items()} for name, group in groups.items()}
        return {**written, "paired_by": self.paired_by}

    @property
    def a_filters(self) -> Group:
        """All filters of the group that is compared with."""
        return {**self.shared, **self.a}

    @property
    def b_filters(self) -> Group:
        """All filters of the group that the claim is about."""
        return {**self.shared, **self.b}

    @property
    def control(self) -> str:
        """How the groups differ and what they have in common, in words."""
        differ = f"The groups differ in {_enumeration([_field_name(field) for field in self.b])}"
        if not self.shared:
            return f"{differ}; nothing else is held fixed."
        common = [f"{_field_name(field)}: {_enumeration(values, 'or')}" for field, values in self.shared.items()]
        return f"{differ}. In common they have {'; '.join(common)}."

    def examination(self, evidence: Evidence) -> Examination:
        """Four tests: with all values and without flagged ones, group against group and in matched pairs."""
        tests = [
            self._test(prepared, quality, matched=matched, alpha=evidence.alpha)
            for matched in (False, True)
            for quality, prepared in evidence.values.items()
        ]
        points = {key: self._cells(key, tests) for key in self.expected}
        statuses = {key: status(cells) for key, cells in points.items()}
        reached = verdict(list(statuses.values()))
        return Examination(
            a_label=self.a_label,
            b_label=self.b_label,
            tests=tests,
            control=self.control,
            points=[
                FindingPoint(
                    dimension=key,
                    claimed=self.expected[key],
                    status=found,
                    status_meaning=STATUS_MEANINGS[found],
                    outcomes=list(points[key].outcomes),
                )
                for key, found in statuses.items()
            ],
            holding=holding(list(statuses.values())),
            verdict=reached,
            verdict_meaning=VERDICT_MEANINGS[reached],
            sentences=sentences(
                {f"{DIMENSIONS[key].inline_label} {self.expected[key]}": cells for key, cells in points.items()}
            ),
            correlations=[],
        )

    def _cells(self, key: str, tests: list[FindingTest]) -> Cells:
        cells = [self._cell(key, test) for test in tests]
        return Cells(groups=(cells[0], cells[1]), pairs=(cells[2], cells[3]))

    def _cell(self, key: str, test: FindingTest) -> Cell:
        # A test that was refused as a whole has no items.
        item = next((item for item in test.items if item.dimension == key), None)
        if item is None:
            return Cell(outcome=Outcome.TOO_FEW)
        return Cell(outcome=self._outcome(key, item), pairs=item.n_pairs)

    def _outcome(self, key: str, item: GroupComparisonItem) -> Outcome:
        if item.significant is None:
            return Outcome.TOO_FEW
        if item.better is None:
            return Outcome.NOT_SIGNIFICANT
        found = "better" if item.better == "b" else "worse"
        return Outcome.AS_CLAIMED if found == self.expected[key] else Outcome.OPPOSITE

    def _test(self, prepared: Prepared, quality: str, *, matched: bool, alpha: float) -> FindingTest:
        a, b = self._members(prepared)
        paired_by = self.paired_by if matched else None
        test = FindingTest(
            quality=quality, matched=matched, models_a=int(a.sum()), models_b=int(b.sum()), n_pairs=None, items=[],
            refusal=_NO_PAIRS,
        )  # fmt: skip
        if matched and paired_by is None:
            return test
        try:
            columns = {key: prepared.snapshot.column(key) for key in STUDY_DIMENSIONS}
            found = compare_two_groups(
                # b first: differences are then b minus a. A fixed seed, because the same data must give the same
                # finding.
                columns, b, a, rng=np.random.default_rng(_SEED),
                paired_by=labels(prepared, paired_by), method=Method(draws=_DRAWS, confidence=1 - alpha),
            )  # fmt: skip
        # Too few models is an outcome of a claim's test, and no fault of who asks.
        except QuestionError as error:
            text = str(error)
            return test.model_copy(update={"refusal": text[:1].upper() + text[1:]})
        items = [comparison_item(one, paired=matched, alpha=alpha) for one in found]
        # Dimensions may lack values of some pairs; the most is what the labels gave.
        pairs = max(item.n_a for item in items) if matched else None
        return test.model_copy(update={"n_pairs": pairs, "items": items, "refusal": None})

    def _members(self, prepared: Prepared) -> tuple[Bool[np.ndarray, " models"], Bool[np.ndarray, " models"]]:
        return prepared.mask(_filters(self.a_filters)), prepared.mask(_filters(self.b_filters))


def _field_name(field: str) -> str:
    return "pre-training data" if field == "pretraining_data" else field


def _enumeration(words: Sequence[str], conjunction: str = "and") -> str:
    return f" {conjunction} ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _filters(group: Group) -> Filters:
    return Filters(choices=group, ranges={}, words=())
