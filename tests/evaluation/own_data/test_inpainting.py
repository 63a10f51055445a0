import numpy as np

from evaluation.own_data.inpainting import hole_around, painted_over
from evaluation.toy.drawing import object_mask
from evaluation.toy.shapes import CLASSES


def test_the_hole_is_convex_and_holds_the_object_with_a_margin() -> None:
    mask = object_mask(CLASSES.index("crescent"), np.random.default_rng(3)) >= 0.5
    hole = hole_around(mask)
    assert hole[mask].all()
    # Every row of a convex region is one run.
    for row in hole[hole.any(axis=1)]:
        places = np.flatnonzero(row)
        assert places[-1] - places[0] + 1 == len(places)
    assert hole.sum() > 1.2 * mask.sum()


def test_the_object_is_gone_and_the_rest_is_as_it_was() -> None:
    rng = np.random.default_rng(0)
    pixels = rng.integers(100, 140, (200, 300, 3), dtype=np.uint8)
    mask = np.zeros((200, 300), dtype=bool)
    mask[70:130, 120:180] = True
    pixels[mask] = (255, 0, 0)
    found = painted_over(pixels, mask)
    hole = hole_around(mask)
    assert np.array_equal(found[~hole], pixels[~hole])
    # The colours of the surroundings, and nothing of a red object.
    assert found[mask].min() >= 90
    assert found[mask].max() <= 150


def test_a_plain_background_is_restored_exactly() -> None:
    pixels = np.full((64, 64, 3), (10, 200, 77), dtype=np.uint8)
    mask = np.zeros((64, 64), dtype=bool)
    mask[20:44, 16:40] = True
    drawn = pixels.copy()
    drawn[mask] = 255
    assert np.array_equal(painted_over(drawn, mask), pixels)
