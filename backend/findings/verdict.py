"""From test results to what may be said: all four cells of a claimed point, their status, a verdict, plain sentences.

A point is tested group against group and in matched pairs, each with all values and without flagged ones. Nothing is
said about a point that does not follow from these four cells.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Outcome(StrEnum):
    """What one test says about one claimed point."""

    AS_CLAIMED = "as_claimed"
    OPPOSITE = "opposite"
    NOT_SIGNIFICANT = "not_significant"
    TOO_FEW = "too_few"


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One test of one claimed point.

    Attributes:
        outcome: what it says.
        pairs: how many complete pairs it had; None group against group and where nothing can be matched.
    """

    outcome: Outcome
    pairs: int | None = None


@dataclass(frozen=True, kw_only=True)
class Cells:
    """The four tests of one claimed point; `pairs` are None where nothing is ever matched, as in a correlation."""

    groups: tuple[Cell, Cell]
    pairs: tuple[Cell, Cell] | None

    @property
    def outcomes(self) -> tuple[Outcome, Outcome, Outcome, Outcome]:
        """Groups with all values and without flagged ones, then pairs alike."""
        groups, pairs = self.groups, self.pairs or (Cell(outcome=Outcome.TOO_FEW),) * 2
        return groups[0].outcome, groups[1].outcome, pairs[0].outcome, pairs[1].outcome


class Status(StrEnum):
    """What all tests together say about one claimed point."""

    FIRM = "firm"
    PARTLY_IN_PAIRS = "partly_in_pairs"
    UNMATCHED = "unmatched"
    NOT_IN_PAIRS = "not_in_pairs"
    PAIRS_ONLY = "pairs_only"
    SCREENED_ONLY = "screened_only"
    NOT_SCREENED = "not_screened"
    FLAGGED_ONLY = "flagged_only"
    CONTRADICTORY = "contradictory"
    OPPOSITE = "opposite"
    OPPOSITE_FLAGGED = "opposite_flagged"
    NOT_SUPPORTED = "not_supported"
    UNTESTED = "untested"


STATUS_MEANINGS: Mapping[Status, str] = MappingProxyType(
    {
        Status.FIRM: "As claimed in all four tests.",
        Status.PARTLY_IN_PAIRS: "As claimed in both tests of the groups and in one of the two tests of pairs.",
        Status.UNMATCHED: "As claimed in both tests of the groups; too few pairs match to check further.",
        Status.NOT_IN_PAIRS: "As claimed in both tests of the groups and in no test of pairs.",
        Status.PAIRS_ONLY: "As claimed in both tests of pairs, but not in both of the groups.",
        Status.SCREENED_ONLY: "As claimed without flagged values, but not with all of them.",
        Status.NOT_SCREENED: "As claimed with all values only; without flagged ones it is not significant.",
        Status.FLAGGED_ONLY: "As claimed with all values only; without flagged ones too few are left to test.",
        Status.CONTRADICTORY: "As claimed in one test and the opposite in another.",
        Status.OPPOSITE: "The opposite of what is claimed, without flagged values too.",
        Status.OPPOSITE_FLAGGED: "The opposite of what is claimed, but with all values only.",
        Status.NOT_SUPPORTED: "No test finds a significant difference.",
        Status.UNTESTED: "Too few models to test.",
    }
)


class Verdict(StrEnum):
    """What all claimed points together amount to."""

    FIRM = "firm"
    SUPPORTED = "supported"
    PARTLY = "partly"
    UNSUPPORTED = "unsupported"
    UNTESTED = "untested"


VERDICT_MEANINGS: Mapping[Verdict, str] = MappingProxyType(
    {
        Verdict.FIRM: "Holds on every claimed point, in matched pairs and without flagged values too.",
        Verdict.SUPPORTED: (
            "Holds on every claimed point, with and without flagged values; matched pairs are too few, or confirm it "
            "in one of their two tests only, on some."
        ),
        Verdict.PARTLY: "Holds on some of the claimed points only, or only in some of the tests.",
        Verdict.UNSUPPORTED: "Holds on none of the claimed points once all tests are considered.",
        Verdict.UNTESTED: "The current data hold too few models to test it.",
    }
)
_HOLDING = frozenset({Status.FIRM, Status.UNMATCHED, Status.PARTLY_IN_PAIRS})
_HELPING = _HOLDING | {Status.PAIRS_ONLY, Status.NOT_IN_PAIRS, Status.SCREENED_ONLY}
# What matching or screening changes is what a reader would not guess, so it comes first.
_PLAIN = frozenset({Status.FIRM, Status.UNMATCHED, Status.OPPOSITE, Status.NOT_SUPPORTED, Status.UNTESTED})
_WORDS: Mapping[Outcome, str] = MappingProxyType(
    {
        Outcome.AS_CLAIMED: "as claimed",
        Outcome.OPPOSITE: "the opposite of the claim",
        Outcome.NOT_SIGNIFICANT: "not significant",
        Outcome.TOO_FEW: "too few to test",
    }
)


def status(cells: Cells) -> Status:
    """What may be said about one point: the case that its four cells are."""
    found = set(cells.outcomes)
    # Asked first: no count of tests that agree outweighs one that says the opposite.
    if {Outcome.AS_CLAIMED, Outcome.OPPOSITE} <= found:
        return Status.CONTRADICTORY
    if Outcome.AS_CLAIMED in found:
        return _status_as_claimed(cells)
    if Outcome.OPPOSITE in found:
        screened = (cells.outcomes[1], cells.outcomes[3])
        return Status.OPPOSITE if Outcome.OPPOSITE in screened else Status.OPPOSITE_FLAGGED
    return Status.UNTESTED if found == {Outcome.TOO_FEW} else Status.NOT_SUPPORTED


def _status_as_claimed(cells: Cells) -> Status:
    """The case, where at least one test is as claimed and none is the opposite."""
    groups, pairs = cells.outcomes[:2], cells.outcomes[2:]
    claimed = Outcome.AS_CLAIMED
    # Both, with and without flagged values: a difference that only flagged values make is not held to be one.
    if set(groups) == {claimed}:
        if set(pairs) == {claimed}:
            return Status.FIRM
        if claimed in pairs:
            return Status.PARTLY_IN_PAIRS
        return Status.UNMATCHED if set(pairs) == {Outcome.TOO_FEW} else Status.NOT_IN_PAIRS
    if set(pairs) == {claimed}:
        return Status.PAIRS_ONLY
    if claimed in (groups[1], pairs[1]):
        return Status.SCREENED_ONLY
    # Too few models and no significance are different reasons for the same silence.
    lost = {screened for everything, screened in (groups, pairs) if everything is claimed}
    return Status.FLAGGED_ONLY if lost == {Outcome.TOO_FEW} else Status.NOT_SCREENED


def verdict(statuses: Sequence[Status]) -> Verdict:
    """What the points of a claim amount to."""
    # Before the others: nothing found is no finding against the claim.
    if all(each is Status.UNTESTED for each in statuses):
        return Verdict.UNTESTED
    if all(each is Status.FIRM for each in statuses):
        return Verdict.FIRM
    if all(each in _HOLDING for each in statuses):
        return Verdict.SUPPORTED
    return Verdict.PARTLY if any(each in _HELPING for each in statuses) else Verdict.UNSUPPORTED


def holding(statuses: Sequence[Status]) -> int:
    """How many points hold group against group, with and without flagged values, and no pairs speak against them."""
    return sum(each in _HOLDING for each in statuses)


def sentences(points: Mapping[str, Cells]) -> list[str]:
    """One sentence for all points whose four cells are the same; what matching or screening changes comes first.

    Args:
        points: what is claimed, such as "class balance better", with its cells.

    Returns:
        Sentences that say what each of the four tests found and in how many pairs.
    """
    named: dict[str, list[str]] = {}
    order: dict[str, tuple[bool, int]] = {}
    for point, cells in points.items():
        text = _finding(cells)
        named.setdefault(text, []).append(point)
        case = status(cells)
        order[text] = (case in _PLAIN, list(Status).index(case))
    return [
        f"{_sentence_case(', '.join(named[text]))}: {text}." for text in sorted(named, key=lambda text: order[text])
    ]


def _finding(cells: Cells) -> str:
    groups = _with_and_without(*cells.groups)
    if cells.pairs is None:
        return groups
    if {cell.outcome for cell in cells.pairs} == {Outcome.TOO_FEW}:
        return f"group against group {groups}; too few matched pairs to test"
    return f"group against group {groups}; in matched pairs {_with_and_without(*cells.pairs)}"


def _with_and_without(everything: Cell, screened: Cell) -> str:
    """Both tests in words; where screening takes pairs away, how many are left."""
    if everything.outcome is screened.outcome:
        counts = _counts(everything, screened)
        return f"{_WORDS[everything.outcome]}{counts}, with and without flagged values"
    lost = everything.pairs is not None and screened.pairs is not None and screened.pairs < everything.pairs
    first = f"{_WORDS[everything.outcome]} with all values"
    second = f"{_WORDS[screened.outcome]} without flagged ones"
    if lost:
        left = f"only {_pairs(screened)}" if screened.pairs else "no pair"
        return f"{first} ({_pairs(everything)}), {second} ({left} left)"
    return f"{first}{_counts(everything)}, {second}"


def _counts(*cells: Cell) -> str:
    """How many pairs the tests had; they have at least the fewest that are tested, so always several."""
    counts = sorted({cell.pairs for cell in cells if cell.pairs is not None}, reverse=True)
    return f" ({' and '.join(map(str, counts))} pairs)" if counts else ""


def _pairs(cell: Cell) -> str:
    return f"{cell.pairs} {'pair' if cell.pairs == 1 else 'pairs'}"


def _sentence_case(text: str) -> str:
    return text[:1].upper() + text[1:]
