"""When the brackets at the ranks hold, and what is said of them, run by node."""

from collections.abc import Callable
from typing import Any

Played = Callable[[str], Any]


def test_tiers_hold_for_the_question_they_were_asked_with_and_say_so_in_words(played: Played) -> None:
    within = "are one tier: their differences from its best are within the measurement error"
    assert played("tiers.mjs") == {
        "arranged": True,
        "weighed": False,
        "filtered": False,
        "ordered": True,
        "several": f"Ranks 1 to 3 {within}",
        "tied": f"The models at rank 4 {within}",
        "alone": "Rank 6 is a tier of its own",
        "found": 5,
        "between": None,
    }
