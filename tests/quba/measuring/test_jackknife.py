"""Groups of images and the standard errors that come of leaving them out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from quba.measuring.jackknife import GROUP_COUNT, balanced_groups, jackknife_standard_error

some_labels = arrays(np.int64, st.integers(1, 120), elements=st.integers(0, 5))


@given(some_labels, st.integers(2, 25))
def test_every_class_and_the_whole_are_dealt_evenly(labels: np.ndarray, wanted: int) -> None:
    groups = balanced_groups(labels, wanted)
    assert groups.count == min(wanted, labels.size)
    sizes = np.bincount(groups.of_image, minlength=groups.count)
    assert np.ptp(sizes) <= 1
    for label in np.unique(labels):
        of_class = np.bincount(groups.of_image[labels == label], minlength=groups.count)
        assert np.ptp(of_class) <= 1


def test_the_same_images_are_always_dealt_alike() -> None:
    labels = np.tile(np.arange(7), 30)
    assert balanced_groups(labels).of_image.tolist() == balanced_groups(labels).of_image.tolist()
    assert balanced_groups(labels).count == GROUP_COUNT == 20


@pytest.mark.parametrize(("images", "groups"), [(0, 20), (5, 1)])
def test_nothing_to_deal_is_refused(images: int, groups: int) -> None:
    with pytest.raises(ValueError, match=f"{images} images cannot be dealt to {groups} groups"):
        balanced_groups(np.zeros(images, dtype=np.int64), groups)


def test_one_group_has_nothing_to_scatter() -> None:
    assert jackknife_standard_error(np.array([0.3])) is None


@given(arrays(np.float64, st.integers(2, 30), elements=st.floats(-1, 1)))
def test_for_a_mean_it_is_the_textbook_formula(values: np.ndarray) -> None:
    without_each = (values.sum() - values) / (values.size - 1)
    expected = values.std(ddof=1) / np.sqrt(values.size)
    assert jackknife_standard_error(without_each) == pytest.approx(expected, abs=1e-12)
