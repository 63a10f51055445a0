"""Draws one image from its cues: the shape of the object, its texture, the background, and a style."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from jaxtyping import Float, UInt8
from PIL import Image, ImageDraw

from evaluation.toy.patterns import paint
from evaluation.toy.shapes import CLASSES, SHAPES

SIDE = 64
_FINE = 3
_BLACK, _WHITE = 0.0, 1.0

Picture = UInt8[np.ndarray, "side side 3"]
Mask = Float[np.ndarray, "side side"]
Stroke = Callable[[ImageDraw.ImageDraw, list[tuple[float, float]]], object]


class Style(StrEnum):
    """How the object is rendered."""

    PHOTO = "photo"
    EDGE = "edge"
    SILHOUETTE = "silhouette"
    SKETCH = "sketch"
    STYLIZED = "stylized"
    RENDITION = "rendition"


@dataclass(frozen=True, kw_only=True, slots=True)
class Cues:
    """What an image shows; each is the number of the class that the cue stands for.

    Attributes:
        shape: of the object; the class.
        texture: of the object's surface.
        background: around it.
    """

    shape: int
    texture: int
    background: int


def draw(cues: Cues, rng: np.random.Generator, style: Style = Style.PHOTO) -> Picture:
    """Draw an image; place, size, turn, colours and noise come from `rng` and tell nothing of the class.

    Returns:
        8-bit colour values.
    """
    outline = _outline(cues.shape, rng)
    if style in (Style.EDGE, Style.SILHOUETTE, Style.SKETCH):
        return _eight_bit(_line_art(outline, style, rng)[..., np.newaxis].repeat(3, axis=2))
    mask = _mask(outline)[..., np.newaxis]
    if style is Style.RENDITION:
        # A cartoon: flat colours and a black contour, no texture at all.
        picture = _colour(rng, 0.55, 1.0) * mask + _colour(rng, 0.2, 0.9) * (1 - mask)
        contour = _contour(outline, width=5)[..., np.newaxis]
        return _eight_bit(picture * (1 - contour))
    surface = _surface(cues.texture, rng, contrast=0.75)
    if style is Style.STYLIZED:
        # One painter's hand for everything: the same texture on object and background, in other colours.
        around = _surface(cues.texture, rng, contrast=0.35)
    else:
        around = _surface(cues.background, rng, contrast=0.45)
    picture = surface * mask + around * (1 - mask)
    return _eight_bit(picture + rng.normal(0, 0.04, picture.shape))


def object_mask(shape: int, rng: np.random.Generator) -> Mask:
    """Where the object is in what `draw` draws from a generator in the same state: 1 inside, soft at the outline."""
    return _mask(_outline(shape, rng))


def _outline(shape: int, rng: np.random.Generator) -> Float[np.ndarray, "corners 2"]:
    """The outline in pixels."""
    angle = np.deg2rad(rng.uniform(-20, 20))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    size = rng.uniform(0.5, 0.82) * SIDE / 2
    middle = SIDE / 2 + rng.uniform(-1, 1, 2) * (SIDE / 2 - size) * 0.6
    stretched = SHAPES[CLASSES[shape]] * rng.uniform(0.9, 1.1, 2)
    placed: Float[np.ndarray, "corners 2"] = stretched @ turn.T * size + middle
    return placed


def _mask(outline: Float[np.ndarray, "corners 2"]) -> Mask:
    return _draw(lambda pen, points: pen.polygon(points, fill=255), outline)


def _contour(outline: Float[np.ndarray, "corners 2"], width: int) -> Mask:
    return _draw(lambda pen, points: pen.line([*points, points[0]], fill=255, width=width, joint="curve"), outline)


def _draw(stroke: Stroke, outline: Float[np.ndarray, "corners 2"]) -> Mask:
    # Drawn finer and made small again, for soft edges.
    canvas = Image.new("L", (SIDE * _FINE, SIDE * _FINE))
    stroke(ImageDraw.Draw(canvas), [(x, y) for x, y in (outline * _FINE).tolist()])
    mask: Mask = np.asarray(canvas.resize((SIDE, SIDE), Image.Resampling.BOX), dtype=float) / 255
    return mask


def _line_art(outline: Float[np.ndarray, "corners 2"], style: Style, rng: np.random.Generator) -> Mask:
    """Black on white: a fill, a clean contour, or a few unsteady strokes."""
    if style is Style.SILHOUETTE:
        return _WHITE - _mask(outline)
    if style is Style.EDGE:
        return _WHITE - _contour(outline, width=4)
    strokes = [_contour(outline + rng.normal(0, 0.7, outline.shape), width=2) for _ in range(3)]
    darkest: Mask = np.clip(0.7 * np.max(strokes, axis=0), _BLACK, _WHITE)
    return _WHITE - darkest


def _surface(pattern: int, rng: np.random.Generator, contrast: float) -> Float[np.ndarray, "side side 3"]:
    """A pattern in two colours, at a place and scale of its own."""
    period = rng.uniform(7, 10)
    v, u = np.mgrid[0:SIDE, 0:SIDE] / period + rng.uniform(-4, 4, (2, 1, 1))
    values = paint(pattern, u, v)[..., np.newaxis]
    first = _colour(rng, 0.1, 0.9)
    towards = np.where(first.mean() > 0.5, _BLACK, _WHITE)
    second = first + contrast * (towards - first) + rng.uniform(-0.1, 0.1, 3)
    surface: Float[np.ndarray, "side side 3"] = first * values + second * (1 - values)
    return surface


def _colour(rng: np.random.Generator, low: float, high: float) -> Float[np.ndarray, " channels"]:
    colour: Float[np.ndarray, " channels"] = rng.uniform(low, high, 3)
    return colour


def _eight_bit(picture: Float[np.ndarray, "side side 3"]) -> Picture:
    eight_bit: Picture = (np.clip(picture, 0, 1) * 255).round().astype(np.uint8)
    return eight_bit
