"""From test results to what may be said: a status for each claimed point, a verdict, and plain sentences."""

from collections.abc import Mapping, Sequence
from enum import StrEnum


class Outcome(StrEnum):
    """What one test says about one claimed point."""

    AS_CLAIMED = "as_claimed"
    OPPOSITE = "opposite"
    NOT_SIGNIFICANT = "not_significant"
    NOT_TESTED = "not_tested"


class Status(StrEnum):
    """What all tests together say about one claimed point."""

    FIRM = "firm"
    UNMATCHED = "unmatched"
    PAIRS_ONLY = "pairs_only"
    NOT_IN_PAIRS = "not_in_pairs"
    FLAGGED_ONLY = "flagged_only"
    NOT_SCREENED = "not_screened"
    NOT_SUPPORTED = "not_supported"
    OPPOSITE = "opposite"
    OPPOSITE_FLAGGED = "opposite_flagged"
    UNTESTED = "untested"


class Verdict(StrEnum):
    """What all claimed points together amount to."""

    FIRM = "firm"
    SUPPORTED = "supported"
    PARTLY = "partly"
    UNSUPPORTED = "unsupported"
    UNTESTED = "untested"


VERDICT_MEANINGS: Mapping[Verdict, str] = {
    Verdict.FIRM: "Holds on every claimed point, in matched pairs and without flagged values too.",
    Verdict.SUPPORTED: "Holds on every claimed point, with and without flagged values; some could not be matched.",
    Verdict.PARTLY: "Holds on some of the claimed points only, or only in some of the tests.",
    Verdict.UNSUPPORTED: "Holds on none of the claimed points once all tests are looked at.",
    Verdict.UNTESTED: "The current data hold too few models to test it.",
}
_SENTENCES: Mapping[Status, str] = {
    Status.FIRM: "{points}: as claimed in every test.",
    Status.UNMATCHED: "{points}: as claimed with and without flagged values; too few pairs match to check further.",
    Status.PAIRS_ONLY: "{points}: as claimed in matched pairs only; the groups as a whole do not show it.",
    Status.NOT_IN_PAIRS: "{points}: as claimed group against group, but matched pairs do not confirm it.",
    Status.FLAGGED_ONLY: "{points}: rests on flagged values; without them too few are left to test.",
    Status.NOT_SCREENED: "{points}: as claimed with all values, but not once flagged values are left out.",
    Status.NOT_SUPPORTED: "{points}: no significant difference.",
    Status.OPPOSITE: "{points}: the opposite of what is claimed.",
    Status.OPPOSITE_FLAGGED: "{points}: the opposite of what is claimed, but not once flagged values are left out.",
    Status.UNTESTED: "{points}: not tested.",
}
_HOLDING = frozenset({Status.FIRM, Status.UNMATCHED})
_CHANGED = frozenset(
    {Status.PAIRS_ONLY, Status.NOT_IN_PAIRS, Status.FLAGGED_ONLY, Status.NOT_SCREENED, Status.OPPOSITE_FLAGGED}
)


def status(groups: tuple[Outcome, Outcome], pairs: tuple[Outcome, Outcome]) -> Status:
    """What may be said about one point.

    Args:
        groups: group against group, with all values and without flagged ones.
        pairs: the same in matched pairs.
    """
    if groups[0] is Outcome.NOT_TESTED:
        return Status.UNTESTED
    if Outcome.OPPOSITE in (groups[0], pairs[0]):
        screened = [after for before, after in (groups, pairs) if before is Outcome.OPPOSITE]
        return Status.OPPOSITE if Outcome.OPPOSITE in screened else Status.OPPOSITE_FLAGGED
    if groups[0] is Outcome.NOT_SIGNIFICANT:
        return Status.PAIRS_ONLY if pairs[0] is Outcome.AS_CLAIMED else Status.NOT_SUPPORTED
    if groups[1] is Outcome.NOT_TESTED:
        return Status.FLAGGED_ONLY
    if groups[1] is not Outcome.AS_CLAIMED:
        return Status.NOT_SCREENED
    # Screening leaves fewer pairs: where none are left to test, those with all values count.
    tested = {outcome for outcome in pairs if outcome is not Outcome.NOT_TESTED}
    if not tested:
        return Status.UNMATCHED
    return Status.FIRM if tested == {Outcome.AS_CLAIMED} else Status.NOT_IN_PAIRS


def verdict(statuses: Sequence[Status]) -> Verdict:
    """What the points of a claim amount to."""
    if all(each is Status.UNTESTED for each in statuses):
        return Verdict.UNTESTED
    if all(each is Status.FIRM for each in statuses):
        return Verdict.FIRM
    if all(each in _HOLDING for each in statuses):
        return Verdict.SUPPORTED
    helped = _HOLDING | {Status.PAIRS_ONLY, Status.NOT_IN_PAIRS}
    return Verdict.PARTLY if any(each in helped for each in statuses) else Verdict.UNSUPPORTED


def holding(statuses: Sequence[Status]) -> int:
    """How many points hold group against group, with and without flagged values, and in pairs where there are any."""
    return sum(each in _HOLDING for each in statuses)


def sentences(points: Mapping[str, Status]) -> list[str]:
    """One sentence per status, with the points that have it; what matching or screening changes comes first.

    Args:
        points: what is claimed, such as "class balance better", with its status.
    """
    order = sorted(_SENTENCES, key=lambda each: (each not in _CHANGED, list(_SENTENCES).index(each)))
    told = []
    for each in order:
        named = [point for point, found in points.items() if found is each]
        if named:
            text = ", ".join(named)
            told.append(_SENTENCES[each].format(points=text[:1].upper() + text[1:]))
    return told
