"""Accuracy."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quba.dimensions.accuracy import accuracy


@given(st.lists(st.booleans(), min_size=1))
def test_the_share_that_is_right(right: list[bool]) -> None:
    assert accuracy(np.array(right)) == float(Fraction(right.count(True), len(right)))


def test_no_image_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one image"):
        accuracy(np.array([], dtype=bool))
