import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from evaluation.own_data.silhouettes import Patch, inner_square, texture_donors, texture_of_each, textured_silhouette


@settings(deadline=None)
@given(arrays(np.bool_, (9, 11), elements=st.sampled_from([True, True, True, False])).filter(lambda mask: mask.any()))
def test_the_square_inside_an_object_is_the_largest_of_odd_side(mask: np.ndarray) -> None:
    def fits(top: int, left: int, side: int) -> bool:
        part = mask[top : top + side, left : left + side]
        return part.shape == (side, side) and bool(part.all())

    largest = max(side for side in (1, 3, 5, 7, 9) for top in range(9) for left in range(11) if fits(top, left, side))
    found = inner_square(mask)
    assert found.side == largest
    assert fits(*found)


def test_the_wider_half_of_each_class_gives_texture() -> None:
    labels = np.array([0, 0, 0, 1, 1])
    donors = texture_donors(labels, np.array([0.1, 0.5, 0.4, 0.2, 0.3]))
    assert [sorted(each.tolist()) for each in donors] == [[1, 2], [4]]


@pytest.mark.parametrize("classes", [2, 3, 7])
def test_every_silhouette_has_the_texture_of_another_class_and_all_classes_give_theirs(classes: int) -> None:
    labels = np.repeat(np.arange(classes), 12)
    donors = texture_of_each(labels, np.linspace(0.1, 0.9, labels.size))
    assert (labels[donors] != labels).all()
    given_by = np.bincount(labels[donors], minlength=classes)
    assert given_by.max() - given_by.min() <= classes
    assert np.array_equal(donors, texture_of_each(labels, np.linspace(0.1, 0.9, labels.size)))


def test_a_silhouette_is_white_around_and_made_of_the_texture_within() -> None:
    mask = np.zeros((40, 50), dtype=bool)
    mask[8:32, 10:40] = True
    donor = np.zeros((20, 20, 3), dtype=np.uint8)
    donor[5:12, 5:12] = np.arange(7, dtype=np.uint8)[:, np.newaxis] * 30 + 10
    found = textured_silhouette(mask, donor, Patch(5, 5, 7))
    assert (found[:5] == 255).all()
    assert set(np.unique(found[12:28, 14:36])) == {10, 40, 70, 100, 130, 160, 190}
    # Mirrored, not repeated: neighbours are never further apart than in the texture.
    assert np.abs(np.diff(found[20, 14:36, 0].astype(int))).max() == 30
