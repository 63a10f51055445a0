import numpy as np
import pytest

from evaluation.toy.shapes import CLASSES, SHAPES


def test_sixteen_classes_in_alphabetical_order() -> None:
    assert len(CLASSES) == 16
    assert list(CLASSES) == sorted(CLASSES)


@pytest.mark.parametrize("name", CLASSES)
def test_outlines_fill_their_square_and_stay_in_it(name: str) -> None:
    outline = SHAPES[name]
    assert np.abs(outline).max() <= 1.05
    assert np.ptp(outline, axis=0).max() > 1


def test_no_two_outlines_cover_the_same_places() -> None:
    def covered(name: str) -> frozenset[tuple[int, int]]:
        x, y = np.mgrid[-1:1:40j, -1:1:40j]
        corners = SHAPES[name]
        inside = np.zeros(x.shape, dtype=bool)
        for (x1, y1), (x2, y2) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
            crosses = (y1 > y) != (y2 > y)
            with np.errstate(divide="ignore", invalid="ignore"):
                inside ^= crosses & (x < (x2 - x1) * (y - y1) / (y2 - y1) + x1)
        return frozenset(zip(*map(np.ndarray.tolist, np.nonzero(inside)), strict=True))

    places = {name: covered(name) for name in CLASSES}
    overlaps = [len(places[a] & places[b]) / len(places[a] | places[b]) for a in CLASSES for b in CLASSES if a < b]
    assert max(overlaps) < 0.9
