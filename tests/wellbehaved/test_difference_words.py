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
