"""Object focus and the background gap."""

import math

import pytest

from quba.dimension import Missing, UndefinedResult
from quba.dimensions.object_focus import background_gap, object_focus


@pytest.mark.parametrize(("same", "rand", "gap"), [(0.9, 0.85, 0.05), (0.8, 0.85, -0.05), (0.8, 0.8, 0.0)])
def test_the_gap_may_have_either_sign(same: float, rand: float, gap: float) -> None:
    assert background_gap(same, rand) == pytest.approx(gap)
    assert object_focus(same, rand, 0.8) == pytest.approx(1 - gap / 0.8)


def test_zero_clean_accuracy_is_undefined() -> None:
    with pytest.raises(UndefinedResult) as caught:
        object_focus(0.1, 0.1, 0.0)
    assert caught.value.reason is Missing.ZERO_CLEAN_ACCURACY


@pytest.mark.parametrize(("same", "rand"), [(90.0, 0.8), (0.9, -0.1), (math.nan, 0.5)])
def test_misuse_is_refused(same: float, rand: float) -> None:
    with pytest.raises(ValueError, match=r"mixed-(same|rand) accuracy"):
        background_gap(same, rand)
    with pytest.raises(ValueError, match="accuracy"):
        object_focus(same, rand, 0.8)
