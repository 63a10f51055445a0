"""Lengths of time, at the ends of each unit too."""

import pytest

from wellbehaved.duration_text import duration


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (89, "1 min"),
        (91, "2 min"),
        (3_569, "59 min"),
        (3_571, "1 h"),
        (3_700, "1 h 2 min"),
        (7_199, "2 h"),
        (44_000, "12 h 13 min"),
        (360_000, "100 h"),
    ],
)
def test_a_length_of_time_is_written_in_the_units_that_a_reader_plans_by(seconds: float, text: str) -> None:
    assert duration(seconds) == text
