"""Pictures at the size at which sets are generated, and putting one into the frame of another."""

from pathlib import Path

import cv2
import numpy as np
from jaxtyping import Bool, UInt8

from evaluation.datasets.reading import Exif, read_picture

SIDE = 256
"""Longest that the shorter side of a generated picture is; the study's generated sets have 224.

Line widths, blurs and radii are in these pixels, so that they mean the same on a thumbnail and on a photograph.
"""

Pixels = UInt8[np.ndarray, "height width 3"]
ObjectMask = Bool[np.ndarray, "height width"]


def read_pixels(path: Path, *, exif: Exif) -> Pixels:
    """A file as 8-bit RGB, shrunk to the working size.

    Raises:
        Unreadable: as `read_picture`.
    """
    return shrunk(np.asarray(read_picture(path, exif=exif)))


def shrunk(pixels: Pixels, side: int = SIDE) -> Pixels:
    """The same with a shorter side of at most `side`; smaller pictures as they are."""
    height, width = pixels.shape[:2]
    share = side / min(height, width)
    if share >= 1:
        return pixels
    return _resize(pixels, round(height * share), round(width * share))


def shrunk_mask(mask: ObjectMask, height: int, width: int) -> ObjectMask:
    """A mask in another size: object is what lies at least half on it."""
    if mask.shape == (height, width):
        return mask
    shares = cv2.resize(mask.astype(np.float32), (width, height), interpolation=cv2.INTER_AREA)
    found: ObjectMask = np.asarray(shares) >= 0.5
    return found


def covering(pixels: Pixels, height: int, width: int) -> Pixels:
    """A picture that fills a frame: scaled until it covers it, without distortion, and cut around its middle."""
    share = max(height / pixels.shape[0], width / pixels.shape[1])
    # At least the frame: rounded down, a row too few would leave it open.
    scaled = _resize(pixels, max(height, round(pixels.shape[0] * share)), max(width, round(pixels.shape[1] * share)))
    top, left = (scaled.shape[0] - height) // 2, (scaled.shape[1] - width) // 2
    return scaled[top : top + height, left : left + width]


def _resize(pixels: Pixels, height: int, width: int) -> Pixels:
    if pixels.shape[:2] == (height, width):
        return pixels
    # Area averages where it shrinks; enlarging with it would show blocks.
    smaller = height * width < pixels.shape[0] * pixels.shape[1]
    method = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    resized: Pixels = np.asarray(cv2.resize(pixels, (width, height), interpolation=method), dtype=np.uint8)
    return resized
