import itertools

import numpy as np
import pytest
from numpy.typing import NDArray

from evaluation.toy.patterns import PATTERNS, paint
from evaluation.toy.shapes import CLASSES

V, U = np.mgrid[0:64, 0:64] / 8


def surface(number: int) -> NDArray[np.float64]:
    values = paint(number, U, V)
    return np.asarray(values, dtype=np.float64)


def test_every_class_has_a_pattern() -> None:
    assert len(PATTERNS) == len(CLASSES)


@pytest.mark.parametrize("number", range(len(PATTERNS)))
def test_a_pattern_covers_the_grid_and_is_not_flat(number: int) -> None:
    values = surface(number)
    assert values.shape == U.shape
    assert values.min() >= 0
    assert values.max() <= 1
    assert values.std() > 0.1


def test_no_two_patterns_are_nearly_the_same() -> None:
    for one, other in itertools.combinations(range(len(PATTERNS)), 2):
        alike = np.corrcoef(surface(one).ravel(), surface(other).ravel())[0, 1]
        assert abs(alike) < 0.95, (one, other)
