"""A difference in words says no more than its numbers."""

from typing import Any

import pytest

from tests.wellbehaved.test_difference_text import answer, item
from wellbehaved.difference_words import difference_words, is_gain, is_shown


@pytest.mark.parametrize(
    ("found", "words", "shown"),
    [
        (item(), "New [big] is better, more than chance", True),
        (item(difference=-0.1), "New [big] is worse, more than chance", True),
        (item(p_holm=0.06), "not shown to differ", False),
        (item(paired=False), "New [big] is better, more than chance, not paired", True),
        (item(difference=0.0), "equal", False),
        (item(low=None, p_holm=None), "New [big] is better as measured; how sure that is, nobody knows", False),
        (item(p_holm=None), "New [big] is better", True),
        (item(difference=None, missing_a="failed"), "Old: failed", False),
    ],
)
def test_every_kind_of_difference(found: dict[str, Any], words: str, shown: bool) -> None:
    told = answer(found)
    assert difference_words(found, True, told) == words
    assert is_shown(found, told) is shown


def test_where_less_is_better_a_fall_is_a_gain() -> None:
    assert is_gain(item(difference=-0.1), False)
    assert not is_gain(item(difference=0.1), False)
    assert not is_gain(item(difference=0.0), False)
    assert not is_gain(item(difference=None), True)


@pytest.mark.parametrize(
    ("p", "confidence", "shown"),
    [(0.049, 0.95, True), (0.051, 0.95, False), (0.051, 0.9, True), (0.02, 0.99, False), (0.0, 0.99, True)],
)
def test_what_is_shown_rests_on_the_corrected_p_and_the_confidence_asked_for(
    p: float, confidence: float, shown: bool
) -> None:
    found = item(p=0.0001, p_holm=p)
    told = answer(found, confidence=confidence)
    assert is_shown(found, told) is shown
    assert difference_words(found, True, told).endswith("more than chance" if shown else "not shown to differ")


def test_both_reasons_are_named_where_both_are_missing() -> None:
    found = item(difference=None, missing_a="failed", missing_b="not_applicable")
    assert difference_words(found, True, answer(found)) == "Old: failed; New [big]: not_applicable"


def test_what_is_not_paired_is_marked_only_beside_what_is() -> None:
    words = {}
    cases: dict[str, dict[str, Any]] = {
        "equal": {"difference": 0.0}, "unsure": {"p_holm": 0.5}, "published": {"low": None, "p_holm": None},
    }  # fmt: skip
    for name, others in cases.items():
        found = item(paired=False, **others)
        marked = difference_words(found, True, answer(found, paired=True))
        words[name] = marked
        # Where nothing is paired the title says so once.
        assert f"{difference_words(found, True, answer(found, paired=False))}, not paired" == marked
    assert words == {
        "equal": "equal, not paired",
        "unsure": "not shown to differ, not paired",
        "published": "New [big] is better as measured; how sure that is, nobody knows, not paired",
    }


def test_what_is_counted_is_no_matter_of_chance() -> None:
    found = item("parameters_millions", difference=-3.0, p_holm=None, paired=False)
    assert difference_words(found, False, answer(found)) == "New [big] is better"
    assert is_shown(found, answer(found))
