"""Shot noise: light comes in single quanta."""

import numpy as np

from evaluation.corruptions.corruption import Corruption, Picture

_QUANTA_AT_WHITE = (60, 25, 12, 5, 3)


def shot_noise(image: Picture, severity: int, rng: np.random.Generator) -> Picture:
    """Draw each value from a Poisson distribution around it; the fewer quanta, the noisier."""
    quanta = _QUANTA_AT_WHITE[severity - 1]
    # Mean and variance are both the brightness: dark places stay quiet, unlike under normal noise.
    return (rng.poisson(image * quanta) / quanta).astype(np.float32)


CORRUPTION = Corruption(key="shot_noise", position=1, apply=shot_noise)
