"""The cues are independent: changing one of them changes only the pixels that belong to it."""

import numpy as np
import pytest
from numpy.typing import NDArray

from evaluation.toy import drawing
from evaluation.toy.drawing import SIDE, Cues, Style, draw
from evaluation.toy.shapes import CLASSES

SEED = 5
CUES = Cues(shape=CLASSES.index("heart"), texture=2, background=7)
BLIND = (Style.EDGE, Style.SILHOUETTE, Style.SKETCH, Style.RENDITION)


def picture(style: Style = Style.PHOTO, seed: int = SEED, **changed: int) -> NDArray[np.uint8]:
    cues = Cues(**{"shape": CUES.shape, "texture": CUES.texture, "background": CUES.background, **changed})
    return np.asarray(draw(cues, np.random.default_rng(seed), style))


def mask() -> NDArray[np.float64]:
    """Where the object of `picture()` is: 1 inside, 0 outside."""
    outline = drawing._outline(CUES.shape, np.random.default_rng(SEED))
    return np.asarray(drawing._mask(outline))


@pytest.mark.parametrize("style", Style)
def test_a_picture_is_made_of_bytes_and_the_same_seed_draws_it_again(style: Style) -> None:
    drawn = picture(style)
    assert drawn.shape == (SIDE, SIDE, 3)
    assert drawn.dtype == np.uint8
    assert np.array_equal(drawn, picture(style))
    assert not np.array_equal(drawn, picture(style, seed=SEED + 1))


def test_another_texture_changes_the_inside_alone() -> None:
    changed = (picture() != picture(texture=9)).any(axis=2)
    assert not changed[mask() == 0].any()
    assert changed[mask() == 1].mean() > 0.2


def test_another_background_changes_the_outside_alone() -> None:
    changed = (picture() != picture(background=0)).any(axis=2)
    assert not changed[mask() == 1].any()
    assert changed[mask() == 0].mean() > 0.2


@pytest.mark.parametrize("style", BLIND)
def test_line_art_and_cartoons_show_neither_texture_nor_background(style: Style) -> None:
    assert np.array_equal(picture(style), picture(style, texture=9, background=0))


def test_the_stylized_background_is_painted_like_the_object() -> None:
    assert np.array_equal(picture(Style.STYLIZED), picture(Style.STYLIZED, background=0))
    changed = (picture(Style.STYLIZED) != picture(Style.STYLIZED, texture=9)).any(axis=2)
    assert changed[mask() == 0].mean() > 0.2


@pytest.mark.parametrize("style", Style)
def test_another_shape_is_seen_in_every_style(style: Style) -> None:
    assert not np.array_equal(picture(style), picture(style, shape=CLASSES.index("star")))


@pytest.mark.parametrize("style", [Style.EDGE, Style.SILHOUETTE, Style.SKETCH])
def test_line_art_is_dark_on_white_without_colour(style: Style) -> None:
    drawn = picture(style)
    assert (drawn[..., :1] == drawn).all()
    assert np.median(drawn) == 255
    assert drawn.min() < 100


def test_a_silhouette_is_the_object() -> None:
    black = picture(Style.SILHOUETTE)[..., 0]
    assert (black[mask() == 1] == 0).all()
    assert (black[mask() == 0] == 255).all()


@pytest.mark.parametrize("shape", range(len(CLASSES)), ids=CLASSES)
def test_every_shape_stays_inside_the_picture(shape: int) -> None:
    for seed in range(20):
        drawn = picture(Style.SILHOUETTE, seed=seed, shape=shape)[..., 0]
        assert 0.02 < (drawn < 128).mean() < 0.75
        border = np.concatenate([drawn[0], drawn[-1], drawn[:, 0], drawn[:, -1]])
        assert (border == 255).mean() > 0.9
