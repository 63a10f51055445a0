import numpy as np
import pytest

from evaluation.own_data.renditions import RENDITIONS, edge, sketch
from evaluation.toy.shapes import CLASSES
from tests.evaluation.own_data.marked_drawings import toy_drawing


def square() -> np.ndarray:
    picture = np.full((120, 120, 3), 60, dtype=np.uint8)
    picture[30:90, 30:90] = 180
    return picture


def test_edges_are_black_where_the_picture_changes_and_white_elsewhere() -> None:
    found = edge(square())
    assert set(np.unique(found)) == {0, 255}
    black = found[..., 0] == 0
    near = np.zeros((120, 120), dtype=bool)
    near[26:94, 26:94] = True
    near[34:86, 34:86] = False
    assert black.any()
    assert not black[~near].any()
    # All four sides.
    assert black.any(axis=1)[30:90].all()
    assert black.any(axis=0)[30:90].all()


@pytest.mark.parametrize("brightness", [0.3, 0.6, 1.0])
def test_dark_pictures_have_their_edges_too(brightness: float) -> None:
    for label in range(len(CLASSES)):
        found = edge((toy_drawing(label, 0)[0] * brightness).astype(np.uint8))
        assert 0.002 < (found == 0).mean() < 0.5, CLASSES[label]


def test_a_pencil_leaves_surfaces_white_and_outlines_grey() -> None:
    found = sketch(square())[..., 0]
    assert (found[:10] >= 250).all()
    assert (found[55:65, 55:65] >= 250).all()
    assert found[28, 60] < 200


def test_they_keep_the_size_and_a_picture_without_anything_is_white() -> None:
    plain = np.full((30, 50, 3), 77, dtype=np.uint8)
    for make in RENDITIONS.values():
        assert make(plain).shape == (30, 50, 3)
        assert (make(plain) == 255).all()
        assert make(plain).dtype == np.uint8
    assert list(RENDITIONS) == ["edge", "sketch"]
