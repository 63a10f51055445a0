"""Flips in words, one or many."""

import pytest

from wellbehaved.flip_text import flips_text


@pytest.mark.parametrize(
    ("wrong", "right", "text"),
    [
        (0, 0, "0 were right and are now wrong, and 0 were wrong and are now right"),
        (1, 2, "1 was right and is now wrong, and 2 were wrong and are now right"),
        (1200, 1, "1,200 were right and are now wrong, and 1 was wrong and is now right"),
    ],
)
def test_one_and_many(wrong: int, right: int, text: str) -> None:
    assert flips_text(wrong, right) == text
