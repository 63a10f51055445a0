import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.own_data.compositing import composite, pairs


@given(st.lists(st.integers(2, 12), min_size=2, max_size=6))
def test_every_object_meets_its_own_class_and_another(counts: list[int]) -> None:
    labels = np.repeat(np.arange(len(counts)), counts)
    found = pairs(labels)
    assert (labels[found.same] == labels).all()
    assert (found.same != np.arange(labels.size)).all()
    assert np.unique(found.same).size == labels.size
    assert (labels[found.other] != labels).all()
    again = pairs(labels)
    assert np.array_equal(found.same, again.same)
    assert np.array_equal(found.other, again.other)


@pytest.mark.parametrize(("classes", "each"), [(2, 10), (3, 10), (10, 18), (40, 10)])
def test_other_classes_and_their_backgrounds_are_used_evenly(classes: int, each: int) -> None:
    labels = np.repeat(np.arange(classes), each)
    found = pairs(labels)
    for label in range(classes):
        met = np.bincount(labels[found.other][labels == label], minlength=classes)
        strangers = np.delete(met, label)
        assert strangers.max() - strangers.min() <= 1
    used = np.bincount(found.other, minlength=labels.size)
    assert used.max() <= 2


def test_the_object_stays_and_the_background_is_the_others() -> None:
    pixels = np.full((40, 60, 3), 200, dtype=np.uint8)
    mask = np.zeros((40, 60), dtype=bool)
    mask[10:30, 20:40] = True
    behind = np.full((25, 25, 3), 50, dtype=np.uint8)
    found = composite(pixels, mask, behind)
    assert found.shape == (40, 60, 3)
    assert (found[14:26, 24:36] == 200).all()
    far = np.ones((40, 60), dtype=bool)
    far[6:34, 16:44] = False
    assert (found[far] == 50).all()
