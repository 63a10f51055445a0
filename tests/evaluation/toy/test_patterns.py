import numpy as np
import pytest

from evaluation.toy.patterns import PATTERNS, painted
from evaluation.toy.shapes import CLASSES

V, U = np.mgrid[0:64, 0:64] / 8.0


def test_one_pattern_per_class() -> None:
    assert len(PATTERNS) == len(CLASSES)


@pytest.mark.parametrize("number", range(len(PATTERNS)))
def test_patterns_vary_within_bounds(number: int) -> None:
    values = painted(number, U, V)
    assert values.shape == U.shape
    assert 0 <= values.min() < values.max() <= 1
    assert values.std() > 0.1


def test_no_two_patterns_look_alike() -> None:
    drawn = np.array([painted(number, U, V).ravel() for number in range(len(PATTERNS))])
    alike = np.corrcoef(drawn) - np.eye(len(PATTERNS))
    assert np.abs(alike).max() < 0.8
