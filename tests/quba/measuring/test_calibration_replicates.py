"""The quick way of leaving groups out gives what leaving them out gives."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from quba.dimensions.calibration_error import adaptive_calibration_error, expected_calibration_error
from quba.measuring.calibration_bins import equal_width_edges
from quba.measuring.calibration_replicates import adaptive_calibration_replicates, expected_calibration_replicates
from quba.measuring.jackknife import balanced_groups

relaxed = settings(deadline=None, max_examples=150)

tie_prone = st.one_of(
    st.sampled_from([0.0, 1.0, 0.2, 0.4, 0.5, 0.6, 0.8]),
    st.sampled_from([float(edge) for edge in equal_width_edges()]),
    st.floats(0, 1, width=32),
)


@st.composite
def outputs(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    images, classes = draw(st.integers(2, 60)), draw(st.integers(1, 4))
    probabilities = draw(arrays(np.float32, (images, classes), elements=tie_prone.map(np.float32)))
    return probabilities, draw(arrays(np.int64, images, elements=st.integers(0, classes - 1)))


@relaxed
@given(outputs(), st.integers(2, 12))
def test_both_errors_without_each_group(case: tuple[np.ndarray, np.ndarray], group_count: int) -> None:
    probabilities, labels = case
    groups = balanced_groups(labels, group_count)
    kept = [groups.of_image != group for group in range(groups.count)]
    ece = [expected_calibration_error(probabilities[rows], labels[rows]) for rows in kept]
    ace = [adaptive_calibration_error(probabilities[rows], labels[rows]) for rows in kept]
    assert expected_calibration_replicates(probabilities, labels, groups) == pytest.approx(ece, abs=1e-12)
    assert adaptive_calibration_replicates(probabilities, labels, groups) == pytest.approx(ace, abs=1e-12)


def test_a_class_whose_only_probabilities_above_0_are_left_out() -> None:
    # Column 1 has a value above 0 in the first image only, which is the whole of group 0.
    probabilities = np.array([[0.5, 0.5], [1.0, 0.0], [1.0, 0.0]], dtype=np.float32)
    labels = np.array([1, 0, 0])
    groups = balanced_groups(labels, 3)
    by_hand = [
        adaptive_calibration_error(probabilities[groups.of_image != group], labels[groups.of_image != group])
        for group in range(3)
    ]
    assert adaptive_calibration_replicates(probabilities, labels, groups) == pytest.approx(by_hand)


def test_more_classes_than_are_taken_at_once_and_empty_ones() -> None:
    probabilities = np.random.default_rng(1).random((40, 71)).astype(np.float32)
    probabilities[:, 5] = 0
    labels = np.arange(40)
    groups = balanced_groups(labels, 4)
    rows = groups.of_image != 2
    without = adaptive_calibration_replicates(probabilities, labels, groups)[2]
    assert without == pytest.approx(adaptive_calibration_error(probabilities[rows], labels[rows]), abs=1e-12)
