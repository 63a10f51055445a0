"""How a value compares, in words."""

import pytest

from wellbehaved.standing_text import standing_text


@pytest.mark.parametrize(
    ("counts", "text"),
    [
        ((1, 0, 1), "better than 1 of 1 other model"),
        ((0, 0, 1), "better than 0 of 1 other model"),
        ((244, 0, 325), "better than 244 of 325 other models"),
        ((3, 2, 8), "better than 3 of 8 other models, level with 2"),
        ((0, 0, 0), ""),
    ],
)
def test_words(counts: tuple[int, int, int], text: str) -> None:
    assert standing_text(dict(zip(("better_than", "level_with", "others"), counts, strict=True))) == text


def test_a_missing_value_has_no_words() -> None:
    assert standing_text(None) == ""
