import pytest

from dashboard.components.evaluation_card import headline, rank_interval

STANDING = {
    "rank": 120, "rank_low": 101, "rank_high": 139, "of": 327, "confidence": 0.9, "label": "interim, quick subset",
    "dimensions": ["accuracy"], "missing": [],
}  # fmt: skip
ANSWER = {"name": "Mine", "state": "running", "place_in_queue": None, "standing": STANDING}


@pytest.mark.parametrize(
    ("known", "first_line", "fact"),
    [
        (
            {},
            "Mine will rank between 101 and 139 of 327, as far as it is measured.",
            "rank 101 to 139 with 90% confidence, by measurement error",
        ),
        (
            {"rank_low": 120, "rank_high": 120},
            "Mine will rank 120 of 327, as far as it is measured.",
            "rank 120 with 90% confidence, by measurement error",
        ),
        (
            {"rank_low": None, "rank_high": None},
            "Mine would rank 120 of 327 by what is measured so far.",
            "no rank interval, for the standard error of a value is not known",
        ),
    ],
)
def test_an_interim_rank_is_an_interval_unless_an_error_is_not_known(
    known: dict[str, int | None], first_line: str, fact: str
) -> None:
    standing = {**STANDING, **known}
    assert headline({**ANSWER, "standing": standing}) == first_line
    assert rank_interval(standing) == fact


@pytest.mark.parametrize(
    ("answer", "first_line"),
    [
        ({"state": "succeeded"}, "Mine ranks 120 of 327."),
        (
            {"state": "succeeded", "standing": {**STANDING, "missing": ["shape_bias"]}},
            "Mine ranks 120 of 327 on the one dimension measured.",
        ),
        ({"state": "queued", "standing": None, "place_in_queue": 3}, "Mine waits, place 3 in the queue."),
        ({"state": "failed", "standing": None}, "Mine could not be measured."),
    ],
)
def test_the_first_line_says_where_the_model_stands(answer: dict[str, object], first_line: str) -> None:
    assert headline({**ANSWER, **answer}) == first_line
