"""Brightness: too long an exposure."""

import numpy as np

from evaluation.corruptions.corruption import Corruption, Picture

_GAINS = (0.1, 0.2, 0.3, 0.4, 0.5)


def brightness(image: Picture, severity: int, rng: np.random.Generator) -> Picture:  # noqa: ARG001 - nothing random
    """Raise the value of every pixel in the sense of hue, saturation and value, and keep the other two.

    Hue and saturation stay exactly when all three channels are multiplied alike; black, which has neither, turns grey.
    """
    value = image.max(axis=2, keepdims=True)
    raised = np.clip(value + np.float32(_GAINS[severity - 1]), 0, 1)
    # The floor only keeps the branch that is not taken from dividing by 0.
    changed: Picture = np.where(value > 0, image * (raised / np.maximum(value, np.float32(1e-6))), raised)
    return changed


CORRUPTION = Corruption(key="brightness", position=10, apply=brightness)
