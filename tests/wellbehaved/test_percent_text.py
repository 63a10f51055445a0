"""Shares in per cent."""

import pytest

from wellbehaved.percent_text import percent


@pytest.mark.parametrize(
    ("share", "decimals", "text"), [(0.554, 0, "55 %"), (1.0, 0, "100 %"), (0.0, 0, "0 %"), (0.875, 1, "87.5 %")]
)
def test_a_share_is_written_with_a_space(share: float, decimals: int, text: str) -> None:
    assert percent(share, decimals) == text
