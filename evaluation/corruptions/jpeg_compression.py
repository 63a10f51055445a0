"""JPEG compression: saved too small."""

from io import BytesIO

import numpy as np
from PIL import Image

from evaluation.corruptions.corruption import Corruption, Picture

_QUALITIES = (25, 18, 15, 10, 7)


def jpeg_compression(image: Picture, severity: int, rng: np.random.Generator) -> Picture:  # noqa: ARG001 - not random
    """Encode as JPEG of low quality, and decode."""
    encoded = BytesIO()
    # Rounded: the image came from whole numbers, and 254.99999 must be 255 again.
    picture = Image.fromarray((image * 255).round().astype(np.uint8))
    picture.save(encoded, "JPEG", quality=_QUALITIES[severity - 1])
    with Image.open(encoded) as decoded:
        return np.asarray(decoded, dtype=np.float32) / 255


CORRUPTION = Corruption(key="jpeg_compression", position=14, apply=jpeg_compression)
