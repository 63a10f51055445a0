import numpy as np
import pytest

from evaluation.toy.drawing import SIDE, Cues, Style, draw
from evaluation.toy.shapes import CLASSES

CIRCLE, SQUARE = CLASSES.index("circle"), CLASSES.index("square")


def drawn(style: Style = Style.PHOTO, seed: int = 0, **cues: int) -> np.ndarray:
    wanted = Cues(**{"shape": CIRCLE, "texture": 0, "background": 1, **cues})
    return draw(wanted, np.random.default_rng(seed), style).astype(int)


@pytest.mark.parametrize("style", Style)
def test_images_are_eight_bit_colour_and_always_the_same(style: Style) -> None:
    image = draw(Cues(shape=2, texture=3, background=4), np.random.default_rng(0), style)
    assert image.shape == (SIDE, SIDE, 3)
    assert image.dtype == np.uint8
    assert (image == draw(Cues(shape=2, texture=3, background=4), np.random.default_rng(0), style)).all()
    assert (image != draw(Cues(shape=2, texture=3, background=4), np.random.default_rng(1), style)).any()


def test_each_cue_changes_its_own_part_of_the_image() -> None:
    base = drawn()
    texture = np.abs(base - drawn(texture=5)).sum(axis=2) > 0
    background = np.abs(base - drawn(background=6)).sum(axis=2) > 0
    # The same place, size and colours: a circle in the middle, and everything around it.
    assert texture.mean() > 0.05
    assert background.mean() > 0.2
    assert (texture & background).mean() < 0.1


@pytest.mark.parametrize("style", [Style.EDGE, Style.SILHOUETTE, Style.SKETCH])
def test_line_art_has_no_colour_texture_or_background(style: Style) -> None:
    assert (drawn(style) == drawn(style, texture=7, background=8)).all()
    image = drawn(style)
    assert (image[..., 0] == image[..., 1]).all()
    assert (image[..., 1] == image[..., 2]).all()
    assert image.max() == 255


def test_a_cartoon_has_no_texture() -> None:
    assert (drawn(Style.RENDITION) == drawn(Style.RENDITION, texture=7, background=8)).all()


def test_a_stylized_image_has_its_texture_everywhere() -> None:
    assert (drawn(Style.STYLIZED) == drawn(Style.STYLIZED, background=8)).all()
    assert (drawn(Style.STYLIZED) != drawn(Style.STYLIZED, texture=8)).any(axis=2).mean() > 0.4


def test_silhouettes_differ_by_shape_only() -> None:
    assert (drawn(Style.SILHOUETTE) != drawn(Style.SILHOUETTE, shape=SQUARE)).any()
