"""Whether a new model behaves no worse than the one of before: the rule that `wellbehaved gate` applies."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from quba.deciding.gate import Judgement, Verdict, judge, passes
from quba.deciding.paired_differences import Flips, flips, paired_differences
from quba.dimensions import DIMENSIONS, STUDY_DIMENSIONS
from quba.errors import Refusal
from wellbehaved.installed_dimensions import adopt_installed

if TYPE_CHECKING:
    from quba.measuring.evidence import Conditions, Evidence


class Outcome(IntEnum):
    """How a gate ends, as the exit code of the command."""

    PASSED = 0
    # 1 and 2 are a failure and wrong usage of any command: a build must tell "worse" from "not compared".
    WORSE = 3
    UNDECIDED = 4

    @property
    def sentence(self) -> str:
        """What it means for a reader."""
        return _SENTENCES[self]


_SENTENCES = {
    Outcome.PASSED: "The new model behaves no worse than the baseline beyond the tolerances.",
    Outcome.WORSE: "The new model behaves worse than the baseline.",
    Outcome.UNDECIDED: "It is not known whether the new model behaves worse than the baseline.",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Gate:
    """What was compared, and what came of it.

    Attributes:
        new: name of the new model.
        baseline: name of the model of before.
        conditions: under which both were measured.
        confidence: of each verdict.
        judgements: of each dimension, in the customary order.
        flips: by pass which images were decided otherwise.
        image_count: clean images that both were measured on; None where they were not.
        undecided_passes: whether an undecided dimension is let through.
    """

    new: str
    baseline: str
    conditions: Conditions
    confidence: float
    judgements: Sequence[Judgement]
    flips: Mapping[str, Flips]
    image_count: int | None = None
    undecided_passes: bool = False

    @property
    def outcome(self) -> Outcome:
        """What the judgements come to: worse in one is worse; what cannot be compared never passes."""
        # Worse outweighs undecided: more images would not bring the new model through.
        if any(each.verdict is Verdict.WORSE for each in self.judgements):
            return Outcome.WORSE
        return Outcome.PASSED if self.lets_through(*self.judgements) else Outcome.UNDECIDED

    def lets_through(self, *judgements: Judgement) -> bool:
        """Whether these judgements let the new model through."""
        return passes(judgements, undecided_passes=self.undecided_passes)


def gate(
    new: tuple[str, Evidence],
    baseline: tuple[str, Evidence],
    *,
    dimensions: Sequence[str] | None = None,
    tolerances: Mapping[str, float] | None = None,
    confidence: float = 0.95,
    undecided_passes: bool = False,
) -> Gate:
    """Judge each dimension of a new model against the one of before.

    Args:
        new: name of the new model, and what is kept of its evaluation.
        baseline: the same of the model of before.
        dimensions: to judge; unless given, all that one of the two has a value for.
        tolerances: by dimension how much worse is taken for no worse, in its unit; where none is given, the smallest
            difference that matters to anyone, which each dimension declares.
        confidence: of each verdict, between 0.5 and 1.
        undecided_passes: whether an undecided dimension is let through.

    Raises:
        Refusal: the two were measured under different conditions, or an option cannot be met.
    """
    (name, of_new), (name_before, of_baseline) = new, baseline
    # What a package measured in another thread, or long ago, is known here only once the package is asked.
    judged = {key for each in (of_new, of_baseline) for key in (*each.values, *each.missing)}
    said = adopt_installed(judged.union(dimensions or (), tolerances or ()))
    _require_known(dimensions or (), "dimension", said)
    _require_known(list(tolerances or ()), "dimension of a tolerance", said)
    chosen = _dimensions(dimensions, of_new, of_baseline)
    allowed = _tolerances(tolerances or {}, chosen)
    # Below a half, a bound would lie beyond the difference itself.
    if not 0.5 <= confidence < 1:
        raise Refusal("bad_confidence", f"The confidence is {confidence:g}.", "Use 0.5 or more, and less than 1.")
    found = {each.dimension: each for each in paired_differences(of_baseline, of_new)}
    clean = of_new.right.get("clean")
    return Gate(
        new=name,
        baseline=name_before,
        conditions=of_new.conditions,
        confidence=confidence,
        # By the dimensions that are judged and not all there are: each of them shares the error.
        judgements=[judge(found[key], allowed[key], confidence, dimension_count=len(chosen)) for key in chosen],
        flips=flips(of_baseline, of_new),
        image_count=None if clean is None else clean.size,
        undecided_passes=undecided_passes,
    )


def _dimensions(asked: Sequence[str] | None, *both: Evidence) -> list[str]:
    """What is judged: a value that one of the two lacks is a comparison that cannot be made, and no reason to pass."""
    # In the customary order, which tables and reports keep.
    there = [key for key in DIMENSIONS if any(key in each.values for each in both)]
    if asked is None:
        # What weighs nothing in a score stops no model unasked, and each that is judged shares the error.
        return [key for key in there if key in STUDY_DIMENSIONS] or there
    if lacking := [key for key in asked if key not in there]:
        why = next((each.missing[lacking[0]].meaning for each in both if lacking[0] in each.missing), "")
        raise Refusal(
            "not_measured",
            f"Neither model has a value for {lacking[0]}. {why}".strip(),
            "Leave it out, or measure both models on it.",
        )
    return [key for key in DIMENSIONS if key in asked]


def _tolerances(given: Mapping[str, float], chosen: Sequence[str]) -> dict[str, float]:
    for key, value in given.items():
        if key not in chosen:
            raise Refusal("bad_tolerance", f"A tolerance is given for {key}, which is not compared.", "Leave it out.")
        # Turned this way round, NaN is refused too.
        if not 0 <= value < math.inf:
            raise Refusal("bad_tolerance", f"The tolerance of {key} is {value:g}.", "Use a number of 0 or more.")
    return {key: given.get(key, DIMENSIONS[key].smallest_meaningful_difference) for key in chosen}


def _require_known(keys: Sequence[str], what: str, said: str) -> None:
    """Refuse a key that no dimension has; `said` is what came of asking the installed packages."""
    if unknown := [key for key in keys if key not in DIMENSIONS]:
        raise Refusal(
            "unknown_dimension", f"The {what} is {unknown[0][:80]!r}.{said}", f"Use one of: {', '.join(DIMENSIONS)}."
        )
