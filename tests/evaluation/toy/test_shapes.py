import itertools

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from evaluation.toy.shapes import CLASSES, SHAPES

SIDE = 64


def filled(name: str) -> NDArray[np.bool_]:
    canvas = Image.new("1", (SIDE, SIDE))
    points = [(x, y) for x, y in ((SHAPES[name] + 1.1) * SIDE / 2.2).tolist()]
    ImageDraw.Draw(canvas).polygon(points, fill=1)
    return np.asarray(canvas)


def test_there_are_sixteen_classes_in_the_order_of_their_folders() -> None:
    assert len(CLASSES) == 16
    assert list(CLASSES) == sorted(CLASSES) == list(SHAPES)
    # Digits, underscores and hyphens would be taken for the grammar of file names.
    assert all(name.isalpha() and name.islower() for name in CLASSES)


def test_every_outline_fits_its_square_and_has_an_inside() -> None:
    for name, outline in SHAPES.items():
        assert np.abs(outline).max() <= 1.05, name
        assert filled(name).mean() > 0.1, name


def test_no_two_shapes_are_nearly_the_same() -> None:
    masks = {name: filled(name) for name in CLASSES}
    for one, other in itertools.combinations(CLASSES, 2):
        shared = (masks[one] & masks[other]).sum() / (masks[one] | masks[other]).sum()
        assert shared < 0.95, (one, other)
