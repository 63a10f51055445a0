"""The exchanges of glass blur, followed for all pixels at once, against the published loop over single pixels."""

import numpy as np
import pytest

from evaluation.corruptions import CORRUPTIONS
from evaluation.corruptions.glass_blur import _exchanges, _sources
from evaluation.corruptions.kernels import gaussian_blur


def by_hand(height: int, width: int, reach: int, rng: np.random.Generator) -> np.ndarray:
    """The published program: from the last pixel to the first, each takes what its neighbour holds by then."""
    first = reach + 1
    inner = [
        (row, column)
        for row in range(first, max(first, height - reach + 1))
        for column in range(first, max(first, width - reach + 1))
    ]
    down, right = rng.integers(-reach, reach, (2, len(inner)))
    holds = np.arange(height * width).reshape(height, width)
    for place in range(len(inner) - 1, -1, -1):
        row, column = inner[place]
        holds[row, column] = holds[row + down[place], column + right[place]]
    return holds.ravel()


@pytest.mark.parametrize(("height", "width", "reach"), [(12, 12, 1), (17, 11, 2), (24, 30, 4), (5, 40, 2), (3, 3, 2)])
@pytest.mark.parametrize("seed", range(4))
def test_chains_of_exchanges_end_where_the_loop_ends_them(height: int, width: int, reach: int, seed: int) -> None:
    found = _sources(height, width, reach, np.random.default_rng(seed))
    assert found.tolist() == by_hand(height, width, reach, np.random.default_rng(seed)).tolist()


def test_rounds_are_followed_back_as_one() -> None:
    """At the third severity there are three, each with exchanges of its own."""
    pixels = np.arange(224 * 224)
    rng = np.random.default_rng(1)
    after_each = [pixels]
    for _ in range(3):
        after_each.append(after_each[-1][_sources(224, 224, 2, rng)])
    (found,) = _exchanges((224, 224), 3, np.random.default_rng(1))
    assert pixels[found].tolist() == after_each[-1].tolist()


def test_an_image_smaller_than_the_reach_exchanges_nothing() -> None:
    assert _sources(4, 4, 4, np.random.default_rng(0)).tolist() == list(range(16))


def test_the_border_is_only_blurred() -> None:
    image = np.random.default_rng(0).integers(0, 256, (224, 224, 3), dtype=np.uint8)
    changed = CORRUPTIONS["glass_blur"].corrupt(image, 1, seed=0, number=0)
    once = np.floor(gaussian_blur(image.astype(np.float32) / 255, 0.7) * 255) / np.float32(255)
    twice = gaussian_blur(once, 0.7)
    # Nothing is taken from further than 1 pixel, and a blur of 0.7 reaches 3.
    assert np.abs(changed[0, 100:110] / 255 - twice[0, 100:110]).max() < 0.35
    assert np.abs(changed.astype(float).mean() - image.mean()) < 2
