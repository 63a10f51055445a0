"""What a corruption is, and how lengths and randomness reach it."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, UInt8
from torch import Tensor

from evaluation.corruptions.two_parts import Drawn, Size, TwoParts, quotient
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
            image; values that leave [0, 1] are clipped afterwards. One in `TwoParts` can be carried out by a device,
            for many images at once.
    """

    key: str
    position: int
    apply: Callable[[Picture, int, np.random.Generator], Picture]

    @property
    def parts(self) -> TwoParts | None:
        """Its two parts; None where only the processor can carry it out."""
        return self.apply if isinstance(self.apply, TwoParts) else None

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
        changed = self.apply(image.astype(np.float32) / 255, severity, self._rng(severity, seed=seed, number=number))
        # Cut off and not rounded, as the published program does.
        eight_bit: UInt8[np.ndarray, "height width 3"] = (np.clip(changed, 0, 1) * 255).astype(np.uint8)
        return eight_bit

    def draws(self, size: Size, severity: int, *, seed: int, number: int) -> Drawn:
        """What is drawn for an image that a device will corrupt: the very numbers that `corrupt` draws for it.

        Args:
            size: of the image.
            severity: 1 to 5.
            seed: of the whole evaluation.
            number: of the image in its data set.

        Raises:
            ValueError: only the processor can carry it out.
        """
        return self._two_parts().draw(size, severity, self._rng(severity, seed=seed, number=number))

    def corrupt_batch(
        self, images: UInt8[Tensor, "images height width 3"], severity: int, drawn: tuple[Tensor, ...]
    ) -> UInt8[Tensor, "images height width 3"]:
        """Corrupt images of one size on the device on which they lie.

        Args:
            images: 8-bit colour values.
            severity: 1 to 5.
            drawn: what `draws` gave for each, stacked, on the same device; fields may be of 32 bits.

        Raises:
            ValueError: only the processor can carry it out.
        """
        changed = self._two_parts().change(quotient(images.float(), 255), severity, drawn)
        return (changed.clip(0, 1) * 255).to(torch.uint8)

    def _two_parts(self) -> TwoParts:
        if self.parts is None:
            raise ValueError(f"{self.key} is carried out by the processor alone; use corrupt for each image.")
        return self.parts

    def _rng(self, severity: int, *, seed: int, number: int) -> np.random.Generator:
        # By image and not one after the other: an image is corrupted alike in any batch, subset and process. crc32,
        # because Python's own hash of a text differs from run to run.
        return np.random.default_rng([seed, number, severity, zlib.crc32(self.key.encode())])


def scale_of(size: Size) -> float:
    """By what lengths in pixels must be multiplied, so that a small image is blurred as much as a large one.

    >>> scale_of((448, 600))
    2.0
    """
    return float(min(size)) / REFERENCE_SIZE
