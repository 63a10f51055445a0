"""Renditions that can be made of any picture: its edges, and a drawing in pencil."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import cv2
import numpy as np
from numpy.typing import NDArray

from evaluation.own_data.working_size import Pixels

# A tenth of the pixels may begin an edge: every picture shows its strongest outlines, however dark or faint it is.
_SHARE_OF_EDGES, _LOW_SHARE = 0.1, 0.4
# Weaker than this is noise of the camera.
_LEAST_SLOPE = 24.0
_SMOOTHING = 1.4
_STROKE = 7.0
_WHITE = 255


def edge(pixels: Pixels) -> Pixels:
    """Black edges on white, by the method of Canny 1986."""
    grey = cv2.GaussianBlur(_grey(pixels), (0, 0), _SMOOTHING)
    across, down = (cv2.Sobel(grey, cv2.CV_16S, *order) for order in ((1, 0), (0, 1)))
    slopes = np.abs(np.asarray(across)).astype(np.int32) + np.abs(np.asarray(down))
    high = max(float(np.quantile(slopes, 1 - _SHARE_OF_EDGES)), _LEAST_SLOPE)
    return _as_rgb(_WHITE - np.asarray(cv2.Canny(across, down, _LOW_SHARE * high, high), dtype=np.uint8))


def sketch(pixels: Pixels) -> Pixels:
    """A drawing in pencil: brightness relative to its surroundings, so that surfaces turn white and outlines grey."""
    grey = _grey(pixels)
    around = np.asarray(cv2.GaussianBlur(grey, (0, 0), _STROKE), dtype=np.float32)
    return _as_rgb(np.clip(grey / np.maximum(around, 1) * _WHITE, 0, _WHITE).round().astype(np.uint8))


RENDITIONS: Mapping[str, Callable[[Pixels], Pixels]] = MappingProxyType({"edge": edge, "sketch": sketch})
"""By the name that `benchmark.toml` asks for."""


def _grey(pixels: Pixels) -> NDArray[np.uint8]:
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(pixels), cv2.COLOR_RGB2GRAY), dtype=np.uint8)


def _as_rgb(grey: NDArray[np.uint8]) -> Pixels:
    picture: Pixels = np.repeat(grey[..., np.newaxis], 3, axis=2)
    return picture
