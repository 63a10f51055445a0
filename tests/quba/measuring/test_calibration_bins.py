"""Bins of calibration errors, and the sorting under them."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from quba.measuring.calibration_bins import BINS, ascending_order, equal_filling_places, equal_width_edges

magnitudes = st.one_of(
    st.sampled_from([0.0, 1.0, 0.5, 1e-45, 1.1754944e-38]),
    st.floats(0, 1, width=32),
    st.floats(0, width=32, allow_nan=False, allow_infinity=True),
).map(abs)


@given(arrays(np.float32, st.integers(0, 300), elements=magnitudes))
def test_the_order_is_that_of_a_stable_sort(values: np.ndarray) -> None:
    assert ascending_order(values).tolist() == np.argsort(values, kind="stable").tolist()


def test_a_view_with_gaps_is_sorted_too() -> None:
    values = np.random.default_rng(0).random((9, 3)).astype(np.float32)[:, 1]
    assert ascending_order(values).tolist() == np.argsort(values).tolist()


def test_edges_run_from_0_to_1_within_a_rounding_of_fifteenths() -> None:
    edges = equal_width_edges()
    assert edges.dtype == np.float32
    assert np.abs(edges.astype(np.float64) - np.arange(BINS + 1) / BINS).max() < 1e-7


def test_places_round_halves_to_even_and_stay_inside() -> None:
    assert equal_filling_places(np.array([0]))[0].tolist() == [0] * 14
    assert equal_filling_places(np.array([1]))[0].tolist() == [0] * 14
    # Python's round is half-to-even as well.
    for count in (2, 7, 15, 45, 50, 1000):
        expected = [min(round(b * count / BINS), count - 1) for b in range(1, BINS)]
        assert equal_filling_places(np.array([count]))[0].tolist() == expected
