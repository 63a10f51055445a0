from itertools import product

import pytest

from backend.findings.verdict import VERDICT_MEANINGS, Outcome, Status, Verdict, holding, sentences, status, verdict

YES, NO, BACKWARDS, UNTESTED = (
    Outcome.AS_CLAIMED, Outcome.NOT_SIGNIFICANT, Outcome.OPPOSITE, Outcome.NOT_TESTED
)  # fmt: skip


@pytest.mark.parametrize(
    ("groups", "pairs", "found"),
    [
        ((YES, YES), (YES, YES), Status.FIRM),
        ((YES, YES), (YES, UNTESTED), Status.FIRM),
        ((YES, YES), (YES, NO), Status.NOT_IN_PAIRS),
        ((YES, YES), (NO, NO), Status.NOT_IN_PAIRS),
        ((YES, YES), (UNTESTED, UNTESTED), Status.UNMATCHED),
        ((YES, NO), (YES, YES), Status.NOT_SCREENED),
        ((YES, BACKWARDS), (YES, YES), Status.NOT_SCREENED),
        ((YES, UNTESTED), (YES, UNTESTED), Status.FLAGGED_ONLY),
        ((NO, NO), (YES, YES), Status.PAIRS_ONLY),
        ((NO, YES), (NO, NO), Status.NOT_SUPPORTED),
        ((BACKWARDS, BACKWARDS), (NO, NO), Status.OPPOSITE),
        ((BACKWARDS, NO), (NO, NO), Status.OPPOSITE_FLAGGED),
        ((BACKWARDS, UNTESTED), (UNTESTED, UNTESTED), Status.OPPOSITE_FLAGGED),
        ((YES, YES), (BACKWARDS, BACKWARDS), Status.OPPOSITE),
        ((UNTESTED, UNTESTED), (UNTESTED, UNTESTED), Status.UNTESTED),
    ],
)
def test_what_may_be_said_about_a_point(
    groups: tuple[Outcome, Outcome], pairs: tuple[Outcome, Outcome], found: Status
) -> None:
    assert status(groups, pairs) is found


def test_nothing_is_firm_that_one_test_contradicts() -> None:
    for a, b, c, d in product(Outcome, repeat=4):
        if status((a, b), (c, d)) in (Status.FIRM, Status.UNMATCHED):
            assert (a, b) == (YES, YES)
            assert {c, d} <= {YES, UNTESTED}


@pytest.mark.parametrize(
    ("statuses", "found", "count"),
    [
        ([Status.FIRM, Status.FIRM], Verdict.FIRM, 2),
        ([Status.FIRM, Status.UNMATCHED], Verdict.SUPPORTED, 2),
        ([Status.FIRM, Status.NOT_SUPPORTED], Verdict.PARTLY, 1),
        ([Status.PAIRS_ONLY, Status.OPPOSITE], Verdict.PARTLY, 0),
        ([Status.FLAGGED_ONLY, Status.NOT_SCREENED], Verdict.UNSUPPORTED, 0),
        ([Status.UNTESTED, Status.OPPOSITE], Verdict.UNSUPPORTED, 0),
        ([Status.UNTESTED, Status.UNTESTED], Verdict.UNTESTED, 0),
    ],
)
def test_what_the_points_amount_to(statuses: list[Status], found: Verdict, count: int) -> None:
    assert verdict(statuses) is found
    assert holding(statuses) == count


def test_what_changes_a_claim_is_told_first() -> None:
    told = sentences({"accuracy better": Status.FIRM, "size worse": Status.FIRM, "shape better": Status.FLAGGED_ONLY})
    assert told == [
        "Shape better: rests on flagged values; without them too few are left to test.",
        "Accuracy better, size worse: as claimed in every test.",
    ]


def test_every_status_and_verdict_has_words() -> None:
    assert set(VERDICT_MEANINGS) == set(Verdict)
    assert all(len(sentences({"point": each})) == 1 for each in Status)
