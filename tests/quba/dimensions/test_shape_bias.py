"""Shape bias."""

import numpy as np
import pytest

from quba.dimension import Missing, UndefinedResult
from quba.dimensions.shape_bias import cue_kinds, shape_bias
from quba.measuring.observations import CueDecisions

SHAPES, TEXTURES = np.zeros(8, dtype=np.int64), np.ones(8, dtype=np.int64)


def test_three_for_shape_one_for_texture_four_for_neither() -> None:
    cues = CueDecisions.of(cue_kinds(np.array([0, 0, 0, 1, 2, 3, 4, 5]), SHAPES, TEXTURES))
    assert cues == CueDecisions(shape=3, texture=1, other=4)
    assert shape_bias(cues) == 0.75


def test_images_whose_cues_agree_are_left_out() -> None:
    kinds = cue_kinds(np.array([0, 1, 7, 0]), np.array([0, 0, 7, 7]), np.array([1, 1, 7, 7]))
    assert kinds.tolist() == [1, 2, 0, 0]
    assert CueDecisions.of(kinds) == CueDecisions(shape=1, texture=1, other=0)


@pytest.mark.parametrize("count", [0, 3])
def test_without_a_conflict_nothing_is_counted(count: int) -> None:
    same = np.full(count, 4)
    assert CueDecisions.of(cue_kinds(same, same, same)) == CueDecisions(shape=0, texture=0, other=0)


def test_without_any_cue_decision_it_is_undefined() -> None:
    with pytest.raises(UndefinedResult) as caught:
        shape_bias(CueDecisions.of(cue_kinds(np.full(8, 5), SHAPES, TEXTURES)))
    assert caught.value.reason is Missing.NOT_APPLICABLE


@pytest.mark.usefixtures("unchecked_shapes")
def test_counts_that_differ_are_refused() -> None:
    with pytest.raises(ValueError, match="3 decisions for 8 shapes and 8 textures"):
        cue_kinds(np.zeros(3, dtype=np.int64), SHAPES, TEXTURES)
    for shapes, textures in ((SHAPES, TEXTURES[:5]), (SHAPES[:5], TEXTURES)):
        with pytest.raises(ValueError, match=f"8 decisions for {shapes.size} shapes and {textures.size} textures"):
            cue_kinds(SHAPES, shapes, textures)
