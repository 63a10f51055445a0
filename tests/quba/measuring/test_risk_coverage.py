"""Errors among the most confident images: a slow rewrite, and ties as the mean over their orders."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from quba.measuring.risk_coverage import errors_by_confidence

confidences = st.sampled_from([0.0, 0.25, 0.5, 1.0])


@settings(deadline=None)
@given(st.integers(1, 6).flatmap(lambda n: st.tuples(arrays(np.float32, n, elements=confidences), arrays(np.bool_, n))))
def test_the_mean_over_every_order_that_puts_the_most_confident_first(drawn: tuple[np.ndarray, np.ndarray]) -> None:
    confidence, right = drawn
    descending = sorted(confidence.tolist(), reverse=True)
    orders = [order for order in permutations(range(right.size)) if [float(confidence[i]) for i in order] == descending]
    expected = np.mean([np.cumsum(~right[list(order)]) for order in orders], axis=0)
    assert errors_by_confidence(confidence, right) == pytest.approx(expected, abs=1e-9)


def test_all_errors_are_there_in_the_end() -> None:
    rng = np.random.default_rng(0)
    confidence, right = rng.random(500).astype(np.float32), rng.random(500) < 0.7
    errors = errors_by_confidence(confidence, right)
    assert errors[-1] == (~right).sum()
    assert np.all(np.diff(errors, prepend=0) >= 0)


def test_without_an_image_there_is_no_curve() -> None:
    with pytest.raises(ValueError, match="no image"):
        errors_by_confidence(np.zeros(0, dtype=np.float32), np.zeros(0, dtype=bool))
