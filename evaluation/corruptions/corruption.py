"""What a corruption is, and how lengths and randomness reach it."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, UInt8

from evaluation.published import SEVERITIES

REFERENCE_SIZE = 224
"""Shorter side, in pixels, of the images for which the published parameters were chosen."""

Picture = Float[np.ndarray, "height width 3"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Corruption:
    """One corruption.

    Attributes:
        key: its name in results and on disk.
        position: place in the customary order, from 0.
        apply: from an image with values in [0, 1], a severity from 1 to 5 and a source of randomness to the corrupted
            image; values that leave [0, 1] are clipped afterwards.
    """

    key: str
    position: int
    apply: Callable[[Picture, int, np.random.Generator], Picture]

    def corrupt(
        self, image: UInt8[np.ndarray, "height width 3"], severity: int, *, seed: int, number: int
    ) -> UInt8[np.ndarray, "height width 3"]:
        """Corrupt one image, always alike for the same seed and image number.

        Args:
            image: 8-bit colour values.
            severity: 1 (mild) to 5.
            seed: of the whole evaluation.
            number: of the image in its data set.

        Raises:
            ValueError: for another severity, or an image without three channels.
        """
        if severity not in SEVERITIES:
            raise ValueError(f"severity is {severity}; use one of {', '.join(map(str, SEVERITIES))}.")
        if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
            raise ValueError(f"the image is {image.dtype} of shape {image.shape}; pass 8-bit height x width x 3.")
        # By image and not one after the other: an image is corrupted alike in any batch, subset and process. crc32,
        # because Python's own hash of a text differs from run to run.
        rng = np.random.default_rng([seed, number, severity, zlib.crc32(self.key.encode())])
        changed = self.apply(image.astype(np.float32) / 255, severity, rng)
        # Cut off and not rounded, as the published program does.
        eight_bit: UInt8[np.ndarray, "height width 3"] = (np.clip(changed, 0, 1) * 255).astype(np.uint8)
        return eight_bit


def scale_of(image: Picture) -> float:
    """By what lengths in pixels must be multiplied, so that a small image is blurred as much as a large one."""
    height, width, _ = image.shape
    return float(min(height, width)) / REFERENCE_SIZE
