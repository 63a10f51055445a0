"""What is said about a point, in all 256 cases of four tests with four outcomes each."""

import re
from itertools import product

import pytest

from backend.findings.verdict import (
    STATUS_MEANINGS,
    VERDICT_MEANINGS,
    Cell,
    Cells,
    Outcome,
    Status,
    Verdict,
    holding,
    sentences,
    status,
    verdict,
)

YES, BACKWARDS, NO, FEW = Outcome.AS_CLAIMED, Outcome.OPPOSITE, Outcome.NOT_SIGNIFICANT, Outcome.TOO_FEW
ALL_CASES = list(product((YES, NO, BACKWARDS, FEW), repeat=4))
WORDS = {YES: "as claimed", NO: "not significant", BACKWARDS: "the opposite of the claim", FEW: "too few to test"}

# The cases as one reads them: per status, patterns of (groups all, groups screened, pairs all, pairs screened).
# Y as claimed, O opposite, N not significant, F too few; [..] one of these, . any. First match counts.
TABLE = [
    (Status.CONTRADICTORY, r".*Y.*O.*|.*O.*Y.*"),
    (Status.FIRM, "YYYY"),
    (Status.PARTLY_IN_PAIRS, "YYY[NF]|YY[NF]Y"),
    (Status.UNMATCHED, "YYFF"),
    (Status.NOT_IN_PAIRS, "YY[NF][NF]"),
    (Status.PAIRS_ONLY, "[YNF][YNF]YY"),
    (Status.SCREENED_ONLY, "[YNF]Y[YNF][YNF]|[YNF][YNF][YNF]Y"),
    (Status.FLAGGED_ONLY, "YFYF|YF[NF][NF]|[NF][NF]YF"),
    (Status.NOT_SCREENED, "[YNF][NF][YNF][NF]"),
    (Status.OPPOSITE, ".O..|...O"),
    (Status.OPPOSITE_FLAGGED, "O...|..O."),
    (Status.UNTESTED, "FFFF"),
    (Status.NOT_SUPPORTED, "[NF]{4}"),
]


def cells(case: tuple[Outcome, ...], pairs: tuple[int, int] = (12, 7)) -> Cells:
    a, b, c, d = case
    return Cells(
        groups=(Cell(outcome=a), Cell(outcome=b)),
        pairs=(Cell(outcome=c, pairs=pairs[0]), Cell(outcome=d, pairs=pairs[1])),
    )


def by_table(case: tuple[Outcome, ...]) -> Status:
    letters = "".join({YES: "Y", BACKWARDS: "O", NO: "N", FEW: "F"}[outcome] for outcome in case)
    claimed = [found for found, pattern in TABLE if re.fullmatch(pattern, letters)]
    if "Y" not in letters or "O" in letters:
        claimed = [found for found in claimed if found is not Status.NOT_SCREENED]
    return claimed[0]


@pytest.mark.parametrize("case", ALL_CASES, ids=lambda case: "-".join(case))
def test_each_of_the_256_cases_has_its_status(case: tuple[Outcome, ...]) -> None:
    assert status(cells(case)) is by_table(case)


def test_the_table_leaves_no_case_and_no_status_out() -> None:
    assert len(ALL_CASES) == 256
    assert {by_table(case) for case in ALL_CASES} == set(Status)


@pytest.mark.parametrize("case", ALL_CASES, ids=lambda case: "-".join(case))
def test_a_sentence_says_what_each_of_its_four_cells_holds(case: tuple[Outcome, ...]) -> None:
    (sentence,) = sentences({"accuracy better": cells(case)})
    assert sentence.startswith("Accuracy better: group against group ")
    groups, pairs = sentence.removesuffix(".").split("; ")
    for text, (everything, screened) in ((groups, case[:2]), (pairs, case[2:])):
        if text == "too few matched pairs to test":
            assert (everything, screened) == (FEW, FEW)
        elif everything is screened:
            assert f"{WORDS[everything]}" in text
            assert text.endswith("with and without flagged values")
            assert sum(word in text for word in WORDS.values()) == 1
        else:
            first, second = text.split("with all values")
            assert first.rstrip().endswith(WORDS[everything])
            assert f", {WORDS[screened]} without flagged ones" in second


def test_a_loss_of_pairs_is_described_as_a_loss_of_pairs() -> None:
    (sentence,) = sentences({"class balance better": cells((YES, YES, YES, NO))})
    assert sentence == (
        "Class balance better: group against group as claimed, with and without flagged values; in matched pairs as "
        "claimed with all values (12 pairs), not significant without flagged ones (only 7 pairs left)."
    )
    (none_left,) = sentences({"class balance better": cells((YES, YES, YES, FEW), pairs=(12, 0))})
    assert none_left.endswith("(12 pairs), too few to test without flagged ones (no pair left).")
    (none_lost,) = sentences({"class balance better": cells((YES, YES, YES, NO), pairs=(12, 12))})
    assert none_lost.endswith("as claimed with all values (12 pairs), not significant without flagged ones.")
    (kept,) = sentences({"class balance better": cells((YES, YES, YES, YES))})
    assert kept.endswith("in matched pairs as claimed (12 and 7 pairs), with and without flagged values.")


def test_correlations_are_not_said_to_be_matched() -> None:
    never = Cells(groups=(Cell(outcome=YES), Cell(outcome=NO)), pairs=None)
    assert never.outcomes == (YES, NO, FEW, FEW)
    assert sentences({"a with b (positive)": never}) == [
        "A with b (positive): as claimed with all values, not significant without flagged ones."
    ]


def test_nothing_holds_that_one_test_contradicts() -> None:
    for case in ALL_CASES:
        if holding([status(cells(case))]):
            assert case[:2] == (YES, YES)
            assert BACKWARDS not in case
            assert YES in case[2:] or case[2:] == (FEW, FEW)


@pytest.mark.parametrize(
    ("statuses", "found", "count"),
    [
        ([Status.FIRM, Status.FIRM], Verdict.FIRM, 2),
        ([Status.FIRM, Status.UNMATCHED], Verdict.SUPPORTED, 2),
        ([Status.FIRM, Status.PARTLY_IN_PAIRS], Verdict.SUPPORTED, 2),
        ([Status.FIRM, Status.NOT_SUPPORTED], Verdict.PARTLY, 1),
        ([Status.PAIRS_ONLY, Status.OPPOSITE], Verdict.PARTLY, 0),
        ([Status.SCREENED_ONLY, Status.NOT_SUPPORTED], Verdict.PARTLY, 0),
        ([Status.FLAGGED_ONLY, Status.NOT_SCREENED], Verdict.UNSUPPORTED, 0),
        ([Status.CONTRADICTORY, Status.OPPOSITE_FLAGGED], Verdict.UNSUPPORTED, 0),
        ([Status.UNTESTED, Status.OPPOSITE], Verdict.UNSUPPORTED, 0),
        ([Status.UNTESTED, Status.UNTESTED], Verdict.UNTESTED, 0),
    ],
)
def test_what_the_points_amount_to(statuses: list[Status], found: Verdict, count: int) -> None:
    assert verdict(statuses) is found
    assert holding(statuses) == count


def test_what_changes_a_claim_comes_first_and_equal_cells_share_a_sentence() -> None:
    found = sentences(
        {
            "accuracy better": cells((YES, YES, YES, YES)),
            "size worse": cells((YES, YES, YES, YES)),
            "shape better": cells((YES, FEW, FEW, FEW)),
        }
    )
    assert [sentence.split(":")[0] for sentence in found] == ["Shape better", "Accuracy better, size worse"]


def test_every_status_and_verdict_has_words() -> None:
    assert set(VERDICT_MEANINGS) == set(Verdict)
    assert set(STATUS_MEANINGS) == set(Status)
