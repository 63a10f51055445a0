"""Shape bias."""

import numpy as np
import pytest

from quba.dimension import Missing, UndefinedResult
from quba.dimensions.shape_bias import shape_bias

SHAPES, TEXTURES = np.zeros(8, dtype=np.int64), np.ones(8, dtype=np.int64)


def test_three_for_shape_one_for_texture_four_for_neither() -> None:
    assert shape_bias(np.array([0, 0, 0, 1, 2, 3, 4, 5]), SHAPES, TEXTURES) == 0.75


def test_images_whose_cues_agree_are_left_out() -> None:
    decisions = np.array([0, 1, 7, 7])
    assert shape_bias(decisions, np.array([0, 0, 7, 7]), np.array([1, 1, 7, 7])) == 0.5


def test_without_any_cue_decision_it_is_undefined() -> None:
    with pytest.raises(UndefinedResult) as caught:
        shape_bias(np.full(8, 5), SHAPES, TEXTURES)
    assert caught.value.reason is Missing.NOT_APPLICABLE


@pytest.mark.parametrize("count", [0, 3])
def test_no_conflict_is_refused(count: int) -> None:
    same = np.full(count, 4)
    with pytest.raises(ValueError, match="disagree"):
        shape_bias(same, same, same)


@pytest.mark.usefixtures("unchecked_shapes")
def test_counts_that_differ_are_refused() -> None:
    with pytest.raises(ValueError, match="3 decisions for 8 shapes and 8 textures"):
        shape_bias(np.zeros(3, dtype=np.int64), SHAPES, TEXTURES)
    for shapes, textures in ((SHAPES, TEXTURES[:5]), (SHAPES[:5], TEXTURES)):
        with pytest.raises(ValueError, match=f"8 decisions for {shapes.size} shapes and {textures.size} textures"):
            shape_bias(SHAPES, shapes, textures)
