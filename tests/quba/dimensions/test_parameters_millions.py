"""Parameters."""

import pytest

from quba.dimensions.parameters_millions import parameters_millions


@pytest.mark.parametrize(
    ("count", "millions"), [(25_557_032, 25.6), (61_100_840, 61.1), (0, 0.0), (49_999, 0.0), (881_530_000, 881.5)]
)
def test_one_decimal(count: int, millions: float) -> None:
    assert parameters_millions(count) == millions


def test_a_negative_count_is_refused() -> None:
    with pytest.raises(ValueError, match="0 or more"):
        parameters_millions(-1)
