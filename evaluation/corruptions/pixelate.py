"""Pixelate: a small image shown large."""

import numpy as np
from PIL import Image

from evaluation.corruptions.corruption import Corruption, Picture

_SHARES_OF_SIDE = (0.6, 0.5, 0.4, 0.3, 0.25)


def pixelate(image: Picture, severity: int, rng: np.random.Generator) -> Picture:  # noqa: ARG001 - nothing random
    """Shrink by averaging, and enlarge by repeating pixels."""
    height, width = image.shape[:2]
    share = _SHARES_OF_SIDE[severity - 1]
    small = (max(1, int(width * share)), max(1, int(height * share)))
    picture = Image.fromarray((image * 255).round().astype(np.uint8))
    large = picture.resize(small, Image.Resampling.BOX).resize((width, height), Image.Resampling.NEAREST)
    return np.asarray(large, dtype=np.float32) / 255


CORRUPTION = Corruption(key="pixelate", position=13, apply=pixelate)
