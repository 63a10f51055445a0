"""Frost: ice crystals on the lens."""

from typing import NamedTuple

import cv2
import numpy as np
from jaxtyping import Float

from evaluation.corruptions.corruption import Corruption, scale_of
from evaluation.corruptions.kernels import plasma
from evaluation.corruptions.two_parts import Drawn, Pixels, Size, TwoParts, arrays_of

_SHARES_OF_IMAGE_AND_ICE = ((1.0, 0.4), (0.8, 0.6), (0.7, 0.7), (0.65, 0.7), (0.6, 0.75))
_NEEDLE_LENGTH = 24.0
_NEEDLE_WIDTH = 0.8


class _Ice(NamedTuple):
    """Figures of one of the photographs that ImageNet-C lays over images, taken from 200 cuts of 224 x 224 of it.

    Attributes:
        colour: mean red, green and blue.
        between: standard deviation of the mean brightness from cut to cut.
        within: standard deviation of the brightness within a cut.
        roughness: by how much each octave of its clouds is weaker than the one before.
        needles: share of its pattern that is needles.
    """

    colour: tuple[float, float, float]
    between: float
    within: float
    roughness: float
    needles: float


# The photographs are not ours to ship. The second and the third are alike, and the sixth is never taken.
_PALE = _Ice((0.776, 0.792, 0.829), between=0.022, within=0.079, roughness=1.5, needles=0.4)
_PHOTOGRAPHED = (
    _Ice((0.305, 0.581, 0.645), between=0.036, within=0.061, roughness=1.9, needles=0.2),
    _PALE,
    _PALE,
    _Ice((0.566, 0.625, 0.675), between=0.024, within=0.103, roughness=1.5, needles=0.6),
    _Ice((0.394, 0.438, 0.485), between=0.045, within=0.139, roughness=1.4, needles=0.5),
)


def _ice(size: Size, severity: int, rng: np.random.Generator) -> Drawn:  # noqa: ARG001 - equal at all severities
    """The colour of drawn ice, and how much brighter or darker it is from place to place.

    It is as bright, as coloured and as uneven as the photographs of ImageNet-C.
    """
    kind = _PHOTOGRAPHED[rng.integers(len(_PHOTOGRAPHED))]
    clouds = _standard_scores(plasma(*size, kind.roughness, rng))
    pattern = np.sqrt(1 - kind.needles) * clouds + np.sqrt(kind.needles) * _needles(size, rng)
    brightness = rng.normal(scale=kind.between) + kind.within * pattern
    return np.array([[kind.colour]], dtype=np.float32), brightness[..., None]


def _behind_ice(images: Pixels, severity: int, drawn: tuple[Pixels, ...]) -> Pixels:
    """Lay ice over a darkened image."""
    colour, brightness = drawn
    of_image, of_ice = _SHARES_OF_IMAGE_AND_ICE[severity - 1]
    arrays = arrays_of(images)
    ice = arrays.clip(colour + brightness, 0, 1)
    frosted: Pixels = arrays.asarray(of_image * images + of_ice * ice, dtype=arrays.float32)
    return frosted


def _needles(size: Size, rng: np.random.Generator) -> Float[np.ndarray, "height width"]:
    """Needles of three directions, of mean 0 and deviation 1."""
    height, width, scale = *size, scale_of(size)
    side = 2 * max(height, width)
    deviations = (_NEEDLE_WIDTH * max(scale, 0.5), _NEEDLE_LENGTH * scale / 2)
    directions = []
    for angle in rng.uniform(0, 180) + np.array([0.0, 60.0, 120.0]):
        grain = rng.normal(size=(side, side)).astype(np.float32)
        needles = _smooth(grain, deviations)
        turn = cv2.getRotationMatrix2D(((side - 1) / 2, (side - 1) / 2), float(angle), 1.0)
        # Only the middle of what is turned is used, and computed.
        turn[:, 2] -= (side - width) // 2, (side - height) // 2
        directions.append(cv2.warpAffine(needles, turn, (width, height), borderMode=cv2.BORDER_REFLECT))
    return _standard_scores(np.max(directions, axis=0))


def _smooth(grain: Float[np.ndarray, "side side"], deviations: tuple[float, float]) -> Float[np.ndarray, "side side"]:
    """A Gaussian blur of so many pixels down and across, cut off at four deviations."""
    down, across = (2 * int(4 * deviation + 0.5) + 1 for deviation in deviations)
    blurred = cv2.GaussianBlur(
        grain, (across, down), deviations[1], sigmaY=deviations[0], borderType=cv2.BORDER_REFLECT
    )
    return np.asarray(blurred)


def _standard_scores(pattern: Float[np.ndarray, "height width"]) -> Float[np.ndarray, "height width"]:
    return np.asarray((pattern - pattern.mean()) / max(float(pattern.std()), 1e-6))


frost = TwoParts(draw=_ice, change=_behind_ice)

CORRUPTION = Corruption(key="frost", position=8, apply=frost)
